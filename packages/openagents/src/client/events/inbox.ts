// What has come and waits to be handled: one queue, in order, beside which polling goes on.

import { raceSignal } from "@x/core";
import type { WireEvent } from "../../wire/event.ts";
import { matchesSome } from "../../wire/patterns.ts";
import type { AgentEvent, SendReply } from "./agent-event.ts";
import { Arrival } from "./arrival.ts";
import type { Correlator } from "./correlation.ts";
import type { EventHistory } from "./history.ts";
import type { Inbound, JournalEntry, WorkJournal } from "./journal.ts";
import { createRepeatFilter } from "./repeats.ts";
import type { EventStreams } from "./streams.ts";
import type { View } from "./views.ts";
import type { Waiters } from "./waiters.ts";

/** Gets events. What it throws, or rejects with, stops no other. */
export type EventHandler = (event: AgentEvent) => unknown;

/** No more is asked of the server while so many wait for their handlers. */
const mostWaiting = 10_000;
/** Handlers that never wait are let run for so long before others get a turn, in milliseconds. */
const turnMs = 10;

export interface InboxOptions {
  readonly waiters: Waiters;
  readonly streams: EventStreams;
  readonly correlator: Correlator;
  readonly history: EventHistory;
  readonly journal: WorkJournal | undefined;
  readonly makeViews: (wire: WireEvent) => readonly View[];
  readonly sendReply: SendReply;
  readonly onHandlerError: (error: unknown, event: AgentEvent) => void;
}

export interface Inbox {
  /** Takes what came. Resolves when the server may be told so. */
  accept(batch: readonly Inbound[]): Promise<void>;
  /** Hands over what an earlier process left, once there is somebody to get it. */
  restore(entries: readonly JournalEntry[]): void;
  /** Resolves when there is room for more. */
  room(signal: AbortSignal): Promise<void>;
  /** Answers what takes the registration away. */
  addHandler(handler: EventHandler, patterns: readonly string[] | undefined): () => void;
  /** Takes the first registration of a handler away. Whether there was one. */
  removeHandler(handler: (event: never) => unknown): boolean;
  /** Events that have come and are not yet in the hands of handlers. */
  waiting(): Iterable<Arrival>;
  /** Drops what waits. */
  clear(): void;
}

interface Registration {
  readonly handler: EventHandler;
  readonly patterns: readonly string[] | undefined;
}

/** An arrival that some have still to be done with. */
interface Work {
  readonly arrival: Arrival;
  readonly key: number | undefined;
  /** The handlers, and each iteration that has it. */
  holders: number;
}

export function createInbox(options: InboxOptions): Inbox {
  const { waiters, streams, correlator, history, journal, makeViews, sendReply } = options;
  const repeats = createRepeatFilter();
  let registrations: readonly Registration[] = [];
  let queue: Work[] = [];
  let head = 0;
  /** Of an earlier process, while nobody has asked for events yet. */
  let left: readonly JournalEntry[] = [];
  let isPumping = false;
  let accepting: Promise<void> = Promise.resolve();
  let freed = Promise.withResolvers<void>();

  const size = (): number => Math.max(queue.length - head, streams.longest());

  const hasRoom = (): void => {
    if (size() < mostWaiting) {
      freed.resolve();
    }
  };

  const letGo = (work: Work): void => {
    work.holders -= 1;
    if (work.holders === 0 && work.key !== undefined) {
      journal?.finished(work.key);
    }
  };

  const take = (inbound: Inbound, key: number | undefined, isRedelivered: boolean): void => {
    const { wire, timestampMs = wire.timestamp * 1000 } = inbound;
    const arrival = new Arrival(wire, { timestampMs, sendReply, isRedelivered }, makeViews);
    const work: Work = { arrival, key, holders: 1 };
    if (correlator.offer(arrival)) {
      letGo(work);
      return;
    }
    waiters.offer(arrival);
    work.holders += streams.offer(arrival, () => {
      letGo(work);
      hasRoom();
    });
    queue.push(work);
  };

  const handle = async (work: Work): Promise<void> => {
    const { arrival } = work;
    correlator.begin(arrival);
    for (const { handler, patterns } of registrations) {
      const seen =
        patterns === undefined
          ? arrival.event
          : arrival.seenBy((event) => matchesSome(patterns, event.eventName));
      if (seen === undefined) {
        continue;
      }
      try {
        await handler(seen);
      } catch (error) {
        options.onHandlerError(error, seen);
      }
    }
    history.add(arrival.event);
    letGo(work);
    correlator.handled(arrival);
  };

  const pump = async (): Promise<void> => {
    let turnEnds = performance.now() + turnMs;
    for (;;) {
      const next = queue[head];
      if (next === undefined) {
        break;
      }
      head += 1;
      if (head >= 1_024) {
        queue = queue.slice(head);
        head = 0;
      }
      await handle(next);
      hasRoom();
      if (performance.now() >= turnEnds) {
        await new Promise((resolve) => setTimeout(resolve));
        turnEnds = performance.now() + turnMs;
      }
    }
    queue = [];
    head = 0;
  };

  const start = (): void => {
    if (!isPumping) {
      isPumping = true;
      void pump().finally(() => {
        isPumping = false;
        if (queue.length > head) {
          start();
        }
      });
    }
  };

  const takeLeft = (): void => {
    for (const entry of left) {
      if (!repeats.isRepeated(entry.wire)) {
        take(entry, entry.key, true);
      }
    }
    left = [];
    start();
  };

  return {
    async accept(batch) {
      // A stream and a poll beside it may both bring events: one after the other, as they came.
      const before = accepting;
      const done = Promise.withResolvers<void>();
      accepting = done.promise;
      try {
        await before;
        const fresh = batch.filter(({ wire }) => !repeats.isRepeated(wire));
        if (fresh.length === 0) {
          return;
        }
        if (journal === undefined) {
          for (const inbound of fresh) {
            take(inbound, undefined, false);
          }
        } else {
          const entries = await journal.received(fresh).catch((error: unknown) => {
            for (const { wire } of fresh) {
              repeats.forget(wire);
            }
            throw error;
          });
          for (const entry of entries) {
            take(entry, entry.key, false);
          }
        }
        start();
      } finally {
        done.resolve();
      }
    },
    restore(entries) {
      left = entries;
      if (registrations.length > 0) {
        takeLeft();
      }
    },
    async room(signal) {
      while (size() >= mostWaiting) {
        freed = Promise.withResolvers();
        await raceSignal(freed.promise, signal);
      }
    },
    addHandler(handler, patterns) {
      const own: Registration = { handler, patterns };
      registrations = [...registrations, own];
      if (left.length > 0) {
        // Handlers that are registered in one go all get it.
        setTimeout(takeLeft);
      }
      return () => {
        registrations = registrations.filter((other) => other !== own);
      };
    },
    removeHandler(handler) {
      const index = registrations.findIndex((registration) => registration.handler === handler);
      registrations = registrations.filter((_, at) => at !== index);
      return index >= 0;
    },
    *waiting() {
      for (let at = head; at < queue.length; at += 1) {
        const queued = queue[at];
        if (queued !== undefined) {
          yield queued.arrival;
        }
      }
    },
    clear() {
      for (const { key, arrival } of queue.slice(head)) {
        // The journal brings it to the next connection.
        if (key !== undefined) {
          repeats.forget(arrival.wire);
        }
      }
      queue = [];
      head = 0;
      hasRoom();
    },
  };
}
