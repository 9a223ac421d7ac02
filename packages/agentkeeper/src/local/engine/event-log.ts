// The newest events, so that a watch can start in the past, and readers that follow at their own pace.
import type { Clock } from "@x/core/service";
import type { BusEvent } from "../rules/model/views.ts";

/** What a reader gets. */
export interface Stretch {
  /** Events that pass the filter, in order. */
  readonly events: readonly BusEvent[];
  /** Everything up to here has been looked at. */
  readonly upTo: number;
}

/** A bounded log of events with consecutive sequences. */
export interface EventLog {
  /** Sequence of the oldest event that a reader may start with; one above the last if there is none. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  append(events: readonly BusEvent[]): void;
  /** The store has events up to here that this log does not hold. */
  skipTo(sequence: number): void;
  /**
   * Events after a sequence, at most `limit` of them; `undefined` when some of those are no longer kept.
   */
  read(after: number, filter: (event: BusEvent) => boolean, limit: number): Stretch | undefined;
  /** Resolves at the next append, or when the time is over. */
  changed(withinMs: number, signal: AbortSignal): Promise<void>;
}

/** How far a reader that follows may fall behind, however few events a reader may start behind. */
const leastKept = 1_000;

/** How many events one read looks at, so that a rare filter does not hold up the event loop. */
const mostLookedAt = 10_000;

export function createEventLog(retain: number, clock: Clock): EventLog {
  // Kept events are events[offset..]; cut in large pieces, so that appending stays cheap.
  let events: BusEvent[] = [];
  let offset = 0;
  let lastSequence = 0;
  const waiting = new Set<() => void>();

  const firstKept = (): number => lastSequence - (events.length - offset) + 1;

  return {
    get firstSequence() {
      return Math.max(firstKept(), lastSequence - retain + 1);
    },
    get lastSequence() {
      return lastSequence;
    },

    append(fresh: readonly BusEvent[]): void {
      for (const event of fresh) {
        events.push(event);
        lastSequence = event.sequence;
      }
      offset = Math.max(offset, events.length - Math.max(retain, leastKept));
      if (offset > 1_024 && offset > events.length / 4) {
        events = events.slice(offset);
        offset = 0;
      }
      for (const wake of waiting) {
        wake();
      }
    },

    skipTo(sequence: number): void {
      if (sequence > lastSequence) {
        events = [];
        offset = 0;
        lastSequence = sequence;
      }
    },

    read(after: number, filter: (event: BusEvent) => boolean, limit: number): Stretch | undefined {
      if (after < firstKept() - 1) {
        return undefined;
      }
      const found: BusEvent[] = [];
      let index = offset + (after - firstKept() + 1);
      const end = Math.min(events.length, index + mostLookedAt);
      for (; index < end && found.length < limit; index += 1) {
        const event = events[index];
        if (event !== undefined && filter(event)) {
          found.push(event);
        }
      }
      return { events: found, upTo: lastSequence - (events.length - index) };
    },

    changed(withinMs: number, signal: AbortSignal): Promise<void> {
      return new Promise((resolve) => {
        const settle = (): void => {
          waiting.delete(settle);
          timer.cancel();
          signal.removeEventListener("abort", settle);
          resolve();
        };
        const timer = clock.setTimer(withinMs, settle, { ref: false });
        waiting.add(settle);
        signal.addEventListener("abort", settle, { once: true });
        if (signal.aborted) {
          settle();
        }
      });
    },
  };
}
