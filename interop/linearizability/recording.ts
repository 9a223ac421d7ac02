// What a recording holds: JSON lines, all times in microseconds of the machine's one monotonic clock.
//
// calls.jsonl     one line per call of the load: CallLine
// log.jsonl       the whole event log, read after the load: EventLine
// seen-*.jsonl    what one live watcher saw, in the order in which it saw it: EventLine
// daemon.jsonl    what was done to the daemon, and both clocks side by side: DaemonLine
// final.json      what the daemon's lists answered after the load, and at which sequence: FinalState

/** Microseconds of CLOCK_MONOTONIC, which all processes of a machine share. */
export function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}

/** What was asked and what was learned. Absent where the operation has no such thing. */
export interface Fields {
  readonly agent?: string;
  readonly name?: string;
  readonly ttlSeconds?: number;
  readonly key?: string;
  /** A 64-bit number, as decimal digits. */
  readonly token?: string;
  readonly acquired?: boolean;
  readonly accepted?: boolean;
  readonly group?: string;
  readonly leader?: string;
  readonly term?: string;
  readonly task?: string;
  readonly taskType?: string;
  readonly tools?: readonly string[];
  readonly maxRetries?: number;
  readonly output?: string;
  readonly status?: string;
  readonly retryCount?: number;
  readonly claimedBy?: string;
}

export type Operation =
  | "register"
  | "heartbeat"
  | "deregister"
  | "acquire"
  | "renew"
  | "release"
  | "fencedWrite"
  | "campaign"
  | "resign"
  | "createTask"
  | "claimTask"
  | "completeTask"
  | "failTask"
  | "getTask";

/** How a call ended. An unknown outcome may or may not have had its effect, also after the caller gave up. */
export type Outcome = "ok" | "refused" | "unknown";

export interface CallLine {
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
export interface CallBegin {
  readonly id: number;
  readonly op: Operation;
  readonly args: Fields;
  readonly start: number;
}

export interface CallEnd {
  readonly id: number;
  readonly end: number;
  readonly outcome: Outcome;
  readonly result?: Fields;
  readonly code?: string;
}

export interface EventLine extends Fields {
  readonly sequence: number;
  readonly topic: string;
  /** Milliseconds since the Unix epoch, as the daemon says. */
  readonly occurredAt: number;
  /** When it was read. */
  readonly at: number;
  readonly expiresAt?: number;
  readonly lastHeartbeatAt?: number;
  readonly reason?: string;
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
  /** Both clocks at one moment; `wall` in milliseconds since the Unix epoch. */
  | { readonly kind: "clock"; readonly mono: number; readonly wall: number };

export interface FinalState {
  readonly sequence: number;
  readonly agents: readonly Fields[];
  readonly leases: readonly Fields[];
  readonly elections: readonly Fields[];
  readonly tasks: readonly Fields[];
}
