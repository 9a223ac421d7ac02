// How people come in: a link by mail, then a session. One email is one person with one calendar.
import type { Now } from "@x/core/service";
import { addressKey, addressProblem } from "../mail/address.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import type { RecordOf } from "../model/records.ts";
import { invalid, type Refusal } from "../model/refusal.ts";
import { createCalendar, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import { noRules } from "../model/views.ts";

const linkLifeMs = 15 * 60_000;
const sessionLifeMs = 7 * 86_400_000;

export function requestMagicLink(
  { email: given, tokenHash }: CommandOf<"requestMagicLink">,
  turn: DraftTurn,
): Replies["requestMagicLink"] | Refusal {
  const email = given.trim();
  const problem = addressProblem(email);
  if (problem !== undefined) {
    return invalid("email", problem);
  }
  const expiresAtMs = turn.now.wall + linkLifeMs;
  turn.emit({ type: "link.sent", tokenHash, email, expiresAtMs });
  return { expiresAtMs };
}

export function verifyMagicLink(
  state: State,
  command: CommandOf<"verifyMagicLink">,
  turn: DraftTurn,
): Replies["verifyMagicLink"] | Refusal {
  const { tokenHash, sessionHash } = command;
  const link = state.links.get(tokenHash);
  if (link === undefined || turn.now.wall >= link.expiresAtMs) {
    return { refused: "no_session", detail: "this link is unknown, used or expired; ask for a new one" };
  }
  turn.emit({ type: "link.used", tokenHash });
  if (!state.usersByEmail.has(addressKey(link.email))) {
    const { userId, workspaceId } = command;
    turn.emit({ type: "user.joined", userId, workspaceId, email: link.email });
  }
  const user = state.usersByEmail.get(addressKey(link.email));
  if (user === undefined) {
    throw new Error("a person who joined is missing");
  }
  const sessionExpiresAtMs = turn.now.wall + sessionLifeMs;
  turn.emit({ type: "session.opened", sessionHash, userId: user.userId, expiresAtMs: sessionExpiresAtMs });
  const { userId, workspaceId, email } = user;
  return { user: { userId, workspaceId, email }, sessionExpiresAtMs };
}

export function logout(
  state: State,
  { sessionHash }: CommandOf<"logout">,
  turn: DraftTurn,
): Replies["logout"] {
  const ended = state.sessions.has(sessionHash);
  if (ended) {
    turn.emit({ type: "session.ended", sessionHash });
  }
  return { ended };
}

export function applyPeople(
  state: State,
  record: RecordOf<"link.sent" | "link.used" | "user.joined" | "session.opened" | "session.ended">,
  now: Now,
): void {
  switch (record.type) {
    case "link.sent":
      state.links.set(record.tokenHash, { email: record.email, expiresAtMs: record.expiresAtMs });
      break;
    case "link.used":
      state.links.delete(record.tokenHash);
      break;
    case "user.joined": {
      const { userId, workspaceId, email } = record;
      const user = { userId, workspaceId, email, createdAtMs: now.wall };
      state.users.set(userId, user);
      state.usersByEmail.set(addressKey(email), user);
      state.calendars.set(userId, createCalendar(userId, workspaceId, noRules));
      break;
    }
    case "session.opened":
      state.sessions.set(record.sessionHash, { userId: record.userId, expiresAtMs: record.expiresAtMs });
      break;
    case "session.ended":
      state.sessions.delete(record.sessionHash);
      break;
  }
}

/** Forgets links and sessions that are over, with every record: nobody has to sign in for that. */
export function forgetExpired({ links, sessions }: State, nowMs: number): void {
  dropExpired(links, nowMs);
  dropExpired(sessions, nowMs);
}

/** All live equally long, so the oldest ends first. */
function dropExpired(aging: State["links"] | State["sessions"], nowMs: number): void {
  for (let { oldest } = aging; oldest !== undefined && nowMs >= oldest[1].expiresAtMs; { oldest } = aging) {
    aging.delete(oldest[0]);
  }
}
