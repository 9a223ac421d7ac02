// The checker of histories: every condition of section 10 of the wire document that commands, answers and events show.
import { eventLine } from "../lines.ts";
import type { Moment } from "../world.ts";
import { createAgentCheck } from "./agent-check.ts";
import { createElectionCheck } from "./election-check.ts";
import { createLeaseCheck } from "./lease-check.ts";
import { type Check, createLedger, type Ledger } from "./ledger.ts";
import { createLogCheck } from "./log-check.ts";
import { createTaskCheck } from "./task-check.ts";

export interface HistoryCheck {
  readonly ledger: Ledger;
  /** Looks at what has come since the last look. Throws a `Violation`. */
  look(history: readonly Moment[]): void;
}

export function createHistoryCheck(): HistoryCheck {
  const ledger = createLedger();
  const checks: readonly Check[] = [
    // The log first: the block of a death is made of what was there before it.
    createLogCheck(ledger),
    createAgentCheck(ledger),
    createLeaseCheck(ledger),
    createElectionCheck(ledger),
    createTaskCheck(ledger),
  ];
  let seen = 0;

  return {
    ledger,
    look(history): void {
      for (; seen < history.length; seen += 1) {
        const moment = history[seen];
        if (moment === undefined) {
          return;
        }
        if (moment.kind === "event") {
          ledger.sinceCall.push(eventLine(moment.event));
        }
        for (const check of checks) {
          check(moment);
        }
        ledger.previous = moment;
        if (moment.kind === "call") {
          ledger.sinceCall = [];
        }
      }
    },
  };
}

/** Looks at a whole history at once. */
export function checkHistory(history: readonly Moment[]): void {
  createHistoryCheck().look(history);
}
