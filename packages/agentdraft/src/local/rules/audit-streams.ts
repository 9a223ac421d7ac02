// Where the audit chain lies in the journal: read from there, so that memory holds no more of it than its head.
import { calendarFor } from "./model/auth.ts";
import type { CommandOf, Replies } from "./model/commands.ts";
import type { DraftRecord } from "./model/records.ts";
import type { Refusal } from "./model/refusal.ts";
import type { State } from "./model/state.ts";

/** A calendar's whole chain, and the history of each id that its events are about. */
export function auditStreams(record: DraftRecord): readonly string[] {
  if (!("audit" in record)) {
    return [];
  }
  const { calendar_id: calendarId, resource } = record.audit;
  return resource === calendarId ? [calendarId] : [calendarId, resource];
}

export function getAuditHead(
  state: State,
  { asker }: CommandOf<"getAuditHead">,
): Replies["getAuditHead"] | Refusal {
  const calendar = calendarFor(state, asker);
  if ("refused" in calendar) {
    return calendar;
  }
  const { userId, headSeq, headHash, headAt } = calendar;
  return { head: { calendarId: userId, seq: headSeq, hash: headHash, at: headAt } };
}
