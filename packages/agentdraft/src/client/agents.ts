// The agent behind the key.

import { invalidAnswer } from "../failure.ts";
import type { AgentIdentity } from "../types.ts";
import { numberOf, textOf, textsOf } from "../wire/body.ts";
import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";

export interface Agents {
  /**
   * Confirms the key, and tells its agent, rank and scopes.
   *
   * @throws AuthError `invalid_api_key`, `expired_api_key`, `revoked_api_key`
   */
  me(options?: CallOptions): Promise<AgentIdentity>;
}

export function createAgents(connection: Connection): Agents {
  return {
    async me(options?: CallOptions): Promise<AgentIdentity> {
      const operation = "agents.me";
      const body = await connection.call({ operation, method: "GET", path: "me" }, options);
      const agentId = textOf(body, "agent_id");
      const userId = textOf(body, "user_id");
      const priority = numberOf(body, "priority");
      if (agentId === null || userId === null || priority === null) {
        throw invalidAnswer(operation, "agent_id, user_id and priority", body);
      }
      return {
        agentId,
        userId,
        priority,
        scopes: textsOf(body, "scopes"),
        timezone: textOf(body, "timezone") ?? "UTC",
        name: textOf(body, "name"),
        workspaceId: textOf(body, "workspace_id"),
        mailboxAddress: textOf(body, "mailbox_address"),
        requiresConsent: body.requires_consent === true,
        raw: body,
      };
    },
  };
}
