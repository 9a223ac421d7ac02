// A calendar's owner, for programs that run the server themselves: what a person does on the page, in one call each.
import { FailedPreconditionError, type PrivateJwk } from "@x/core";
import { ulid } from "@x/core/service";
import type { Command, Replies } from "../rules/model/commands.ts";
import { isRefusal } from "../rules/model/refusal.ts";
import { type Scope, scopes } from "../rules/model/views.ts";
import type { Engine } from "./engine.ts";
import { newAgent } from "./new-agent.ts";
import { newToken, secretHash } from "./secrets.ts";

/** An agent to make. */
export interface NewAgentOptions {
  /** 1 to 200 characters. */
  readonly name: string;
  /** 1, the strongest, to 1000. @default 100 */
  readonly priority?: number;
  /** What its key may do. @default all */
  readonly scopes?: readonly Scope[];
  /** Whether its commits wait for the owner. @default false */
  readonly requiresConsent?: boolean;
}

/** An agent with its secrets, which are shown this once. */
export interface NewAgent {
  readonly agentId: string;
  readonly apiKey: string;
  /** A private JWK, for `signRequest`. */
  readonly signingKey: PrivateJwk & { readonly kid: string };
}

/** What an owner can do. Each throws `FailedPreconditionError` with the service's own word where it is refused. */
export interface LocalOwner {
  readonly userId: string;
  createAgent(options: NewAgentOptions): Promise<NewAgent>;
  /** Decides a request for approval, once. */
  decideApproval(approvalId: string, decision: "approved" | "denied", note?: string): Promise<void>;
  /** Lets a parked commit happen, or not. */
  decideConsent(consentRequestId: string, decision: "approved" | "denied", note?: string): Promise<void>;
}

/**
 * Signs an owner in by the address alone: who runs the server needs no link in a mail.
 *
 * @throws {FailedPreconditionError} `invalid_request` for what is no address
 */
export async function signInOwner(engine: Engine, email: string): Promise<LocalOwner> {
  const demand = async <Type extends Command["type"]>(
    command: Extract<Command, { type: Type }>,
  ): Promise<Replies[Type]> => {
    const reply = await engine.run(command);
    if (isRefusal(reply)) {
      throw new FailedPreconditionError(`${command.type}: ${reply.detail}.`, {
        service: "agentdraft",
        operation: command.type,
        code: reply.refused,
      });
    }
    return reply;
  };
  const tokenHash = secretHash(newToken());
  await demand({ type: "requestMagicLink", email, tokenHash });
  const { user } = await demand({
    type: "verifyMagicLink",
    tokenHash,
    userId: `usr_${ulid()}`,
    workspaceId: `wsp_${ulid()}`,
    sessionHash: secretHash(newToken()),
  });
  const { userId } = user;
  return {
    userId,
    async createAgent({ name, priority = 100, requiresConsent = false, ...options }) {
      const { command, apiKey, signingKey } = newAgent({
        userId,
        name,
        priority,
        requiresConsent,
        scopes: options.scopes ?? scopes,
      });
      const { agent } = await demand(command);
      return { agentId: agent.agentId, apiKey, signingKey };
    },
    async decideApproval(approvalId, decision, note) {
      await demand({ type: "resolveApproval", userId, approvalId, decision, note: note ?? null });
    },
    async decideConsent(consentRequestId, decision, note) {
      await demand({ type: "resolveConsent", userId, consentRequestId, decision, note: note ?? null });
    },
  };
}
