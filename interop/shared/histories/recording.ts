// What a recording holds, whatever the service: JSON lines, all times in microseconds of the machine's one monotonic clock.
//
// calls.jsonl     one line per call of the load: CallLine
// log.jsonl       the whole event log, read after the load: lines of the service's own
// seen-*.jsonl    what one live watcher saw, in the order in which it saw it: the same lines
// daemon.jsonl    what was done to the daemon, and both clocks side by side: DaemonLine
// final.json      what the daemon's lists answered after the load: the service's own

/** Microseconds of CLOCK_MONOTONIC, which all processes of a machine share. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** How a call ended. An unknown outcome may or may not have had its effect, also after the caller gave up. */
export type Outcome = "ok" | "refused" | "unknown";

/** `Fields` is what was asked and what was learned. */
export interface CallLine<Operation extends string = string, Fields extends object = object> {
  readonly process: string;
  readonly op: Operation;
  readonly args: Fields;
  readonly start: number;
  /** Absent when the caller's process ended first. */
  readonly end?: number;
  readonly outcome: Outcome;
  /** Of an `ok`. */
  readonly result?: Fields;
  /** Of everything else. */
  readonly code?: string;
}

/** The beginning of a call, written before it is sent, so that it is not lost with its process. */
export interface CallBegin<Operation extends string = string, Fields extends object = object> {
  readonly id: number;
  readonly op: Operation;
  readonly args: Fields;
  readonly start: number;
}

export interface CallEnd<Fields extends object = object> {
  readonly id: number;
  readonly end: number;
  readonly outcome: Outcome;
  readonly result?: Fields;
  readonly code?: string;
}

/** What was done to the daemon at one moment: its log was cut while it was down, or a second one was started beside it. */
export interface Happened {
  readonly kind: "cut" | "second";
}

export type DaemonLine =
  /**
   * A process of the daemon, from before it was started until it was seen to have ended. Until `unreachable` its port was
   * closed; at `ready` it had said that it serves.
   */
  | {
      readonly kind: "run";
      readonly spawned: number;
      readonly unreachable: number;
      readonly ready: number;
      readonly ended?: number;
    }
  /** The daemon was stopped and continued. */
  | { readonly kind: "pause"; readonly start: number; readonly end: number }
  /** The wall clock of its machine, and of nobody else's, was so much off. */
  | { readonly kind: "jump"; readonly start: number; readonly end: number; readonly byMs: number }
  | (Happened & { readonly at: number })
  /** Both clocks at one moment; `wall` in milliseconds since the Unix epoch. */
  | { readonly kind: "clock"; readonly mono: number; readonly wall: number };
