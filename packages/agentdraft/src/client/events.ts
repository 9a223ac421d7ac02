// The event feed: audit events as they happen, by long polling, resumed behind the last one after any break.

import {
  checkArgument,
  createSubscription,
  FailedPreconditionError,
  must,
  type StreamConnection,
  type Subscription,
  type SubscriptionOptions,
} from "@x/core";
import { invalidAnswer } from "../failure.ts";
import type { AuditEvent } from "../types.ts";
import { listOf, numberOf } from "../wire/body.ts";
import type { Connection } from "./connection.ts";
import { serviceName } from "./connection.ts";
import { decodeAuditEvent } from "./decode/decode-audit.ts";

/**
 * Options of a feed. `cursor` is a sequence number: the feed begins with the event behind it, by default with the next
 * that happens. Where the log does not reach the cursor (another or a reset service), `onResync` is called if given, else
 * the feed ends with `resume_gap`.
 */
export interface SubscribeOptions extends SubscriptionOptions<AuditEvent, number> {
  /** How long the service may hold one question open, in seconds, 0 to 30. @default 25 */
  readonly waitSeconds?: number | undefined;
}

export interface Events {
  /** Every event of the calendar, in order, without gap or repeat. Iterate it, or give `onItem`. */
  subscribe(options?: SubscribeOptions): Subscription<AuditEvent, number>;
}

interface FeedMessage {
  readonly events: readonly AuditEvent[];
  /** Everything up to here has been told. */
  readonly position: number;
}

const operation = "events.subscribe";

export function createEvents(connection: Connection): Events {
  return {
    subscribe({ waitSeconds = 25, ...options }: SubscribeOptions = {}): Subscription<AuditEvent, number> {
      checkArgument("waitSeconds", waitSeconds, must.beWhole(0, 30), { service: serviceName, operation });
      return createSubscription<AuditEvent, FeedMessage, number>(
        {
          service: serviceName,
          operation,
          resumable: true,
          open: (stream) => poll(connection, stream, waitSeconds),
          receive({ events, position }, sink) {
            sink.ready();
            for (const event of events) {
              sink.push(event, event.seq);
            }
            sink.advance(position);
          },
          isResumeGap: (error) => error.code === cursorAhead,
        },
        { clock: connection.clock, ...options },
      );
    },
  };
}

const cursorAhead = "cursor_ahead_of_log";

async function* poll(
  connection: Connection,
  { cursor, signal }: StreamConnection<number>,
  waitSeconds: number,
): AsyncGenerator<FeedMessage> {
  // The head says where "now" is, and whether the log is still the one that the cursor is of.
  const head = await connection.call(
    { operation, method: "GET", path: "auditHead" },
    { signal, maxRetries: 0 },
  );
  const headSeq = numberOf(head, "seq");
  if (headSeq === null) {
    throw invalidAnswer(operation, "seq", head);
  }
  if (cursor !== undefined && cursor > headSeq) {
    throw new FailedPreconditionError(
      `${operation}: the log ends at ${headSeq}, before the cursor ${cursor}; it is not the one that was read before.`,
      { service: serviceName, operation, code: cursorAhead },
    );
  }
  let after = cursor ?? headSeq;
  yield { events: [], position: after };
  for (;;) {
    const body = await connection.call(
      { operation, method: "GET", path: "events", query: { after, wait: waitSeconds } },
      { signal, maxRetries: 0, timeoutMs: waitSeconds * 1_000 + connection.timeoutMs },
    );
    const events = listOf(body, "events").map((item) => {
      const event = decodeAuditEvent(item);
      if (event === undefined) {
        throw invalidAnswer(operation, "the fields of an audit event", item);
      }
      return event;
    });
    after = Math.max(after, numberOf(body, "next_after") ?? 0, events.at(-1)?.seq ?? 0);
    yield { events, position: after };
  }
}
