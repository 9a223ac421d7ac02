// The session of a member: a second join of the same name ends it.
import { sessionRevoked } from "../../../wire/paths.ts";
import { sameHash } from "../agents/authentication.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { MemberState, State, Workspace } from "../model/state.ts";

export const revoked: Refusal = refuse(
  "session_revoked",
  `${sessionRevoked}: another client is now running as this agent`,
);

/** Whether a session still counts. Without one, a name suffices, unless it is an agent of the network by now. */
export function isSessionOf(
  state: State,
  workspace: Workspace,
  { facts }: MemberState,
  sessionHash: string | null,
): boolean {
  if (workspace.facts.id === state.homeId && state.agents.has(facts.name)) {
    return false;
  }
  return sessionHash === null || (facts.sessionHash !== null && sameHash(facts.sessionHash, sessionHash));
}
