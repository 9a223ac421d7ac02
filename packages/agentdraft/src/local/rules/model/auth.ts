// Who is asking: agents by the hash of their key, people by that of their session. Read from the state between turns.
import type { Asker } from "./commands.ts";
import { notFound, type Refusal } from "./refusal.ts";
import type { Agent, Calendar, ServerKey, State } from "./state.ts";
import type { AgentView, PublicKeyView, UserView } from "./views.ts";

/** The agent of a key. `keyHash` is the lower-case hex SHA-256 of the whole key. */
export function authenticateKey(state: State, keyHash: string, nowMs: number): AgentView | Refusal {
  const agent = state.agentsByKey.get(keyHash);
  if (agent === undefined) {
    return { refused: "invalid_api_key", detail: "no agent has this API key" };
  }
  if (agent.revoked) {
    return { refused: "revoked_api_key", detail: "the agent of this API key was revoked" };
  }
  if (agent.keyHash !== keyHash) {
    return { refused: "revoked_api_key", detail: "this API key was replaced by a newer one" };
  }
  if (agent.keyExpiresAtMs !== null && nowMs >= agent.keyExpiresAtMs) {
    return { refused: "expired_api_key", detail: "this API key has expired" };
  }
  return agentView(state, agent);
}

/** The person of a session. `sessionHash` is the lower-case hex SHA-256 of the cookie's value. */
export function authenticateSession(state: State, sessionHash: string, nowMs: number): UserView | Refusal {
  const session = state.sessions.get(sessionHash);
  const user = session === undefined ? undefined : state.users.get(session.userId);
  if (session === undefined || user === undefined || nowMs >= session.expiresAtMs) {
    return { refused: "no_session", detail: "sign in first" };
  }
  return { userId: user.userId, workspaceId: user.workspaceId, email: user.email };
}

/** The public keys with which an agent signs requests, newest first; undefined for an unknown agent. */
export function signingDirectory(
  state: State,
  agentId: string,
  nowMs: number,
): readonly PublicKeyView[] | undefined {
  const agent = state.agents.get(agentId);
  if (agent === undefined) {
    return undefined;
  }
  if (agent.revoked) {
    return [];
  }
  const previous = agent.previousSigningKeys.filter(({ untilMs }) => nowMs < untilMs);
  return [agent.signingKey, ...previous.map(({ x, kid }) => ({ x, kid })).reverse()];
}

/** The keys of receipts and signed heads, newest last: sign with the last, publish all. */
export const serverKeys = (state: State): readonly ServerKey[] => state.serverKeys;

/** The agent of a command, which may have been revoked since its key was looked at. */
export function liveAgent(state: State, agentId: string): Agent | Refusal {
  const agent = state.agents.get(agentId);
  if (agent === undefined || agent.revoked) {
    return { refused: "revoked_api_key", detail: "the agent of this API key was revoked" };
  }
  return agent;
}

/** The calendar of an asker. */
export function calendarFor(state: State, asker: Asker): Calendar | Refusal {
  if ("userId" in asker) {
    return ownCalendar(state, asker.userId);
  }
  const agent = liveAgent(state, asker.agentId);
  return "refused" in agent ? agent : ownCalendar(state, agent.userId);
}

/** The calendar of a person. */
export function ownCalendar(state: State, userId: string): Calendar | Refusal {
  return state.calendars.get(userId) ?? notFound("calendar", userId);
}

export function agentView(state: State, agent: Agent): AgentView {
  return {
    agentId: agent.agentId,
    userId: agent.userId,
    workspaceId: agent.workspaceId,
    name: agent.name,
    scopes: agent.scopes,
    priority: agent.priority,
    requiresConsent: agent.requiresConsent,
    status: agent.revoked ? "REVOKED" : "ACTIVE",
    mailboxAddress: agent.mailboxAddress,
    createdAtMs: agent.createdAtMs,
    keyExpiresAtMs: agent.keyExpiresAtMs,
    timezone: state.calendars.get(agent.userId)?.rules.timezone ?? "UTC",
  };
}
