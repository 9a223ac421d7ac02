// What a checker of histories keeps in mind: what the moments so far say about each thing.
import type { Moment } from "../world.ts";

export interface LedgerAgent {
  status: "alive" | "unreachable" | "dead";
  /** Known once its registration was answered. */
  timeMs: number | undefined;
  /** The end of its present status by silence. */
  due: number;
}

export interface LedgerLease {
  readonly holder: string;
  readonly token: number;
  readonly acquiredAt: number;
  timeMs: number;
  due: number;
}

export interface LedgerGroup {
  leader: string;
  term: number;
  waiting: string[];
}

export interface LedgerTask {
  status: "pending" | "claimed" | "completed" | "dead";
  by: string;
  retries: number;
  readonly maxRetries: number;
}

export interface Ledger {
  readonly agents: Map<string, LedgerAgent>;
  readonly leases: Map<string, LedgerLease>;
  readonly groups: Map<string, LedgerGroup>;
  readonly tasks: Map<string, LedgerTask>;
  /** The moment before this one. */
  previous: Moment | undefined;
  /** The lines of the events since the last call was answered. */
  sinceCall: string[];
}

export function createLedger(): Ledger {
  return {
    agents: new Map(),
    leases: new Map(),
    groups: new Map(),
    tasks: new Map(),
    previous: undefined,
    sinceCall: [],
  };
}

/** Looks at one moment: throws if it breaks a rule, else notes it. */
export type Check = (moment: Moment) => void;

/** A history breaks a condition of section 10 of the wire document. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export function demand(condition: boolean, rule: string, otherwise: string): asserts condition {
  if (!condition) {
    throw new Violation(`${rule}: ${otherwise}`);
  }
}
