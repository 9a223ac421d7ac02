// Where an agent writes down what it has received and not finished.

import type { WireEvent } from "../../wire/event.ts";

/** An event as it came. */
export interface Inbound {
  readonly wire: WireEvent;
  /** Unix milliseconds. @default the seconds of the event */
  readonly timestampMs?: number | undefined;
}

/** An event that was received and not finished. */
export interface JournalEntry extends Inbound {
  /** Names it within the journal. */
  readonly key: number;
}

/**
 * Keeps what was received until its handlers have finished, beyond the end of the process. `@x/openagents/node` has one in a
 * file.
 */
export interface WorkJournal {
  /** What an earlier process has left unfinished, oldest first. Called once for each connection. */
  open(): Promise<readonly JournalEntry[]>;
  /** Resolves when the events cannot be lost any more; the server is told that they came only after that. */
  received(events: readonly Inbound[]): Promise<readonly JournalEntry[]>;
  finished(key: number): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
}
