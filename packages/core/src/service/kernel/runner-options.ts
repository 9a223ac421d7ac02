// What a runner must be given, and what it tells those who operate it.
import type { Clock, Now } from "../../clock.ts";
import type { Journal, JournalError } from "../store/journal.ts";
import type { Machine, MachineTypes } from "./machine.ts";
import type { SnapshotTaken } from "./snapshot-policy.ts";

/** What a runner tells those who operate it. Called synchronously; must not throw. */
export interface RunnerObserver {
  /** One turn was journaled. `appendMs` is how long that took. */
  onAppend?(turn: { readonly records: number; readonly appendMs: number }): void;
  /** The process was stopped, or its event loop blocked, and every open deadline was moved by `byMs`. */
  onPause?(byMs: number): void;
  /** The machine's wall clock has kept to another time, and the server's was corrected by `byMs`. */
  onCorrection?(byMs: number): void;
  /** The store lies in another file than when it was last served: it was moved, or put back from a copy. */
  onRestored?(): void;
  /** A snapshot was written, and what it made superfluous was forgotten. */
  onSnapshot?(taken: SnapshotTaken): void;
  /** Damage was found in what the start did not read: it is told once, and refused where it is read. @default onFault */
  onDamage?(found: JournalError): void;
  /** An append or a snapshot failed, or a rule threw. The runner goes on by itself. */
  onFault?(error: unknown): void;
}

/** Settings of `startRunner`. */
export interface RunnerOptions<Types extends MachineTypes> {
  readonly machine: Machine<Types>;
  readonly journal: Journal<Types["Record"]>;
  /** The first record of a new store. */
  readonly genesis: (now: Now) => Types["Record"];
  /** Receives the events of each turn, in order, once they are durable and before their callers are answered. */
  readonly publish: (events: readonly Types["Event"][]) => void;
  /**
   * Receives, once, the newest events that the replay at the start brought up again, oldest first; before anything is
   * published. How far back they reach depends on `replayableMarks`, how many there are at most on `keepRestored`.
   */
  readonly restored?: (events: readonly Types["Event"][]) => void;
  /** The most events that {@link RunnerOptions.restored} is given. @default 100_000 */
  readonly keepRestored?: number;
  readonly clock?: Clock;
  readonly observer?: RunnerObserver;
  /** How often a pause of the process is looked for, in milliseconds. @default 200 */
  readonly tickMs?: number;
  /** A tick that comes later than this beyond its time, in milliseconds, is a pause. @default 1000 */
  readonly pauseAfterMs?: number;
  /** Commands that may wait for their turn; more are refused with `overloaded`. @default 100_000 */
  readonly maxQueued?: number;
  /** How long to wait before writing again after an append failed, in milliseconds. @default 1000 */
  readonly retryAfterMs?: number;
  /**
   * After so many records the state is stored as a snapshot, so that the next start need not replay them; likewise
   * when the runner is closed; after more when the state has more items than that (see `Machine.size`). Only with a
   * durable journal and a machine that has snapshots. 0 means never.
   *
   * @default 100_000
   */
  readonly snapshotEveryRecords?: number;
  /**
   * How far back a start must be able to replay, counted in the machine's marks (see `Machine.mark`). The journal
   * forgets what lies before the newest snapshot that is old enough. 0 means that the newest snapshot is enough.
   *
   * @default 0
   */
  readonly replayableMarks?: number;
}
