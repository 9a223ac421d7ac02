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
  /** How long others are kept away after a bad end, once a call has told. */
  lockMs: number;
}

export interface LedgerLock {
  /** The line that describes the lease that ended. */
  readonly last: string;
  readonly holder: string;
  readonly lockMs: number;
  /** From here on others may have the key. */
  due: number;
  /** From here on nobody is kept from it. Later than `due` where a restart may have come before time was judged. */
  keptUntil: number;
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
  readonly locks: Map<string, LedgerLock>;
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
    locks: new Map(),
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
