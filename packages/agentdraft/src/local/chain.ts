// The audit chain of a calendar: each event carries the hash of the one before it and of itself.
import { hash } from "node:crypto";
import { auditEventId } from "./ids.ts";
import { isoformat } from "./iso-time.ts";
import { jcs } from "./jcs.ts";
import type { Calendar } from "./state.ts";
import type { AuditEvent, AuditType, AuditValue } from "./views.ts";

export const genesisHash: string = "0".repeat(64);

/** Who did what an event tells. */
export type Actor = AuditEvent["actor"];

export const system: Actor = { kind: "system", agent_id: null, priority: null };
export const owner: Actor = { kind: "user", agent_id: null, priority: null };

export const actorOf = ({
  agentId,
  priority,
}: {
  readonly agentId: string;
  readonly priority: number;
}): Actor => ({
  kind: "agent",
  agent_id: agentId,
  priority,
});

export const sha256 = (text: string): string => hash("sha256", text, "hex");

/** The hash of an event: of `prev_hash`, a line feed, and the canonical text of all but the hash itself. */
export function eventHash({ hash: _, ...unhashed }: Omit<AuditEvent, "hash"> & { hash?: string }): string {
  return sha256(`${unhashed.prev_hash}\n${jcs(unhashed)}`);
}

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
  const unhashed = {
    seq,
    event_id: auditEventId(atMs, calendar.userId, seq),
    type: event.type,
    at: isoformat(atMs),
    workspace_id: calendar.workspaceId,
    calendar_id: calendar.userId,
    actor: event.actor,
    resource: event.resource,
    data: event.data,
    prev_hash: calendar.headHash,
  };
  return { ...unhashed, hash: eventHash(unhashed) };
}
