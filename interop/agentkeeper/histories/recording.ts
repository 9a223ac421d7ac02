// What a recording of AgentKeeper holds besides what all recordings do.
import type { CallLine as AnyCallLine } from "../../shared/histories/recording.ts";

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

export type CallLine = AnyCallLine<Operation, Fields>;

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

/** What the daemon's lists answered after the load, and at which sequence. */
export interface FinalState {
  readonly sequence: number;
  readonly agents: readonly Fields[];
  readonly leases: readonly Fields[];
  readonly elections: readonly Fields[];
  readonly tasks: readonly Fields[];
}
