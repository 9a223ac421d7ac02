// A machine small enough to know by heart: a sum that grows, holds that end by time, and callers that wait for a sum.
import { deferred, type Machine, type Now, type Ticket, type Turn } from "../../src/service/index.ts";

export type LedgerCommand =
  | { readonly type: "add"; readonly by: number }
  | { readonly type: "read" }
  | { readonly type: "await"; readonly sum: number }
  | { readonly type: "hold"; readonly forMs: number }
  | { readonly type: "break" };

export type LedgerRecord =
  | { readonly type: "created" }
  | { readonly type: "restarted" }
  | { readonly type: "paused"; readonly byMs: number }
  | { readonly type: "added"; readonly by: number }
  | { readonly type: "held"; readonly forMs: number }
  | { readonly type: "ended" };

export interface LedgerState {
  sum: number;
  restarts: number;
  pausedMs: number;
  /** Ends of holds in monotonic time, earliest first. */
  holds: number[];
  readonly waiting: Map<Ticket, number>;
}

export type LedgerEvent = string;
type LedgerTurn = Turn<LedgerRecord, number>;

export const ledger: Machine<LedgerState, LedgerCommand, LedgerRecord, number, LedgerEvent> = {
  create: () => ({ sum: 0, restarts: 0, pausedMs: 0, holds: [], waiting: new Map() }),

  decide(state: LedgerState, command: LedgerCommand, turn: LedgerTurn): number | typeof deferred {
    switch (command.type) {
      case "add":
        turn.emit({ type: "added", by: command.by });
        for (const [ticket, sum] of state.waiting) {
          if (state.sum >= sum) {
            state.waiting.delete(ticket);
            turn.answer(ticket, state.sum);
          }
        }
        return state.sum;
      case "read":
        return state.sum;
      case "await":
        if (state.sum >= command.sum) {
          return state.sum;
        }
        state.waiting.set(turn.ticket, command.sum);
        return deferred;
      case "hold":
        turn.emit({ type: "held", forMs: command.forMs });
        return state.holds.length;
      case "break":
        throw new Error("a defect");
    }
  },

  expire(state: LedgerState, turn: LedgerTurn): void {
    while ((state.holds[0] ?? Number.POSITIVE_INFINITY) + state.pausedMs <= turn.now.mono) {
      turn.emit({ type: "ended" });
    }
  },

  cancel(state: LedgerState, ticket: Ticket, turn: LedgerTurn): void {
    // What the caller was told too late to use is taken back.
    if (!state.waiting.delete(ticket)) {
      turn.emit({ type: "added", by: -1_000 });
    }
  },

  nextDeadline: (state) => (state.holds[0] ?? Number.POSITIVE_INFINITY) + state.pausedMs,
  pause: (byMs) => ({ type: "paused", byMs }),
  restarted: () => ({ type: "restarted" }),

  apply(state: LedgerState, record: LedgerRecord, now: Now): LedgerEvent | undefined {
    switch (record.type) {
      case "created":
        return undefined;
      case "restarted":
        state.restarts += 1;
        return undefined;
      case "paused":
        state.pausedMs += record.byMs;
        return undefined;
      case "added":
        state.sum += record.by;
        return `sum ${state.sum}`;
      case "held":
        state.holds.push(now.mono - state.pausedMs + record.forMs);
        state.holds.sort((a, b) => a - b);
        return "held";
      case "ended":
        state.holds.shift();
        return "ended";
    }
  },
};
