// How people come in: a link by mail, then a session. One email is one person with one calendar.
import type { Now } from "@x/core/service";
import type { CommandOf, Replies } from "../model/commands.ts";
import type { RecordOf } from "../model/records.ts";
import type { Refusal } from "../model/refusal.ts";
import { createCalendar, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import { noRules } from "../model/views.ts";

const linkLifeMs = 15 * 60_000;
const sessionLifeMs = 7 * 86_400_000;

/** Spellings of one address that differ in case only are one person. */
const emailKey = (email: string): string => email.trim().toLowerCase();

export function requestMagicLink(
  { email, tokenHash }: CommandOf<"requestMagicLink">,
  turn: DraftTurn,
): Replies["requestMagicLink"] {
  const expiresAtMs = turn.now.wall + linkLifeMs;
  turn.emit({ type: "link.sent", tokenHash, email: email.trim(), expiresAtMs });
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
  if (!state.usersByEmail.has(emailKey(link.email))) {
    const { userId, workspaceId } = command;
    turn.emit({ type: "user.joined", userId, workspaceId, email: link.email });
  }
  const user = state.usersByEmail.get(emailKey(link.email));
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
      dropExpired(state.links, now.wall);
      state.links.set(record.tokenHash, { email: record.email, expiresAtMs: record.expiresAtMs });
      break;
    case "link.used":
      state.links.delete(record.tokenHash);
      break;
    case "user.joined": {
      const { userId, workspaceId, email } = record;
      const user = { userId, workspaceId, email, createdAtMs: now.wall };
      state.users.set(userId, user);
      state.usersByEmail.set(emailKey(email), user);
      state.calendars.set(userId, createCalendar(userId, workspaceId, noRules));
      break;
    }
    case "session.opened":
      dropExpired(state.sessions, now.wall);
      state.sessions.set(record.sessionHash, { userId: record.userId, expiresAtMs: record.expiresAtMs });
      break;
    case "session.ended":
      state.sessions.delete(record.sessionHash);
      break;
  }
}

/** All live equally long, so the oldest ends first. */
function dropExpired(aging: State["links"] | State["sessions"], nowMs: number): void {
  for (let { oldest } = aging; oldest !== undefined && nowMs >= oldest[1].expiresAtMs; { oldest } = aging) {
    aging.delete(oldest[0]);
  }
}
