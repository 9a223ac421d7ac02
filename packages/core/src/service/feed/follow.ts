// What readers of a feed do with it: follow it for as long as they live, or ask once and wait a little.
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../clock.ts";
import { type Feed, isGap, type Reading, type ReadOptions } from "./feed.ts";

/** Settings of {@link follow}. */
export interface FollowOptions<Event> extends ReadOptions<Event> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** After so many milliseconds without an event an empty stretch says how far the reader has come. @default never */
  readonly quietMs?: number;
}

/**
 * Everything behind a place, in stretches, as it comes. Ends when the signal aborts, when the feed is closed, and after
 * a gap, which is the last thing that it says.
 */
export async function* follow<Event>(
  feed: Feed<Event>,
  after: number,
  { clock, signal, quietMs, ...options }: FollowOptions<Event>,
): AsyncGenerator<Reading<Event>, void> {
  let place = after;
  let saidAt = clock.now().mono;
  while (!signal.aborted) {
    const reading = await feed.read(place, options);
    if (isGap(reading)) {
      yield reading;
      return;
    }
    place = reading.upTo;
    const isQuiet = quietMs !== undefined && clock.now().mono >= saidAt + quietMs;
    if (reading.events.length > 0 || isQuiet) {
      yield reading;
      saidAt = clock.now().mono;
    } else if (reading.more) {
      // A long way without a match must not hold up everybody else.
      await setImmediate();
    } else {
      const withinMs = quietMs === undefined ? undefined : saidAt + quietMs - clock.now().mono;
      if ((await feed.wait(place, { withinMs, signal })) === "ended") {
        return;
      }
    }
  }
}

/** Settings of {@link poll}. */
export interface PollOptions<Event> extends ReadOptions<Event> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** How long to wait for the first event, in milliseconds. 0 for not at all. */
  readonly withinMs: number;
}

/** The events behind a place, waiting for the first one. Empty when time is over, the caller gone or the feed closed. */
export async function poll<Event>(
  feed: Feed<Event>,
  after: number,
  { clock, signal, withinMs, ...options }: PollOptions<Event>,
): Promise<Reading<Event>> {
  const until = clock.now().mono + withinMs;
  let place = after;
  for (;;) {
    const reading = await feed.read(place, options);
    if (isGap(reading) || reading.events.length > 0) {
      return reading;
    }
    place = reading.upTo;
    if (reading.more) {
      await setImmediate();
      continue;
    }
    const leftMs = until - clock.now().mono;
    if (leftMs <= 0 || (await feed.wait(place, { withinMs: leftMs, signal })) !== "more") {
      return reading;
    }
  }
}
