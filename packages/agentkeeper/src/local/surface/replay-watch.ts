// The replayable watch: events from any retained sequence on, in batches, with signs of life in between.
import { setImmediate } from "node:timers/promises";
import { create } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import {
  type WatchRequest,
  type WatchResponse,
  WatchResponseSchema,
} from "../../gen/agentkeeper/ext/v1/event_pb.ts";
import { millisecondsOf } from "../../wire/duration.ts";
import type { Keeper } from "../engine/engine.ts";
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

/** Checks the request and fixes the start, both at once; the stream follows. */
export function replayWatch(
  keeper: Keeper,
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
  const { log, logId } = keeper;
  if (request.logId !== "" && request.logId !== logId) {
    throw statusError(
      Code.FailedPrecondition,
      "LOG_ID_MISMATCH",
      "this is another store than the one whose events you have seen; read the state anew",
      { log_id: logId },
    );
  }
  const after = request.afterSequence ?? BigInt(log.lastSequence);
  if (after > BigInt(log.lastSequence)) {
    throw statusError(
      Code.OutOfRange,
      "SEQUENCE_IN_FUTURE",
      `the newest event is ${log.lastSequence}; ${after} has not happened`,
      { last_sequence: String(log.lastSequence) },
    );
  }
  const start = Number(after);
  if (start < log.firstSequence - 1) {
    throw compacted(log.firstSequence);
  }
  return follow(keeper, start, filter, progressMs, signal);
}

async function* follow(
  keeper: Keeper,
  start: number,
  filter: (event: BusEvent) => boolean,
  progressMs: number,
  signal: AbortSignal,
): AsyncGenerator<WatchResponse> {
  const { log, logId } = keeper;
  yield create(WatchResponseSchema, {
    kind: {
      case: "started",
      value: {
        logId,
        startSequence: BigInt(start),
        firstRetainedSequence: BigInt(log.firstSequence),
      },
    },
  });
  const { clock } = keeper;
  let cursor = start;
  let previous = 0;
  let saidAt = clock.now().mono;
  while (!signal.aborted) {
    const stretch = log.read(cursor, filter, batchSize);
    if (stretch === undefined) {
      throw compacted(log.firstSequence);
    }
    cursor = stretch.upTo;
    const last = stretch.events.at(-1);
    if (last !== undefined) {
      yield create(WatchResponseSchema, {
        kind: {
          case: "batch",
          value: {
            events: stretch.events.map(messageOf),
            previousMatchingSequence: BigInt(previous),
          },
        },
      });
      previous = last.sequence;
      saidAt = clock.now().mono;
    }
    const quietMs = saidAt + progressMs - clock.now().mono;
    if (quietMs <= 0) {
      yield create(WatchResponseSchema, { kind: { case: "progress", value: { sequence: BigInt(cursor) } } });
      saidAt = clock.now().mono;
    } else if (cursor === log.lastSequence) {
      await log.changed(quietMs, signal);
    } else if (last === undefined) {
      // A long way without a match must not hold up everybody else.
      await setImmediate();
    }
  }
  if (keeper.stopping.aborted) {
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
