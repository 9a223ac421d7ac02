// The audit chain of a calendar: each event carries the hash of the one before it and of itself.
import { sha256Hex } from "@x/core";
import { isoformat } from "../../../wire/isoformat.ts";
import { auditEventId } from "./ids.ts";
import { jcs } from "./jcs.ts";
import type { DraftRecord } from "./records.ts";
import type { Calendar } from "./state.ts";
import type { DraftTurn } from "./turn.ts";
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

/** A record that carries an event of a chain, without it. */
type Audited = WithoutAudit<Extract<DraftRecord, { readonly audit: AuditEvent }>>;
type WithoutAudit<Carrier> = Carrier extends DraftRecord ? Omit<Carrier, "audit"> : never;

/** What happened, and the record that carries it. */
interface Happening {
  /** @default the time of the turn */
  readonly atMs?: number;
  readonly type: AuditType;
  readonly actor: Actor;
  readonly resource: string;
  readonly data: { readonly [key: string]: AuditValue };
  readonly record: Audited;
}

/** Adds the next event to a chain, by the record that carries it. */
export function emitAudited(
  turn: DraftTurn,
  calendar: Calendar,
  { atMs = turn.now.wall, type, actor, resource, data, record }: Happening,
): AuditEvent {
  const seq = calendar.headSeq + 1;
  // Times never fall along a chain, also where the wall clock was corrected.
  const at = calendar.headAt === null ? atMs : Math.max(atMs, Date.parse(calendar.headAt));
  // In canonical order, which makes hashing it cheap.
  const unhashed = {
    actor,
    at: isoformat(at),
    calendar_id: calendar.userId,
    data,
    event_id: auditEventId(at, calendar.userId, seq),
    prev_hash: calendar.headHash,
    resource,
    seq,
    type,
    workspace_id: calendar.workspaceId,
  };
  const audit = { ...unhashed, hash: sha256Hex(`${calendar.headHash}\n${jcs(unhashed)}`) };
  turn.emit({ ...record, audit });
  return audit;
}
