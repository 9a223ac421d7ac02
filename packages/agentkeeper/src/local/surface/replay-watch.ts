// The replayable watch: events from any retained sequence on, in batches, with signs of life in between.
import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { follow, isGap } from "@x/core/service";
import {
  type WatchRequest,
  type WatchResponse,
  WatchResponseSchema,
} from "../../gen/agentkeeper/ext/v1/event_pb.ts";
import { millisecondsOf } from "../../wire/duration.ts";
import type { Engine } from "../engine/engine.ts";
import { refuse } from "../rules/model/refusal.ts";
import type { BusEvent } from "../rules/model/views.ts";
import { refusalError, shuttingDown, statusError } from "./errors.ts";
import { messageOf } from "./event-messages.ts";
import { topicFilter } from "./topics.ts";

const progressDefaultMs = 10_000;
const progressMinMs = 100;
const progressMaxMs = 3_600_000;

/** How many events one message carries at most. */
const batchSize = 256;
/** No further event joins a message that has so many bytes: clients refuse messages above 4 MiB. */
const batchBytes = 1024 * 1024;

/** Checks the request and fixes the start, both at once; the stream follows. */
export function replayWatch(
  engine: Engine,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncIterable<WatchResponse> {
  const filter = topicFilter(request.topics);
  const progressMs = millisecondsOf(request.progressInterval) ?? progressDefaultMs;
  if (progressMs < progressMinMs || progressMs > progressMaxMs) {
    throw refusalError(
      refuse("TTL_OUT_OF_RANGE", "progress_interval must be 100 ms to 1 h", { field: "progress_interval" }),
    );
  }
  const { feed, logId } = engine;
  if (request.logId !== "" && request.logId !== logId) {
    throw statusError(
      Code.FailedPrecondition,
      "LOG_ID_MISMATCH",
      "this is another store than the one whose events you have seen; read the state anew",
      { log_id: logId },
    );
  }
  const after = request.afterSequence ?? BigInt(feed.last);
  if (after > BigInt(feed.last)) {
    throw statusError(
      Code.OutOfRange,
      "SEQUENCE_IN_FUTURE",
      `the newest event is ${feed.last}; ${after} has not happened`,
      { last_sequence: String(feed.last) },
    );
  }
  const start = Number(after);
  if (start < feed.first - 1) {
    throw compacted(feed.first);
  }
  return watchFrom(engine, start, filter, progressMs, signal);
}

async function* watchFrom(
  { feed, logId, clock, stopping }: Engine,
  start: number,
  filter: (event: BusEvent) => boolean,
  progressMs: number,
  signal: AbortSignal,
): AsyncGenerator<WatchResponse> {
  yield create(WatchResponseSchema, {
    kind: {
      case: "started",
      value: { logId, startSequence: BigInt(start), firstRetainedSequence: BigInt(feed.first) },
    },
  });
  const bounds = { limit: batchSize, maxBytes: batchBytes };
  let previous = 0;
  for await (const reading of follow(feed, start, {
    ...bounds,
    filter,
    quietMs: progressMs,
    clock,
    signal,
  })) {
    if (isGap(reading)) {
      throw compacted(feed.first);
    }
    const last = reading.events.at(-1);
    if (last === undefined) {
      yield create(WatchResponseSchema, {
        kind: { case: "progress", value: { sequence: BigInt(reading.upTo) } },
      });
    } else {
      yield create(WatchResponseSchema, {
        kind: {
          case: "batch",
          value: { events: reading.events.map(messageOf), previousMatchingSequence: BigInt(previous) },
        },
      });
      previous = last.sequence;
    }
  }
  if (stopping.aborted) {
    throw shuttingDown();
  }
}

function compacted(firstRetained: number): Error {
  return statusError(
    Code.OutOfRange,
    "SEQUENCE_COMPACTED",
    `events before ${firstRetained} are no longer kept; read the state anew and watch from its sequence`,
    { first_retained_sequence: String(firstRetained) },
  );
}
