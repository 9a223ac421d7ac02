// The watch: events of the bus as a subscription. From our own daemon it resumes without gap or repeat; on the plain wire
// every reconnect is a gap.
import {
  checkArgument,
  createSubscription,
  type FailedCall,
  must,
  type StreamConnection,
  type StreamSink,
  type Subscription,
  type SubscriptionOptions,
  UnimplementedError,
} from "@x/core/base";
import type { WatchResponse } from "../gen/agentkeeper/ext/v1/event_pb.ts";
import type { Event } from "../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { WatchEvent } from "../types.ts";
import { serviceName } from "./checks.ts";
import { type Connection, toError } from "./connection.ts";
import { decodeEvent } from "./decode/decode.ts";
import type { AttemptCall } from "./raw-client.ts";

/**
 * Options of a watch: buffering, `signal`, `cursor`, `onResync`, `onEnd`, `onState`, `onCallbackError`. Where nothing can
 * be resumed (another daemon, another store, events no longer kept), `onResync` is called if given, else the stream ends
 * with `resume_gap`.
 */
export interface WatchOptions extends Omit<SubscriptionOptions<WatchEvent, bigint>, "onItem"> {
  /** The store that `cursor` is of (`getServerInfo().logId`); another store is a gap. @default any */
  readonly logId?: string;
}

/** Reasons for which our own daemon cannot go on behind a cursor. */
const gapCodes: ReadonlySet<string> = new Set([
  "log_id_mismatch",
  "sequence_compacted",
  "sequence_in_future",
]);

export function watch(
  connection: Connection,
  topics: readonly string[],
  onEvent: ((event: WatchEvent) => void | Promise<void>) | undefined,
  options: WatchOptions = {},
): Subscription<WatchEvent, bigint> {
  const { logId: firstLogId, ...streamOptions } = options;
  const call = { service: serviceName, operation: "watch" };
  checkArgument("topics", topics, must.beTexts, call);
  for (const [name, value, rule] of [
    ["onEvent", onEvent, must.beFunction],
    ["cursor", options.cursor, must.beBigint],
    ["logId", firstLogId, must.beText],
  ] as const) {
    if (value !== undefined) {
      checkArgument(name, value, rule, call);
    }
  }
  let logId = firstLogId ?? "";
  return createSubscription<WatchEvent, WatchResponse | Event, bigint>(
    {
      service: serviceName,
      operation: "watch",
      get resumable() {
        return connection.hasExt !== false;
      },
      open: (stream) => openWatch(connection, topics, stream, () => logId),
      receive(message, sink) {
        if (message.$typeName === "agentkeeper.v1.Event") {
          sink.push(decodeEvent(message), message.sequenceNumber);
        } else {
          logId = receiveReplayed(message, sink) ?? logId;
        }
      },
      // The plain wire tells live events only: nothing comes twice, and another store counts from 1 again.
      isDuplicate: (cursor, last) => connection.hasExt !== false && cursor <= last,
      isResumeGap(error) {
        if (gapCodes.has(error.code)) {
          logId = "";
          return true;
        }
        return false;
      },
      toError: (thrown: unknown, call: FailedCall) => toError(thrown, call),
    },
    { clock: connection.clock, ...streamOptions, ...(onEvent === undefined ? {} : { onItem: onEvent }) },
  );
}

async function* openWatch(
  connection: Connection,
  topics: readonly string[],
  { cursor, signal, ready }: StreamConnection<bigint>,
  logId: () => string,
): AsyncGenerator<WatchResponse | Event> {
  const call: AttemptCall = { signal, timeoutMs: 0 };
  if (connection.hasExt !== false) {
    try {
      const request = {
        topics: [...topics],
        ...(cursor === undefined ? {} : { afterSequence: cursor, logId: logId() }),
      };
      for await (const response of connection.events.watch(request, call)) {
        connection.sawExt(true);
        yield response;
      }
      return;
    } catch (error) {
      if (connection.hasExt === true || !(toError(error, streamCall) instanceof UnimplementedError)) {
        throw error;
      }
      connection.sawExt(false);
    }
  }
  yield* connection.registry.watch({ topics: [...topics] }, { ...call, onHeader: () => ready() });
}

const streamCall: FailedCall = { service: serviceName, operation: "watch", attempts: 1 };

/** Takes a message of the replayable watch apart; answers the name of the store when it says so. */
function receiveReplayed(message: WatchResponse, sink: StreamSink<WatchEvent, bigint>): string | undefined {
  const { kind } = message;
  switch (kind.case) {
    case "started":
      sink.ready(kind.value.startSequence);
      return kind.value.logId;
    case "batch":
      for (const event of kind.value.events) {
        sink.push(decodeEvent(event), event.sequenceNumber);
      }
      return undefined;
    case "progress":
      sink.advance(kind.value.sequence);
      return undefined;
    default:
      return undefined;
  }
}
