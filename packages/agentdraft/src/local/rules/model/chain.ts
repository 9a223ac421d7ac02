// The audit chain of a calendar: each event carries the hash of the one before it and of itself.
import { sha256Hex } from "@x/core";
import { isoformat } from "../../../wire/isoformat.ts";
import { auditEventId } from "./ids.ts";
import { jcs } from "./jcs.ts";
import type { Calendar } from "./state.ts";
import type { AuditEvent, AuditType, AuditValue } from "./views.ts";

/** Who did what an event tells. */
export type Actor = AuditEvent["actor"];

export const system: Actor = { agent_id: null, kind: "system", priority: null };
export const owner: Actor = { agent_id: null, kind: "user", priority: null };

export const actorOf = ({
  agentId,
  priority,
}: {
  readonly agentId: string;
  readonly priority: number;
}): Actor => ({
  agent_id: agentId,
  kind: "agent",
  priority,
});

/** The next event of a chain. It must be emitted before another one is made. */
export function nextEvent(
  calendar: Calendar,
  atMs: number,
  event: {
    readonly type: AuditType;
    readonly actor: Actor;
    readonly resource: string;
    readonly data: { readonly [key: string]: AuditValue };
  },
): AuditEvent {
  const seq = calendar.headSeq + 1;
  // In canonical order, which makes hashing it cheap.
  const unhashed = {
    actor: event.actor,
    at: isoformat(atMs),
    calendar_id: calendar.userId,
    data: event.data,
    event_id: auditEventId(atMs, calendar.userId, seq),
    prev_hash: calendar.headHash,
    resource: event.resource,
    seq,
    type: event.type,
    workspace_id: calendar.workspaceId,
  };
  return { ...unhashed, hash: sha256Hex(`${calendar.headHash}\n${jcs(unhashed)}`) };
}
