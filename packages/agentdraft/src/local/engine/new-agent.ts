// The command that makes an agent, with the secrets that are shown to its owner once.
import { ulid } from "@x/core/service";
import type { CommandOf } from "../rules/model/commands.ts";
import { newApiKey, randomBase32, secretHash } from "./secrets.ts";
import { newPrivateJwk } from "./signing.ts";

export interface AgentSecrets {
  readonly command: CommandOf<"createAgent">;
  readonly apiKey: string;
  /** A private JWK. */
  readonly signingKey: ReturnType<typeof newPrivateJwk>;
}

export function newAgent(
  wanted: Pick<CommandOf<"createAgent">, "userId" | "name" | "priority" | "requiresConsent" | "scopes">,
): AgentSecrets {
  const apiKey = newApiKey();
  const signingKey = newPrivateJwk();
  const command: CommandOf<"createAgent"> = {
    type: "createAgent",
    ...wanted,
    scopes: [...new Set(wanted.scopes)],
    agentId: `agt_${ulid()}`,
    keyHash: secretHash(apiKey),
    signingKey: { x: signingKey.x, kid: signingKey.kid },
    mailboxSuffix: randomBase32(6),
  };
  return { command, apiKey, signingKey };
}
