// The audit chain as people page through it: read from the journal by stream, so that memory holds none of it but the
// newest events of busy calendars, which feeds ask for again and again.
import { AgingMap, type Journal } from "@x/core/service";
import { seqOfEventId } from "../rules/model/ids.ts";
import type { DraftRecord } from "../rules/model/records.ts";
import type { AuditEvent } from "../rules/model/views.ts";

export interface AuditFilter {
  /** Only events after this place in the chain. */
  readonly after: number;
  readonly limit: number;
  /** Only events about this id. */
  readonly resource?: string | undefined;
  /** Only events of this type. */
  readonly type?: string | undefined;
}

export interface AuditLog {
  /** Events of a calendar's chain, oldest first. */
  list(calendarId: string, filter: AuditFilter): Promise<readonly AuditEvent[]>;
  /** One event by its id. */
  find(calendarId: string, eventId: string): Promise<AuditEvent | undefined>;
  /** Takes note of events that have just become durable. */
  note(events: readonly AuditEvent[]): void;
}

/** How many records are read at a time. */
const pageSize = 500;
/** Newest events that are kept of each calendar, and of how many calendars. */
const recentKept = 64;
const recentCalendars = 1_000;
/** Places that are known in the journal, per calendar: one for each so many events. */
const markEvery = 1_000;

/** A place in a chain, and the journal's sequence of the record that carries it. */
interface Mark {
  readonly seq: number;
  readonly sequence: number;
}

export function createAuditLog(journal: Journal<DraftRecord>): AuditLog {
  const recent = new AgingMap<string, AuditEvent[]>();
  const marks = new Map<string, Mark[]>();

  /** Events of one stream, oldest first, from somewhere before the first that is wanted. */
  async function* read(stream: string, from: number): AsyncGenerator<readonly [AuditEvent, number]> {
    let after = from;
    for (;;) {
      const records = await journal.history(stream, { after, limit: pageSize });
      for (const { record, sequence } of records) {
        after = sequence;
        if ("audit" in record) {
          yield [record.audit, sequence];
        }
      }
      if (records.length < pageSize) {
        return;
      }
    }
  }

  const fromRecent = (
    calendarId: string,
    { after, limit }: AuditFilter,
  ): readonly AuditEvent[] | undefined => {
    const kept = recent.get(calendarId);
    const first = kept?.[0];
    if (kept === undefined || first === undefined || after < first.seq - 1) {
      return undefined;
    }
    return kept.filter(({ seq }) => seq > after).slice(0, limit);
  };

  /** The nearest known place at or before one in the chain; it is remembered where a walk passed by. */
  const startOf = (calendarId: string, after: number): number =>
    marks.get(calendarId)?.findLast(({ seq }) => seq <= after)?.sequence ?? 0;
  const remember = (calendarId: string, mark: Mark): void => {
    const known = marks.get(calendarId) ?? [];
    marks.set(calendarId, known);
    if (mark.seq > (known.at(-1)?.seq ?? 0)) {
      known.push(mark);
    }
  };

  return {
    async list(calendarId, filter): Promise<readonly AuditEvent[]> {
      const { after, limit, resource, type } = filter;
      if (resource === undefined && type === undefined) {
        const events = fromRecent(calendarId, filter);
        if (events !== undefined) {
          return events;
        }
      }
      const found: AuditEvent[] = [];
      const from = resource === undefined ? startOf(calendarId, after) : 0;
      for await (const [event, sequence] of read(resource ?? calendarId, from)) {
        if (resource === undefined && event.seq % markEvery === 0) {
          remember(calendarId, { seq: event.seq, sequence });
        }
        const wanted =
          event.seq > after &&
          event.calendar_id === calendarId &&
          (type === undefined || event.type === type);
        if (wanted) {
          found.push(event);
          if (found.length === limit) {
            break;
          }
        }
      }
      return found;
    },
    async find(calendarId, eventId): Promise<AuditEvent | undefined> {
      const seq = seqOfEventId(eventId);
      if (seq === undefined || seq < 1) {
        return undefined;
      }
      const [event] = await this.list(calendarId, { after: seq - 1, limit: 1 });
      return event?.event_id === eventId ? event : undefined;
    },
    note(events): void {
      let of: string | undefined;
      let kept: AuditEvent[] = [];
      for (const event of events) {
        // Events of a turn are mostly of one calendar.
        if (event.calendar_id !== of) {
          of = event.calendar_id;
          kept = recent.get(of) ?? [];
          recent.set(of, kept);
        }
        kept.push(event);
        if (kept.length > 2 * recentKept) {
          kept.splice(0, kept.length - recentKept);
        }
      }
      while (recent.size > recentCalendars && recent.oldest !== undefined) {
        recent.delete(recent.oldest[0]);
      }
    },
  };
}
