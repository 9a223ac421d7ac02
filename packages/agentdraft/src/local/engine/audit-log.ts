// The audit chain as people page through it and wait for it: a feed for each calendar, read from the journal.
import {
  type Clock,
  createJournalFeeds,
  type Feed,
  type FeedWriter,
  isGap,
  type Journal,
  type Reading,
  readHistory,
} from "@x/core/service";
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

export interface AuditLog extends FeedWriter<AuditEvent> {
  /** The chain of a calendar; a place is the `seq` of an event. */
  chain(calendarId: string): Feed<AuditEvent>;
  /** Events of a calendar's chain, oldest first. */
  list(calendarId: string, filter: AuditFilter): Promise<readonly AuditEvent[]>;
  /** One event by its id. */
  find(calendarId: string, eventId: string): Promise<AuditEvent | undefined>;
}

const auditOf = (record: DraftRecord): AuditEvent | undefined =>
  "audit" in record ? record.audit : undefined;

/** Ids, hashes and times of an event, about. */
const fixedBytes = 600;

export function createAuditLog(journal: Journal<DraftRecord>, clock: Clock): AuditLog {
  const feeds = createJournalFeeds<DraftRecord, AuditEvent>({
    journal,
    eventOf: auditOf,
    streamsOf: (event) => [event.calendar_id],
    placeOf: (event) => event.seq,
    sizeOf: (event) => fixedBytes + JSON.stringify(event.data).length,
    clock,
  });

  /** Another calendar may have events about the same id, so that its stream has no places of its own. */
  const about = async (
    resource: string,
    wants: (event: AuditEvent) => boolean,
    limit: number,
  ): Promise<readonly AuditEvent[]> => {
    const found: AuditEvent[] = [];
    for await (const page of readHistory(journal, resource)) {
      for (const { record } of page) {
        const event = auditOf(record);
        if (event !== undefined && wants(event)) {
          found.push(event);
          if (found.length === limit) {
            return found;
          }
        }
      }
    }
    return found;
  };

  return {
    append: (events) => feeds.append(events),
    close: () => feeds.close(),
    chain: (calendarId) => feeds.of(calendarId),

    async list(calendarId, { after, limit, resource, type }): Promise<readonly AuditEvent[]> {
      const isType = (event: AuditEvent): boolean => type === undefined || event.type === type;
      return resource === undefined
        ? eventsOf(await feeds.of(calendarId).read(after, { limit, filter: isType }))
        : about(
            resource,
            (event) => event.calendar_id === calendarId && event.seq > after && isType(event),
            limit,
          );
    },

    async find(calendarId, eventId): Promise<AuditEvent | undefined> {
      const seq = seqOfEventId(eventId);
      if (seq === undefined || seq < 1) {
        return undefined;
      }
      const [event] = await this.list(calendarId, { after: seq - 1, limit: 1 });
      return event?.event_id === eventId ? event : undefined;
    },
  };
}

/** @throws {Error} for a gap: nothing of a chain is ever forgotten, so the store has lost it */
export function eventsOf(reading: Reading<AuditEvent>): readonly AuditEvent[] {
  if (isGap(reading)) {
    throw new Error(`the store has lost events of a chain before ${reading.firstKept}`);
  }
  return reading.events;
}
