// A machine small enough to know by heart: a sum that grows, holds that end by time, and callers that wait for a sum.
import type { Now } from "../../src/clock.ts";
import { deferred, type Machine, type Ticket } from "../../src/service/kernel/machine.ts";

export type LedgerCommand =
  | { readonly type: "add"; readonly by: number }
  /** Takes from the sum what it puts back, in two records. */
  | { readonly type: "move"; readonly by: number }
  | { readonly type: "read" }
  | { readonly type: "await"; readonly sum: number }
  | { readonly type: "hold"; readonly forMs: number }
  | { readonly type: "break" };

export type LedgerRecord =
  | { readonly type: "created" }
  | { readonly type: "restarted" }
  | { readonly type: "paused" | "corrected"; readonly byMs: number }
  | { readonly type: "added"; readonly by: number }
  | { readonly type: "held"; readonly forMs: number }
  | { readonly type: "ended"; readonly hold: number };

export interface Hold {
  readonly id: number;
  readonly forMs: number;
  /** Its end in monotonic time, without the pauses since the store began. */
  readonly at: number;
}

export interface LedgerState {
  sum: number;
  restarts: number;
  pausedMs: number;
  correctedMs: number;
  /** Every amount that was added, in order. */
  book: number[];
  /** How many events there were. */
  events: number;
  /** Earliest end first. */
  holds: Hold[];
  holdsMade: number;
  readonly waiting: Map<Ticket, number>;
}

export type LedgerEvent = string;

export interface LedgerTypes {
  readonly State: LedgerState;
  readonly Command: LedgerCommand;
  readonly Replies: { readonly [Type in LedgerCommand["type"]]: number };
  readonly Refusal: never;
  readonly Record: LedgerRecord;
  readonly Event: LedgerEvent;
}

export const ledger: Machine<LedgerTypes> = {
  create: () => ({
    sum: 0,
    restarts: 0,
    pausedMs: 0,
    correctedMs: 0,
    book: [],
    events: 0,
    holds: [],
    holdsMade: 0,
    waiting: new Map(),
  }),

  commands: {
    add(state, { by }, turn) {
      turn.emit({ type: "added", by });
      for (const [ticket, sum] of state.waiting) {
        if (state.sum >= sum) {
          state.waiting.delete(ticket);
          turn.answer(ticket, state.sum);
        }
      }
      return state.sum;
    },
    move(state, { by }, turn) {
      turn.emit({ type: "added", by });
      turn.emit({ type: "added", by: -by });
      return state.sum;
    },
    read: (state) => state.sum,
    await(state, { sum }, turn) {
      if (state.sum >= sum) {
        return state.sum;
      }
      state.waiting.set(turn.ticket, sum);
      return deferred;
    },
    hold(state, { forMs }, turn) {
      turn.emit({ type: "held", forMs });
      return state.holds.length;
    },
    break() {
      throw new Error("a defect");
    },
  },

  expire(state, turn) {
    for (let hold = state.holds[0]; hold !== undefined; hold = state.holds[0]) {
      if (hold.at + state.pausedMs > turn.now.mono) {
        break;
      }
      turn.emit({ type: "ended", hold: hold.id });
    }
  },

  cancel(state, ticket, turn) {
    // What the caller was told too late to use is taken back.
    if (!state.waiting.delete(ticket)) {
      turn.emit({ type: "added", by: -1_000 });
    }
  },

  nextDeadline: (state) => (state.holds[0]?.at ?? Number.POSITIVE_INFINITY) + state.pausedMs,
  pause: (byMs) => ({ type: "paused", byMs }),
  corrected: (byMs) => ({ type: "corrected", byMs }),
  restarted: () => ({ type: "restarted" }),
  streams: (record) => (record.type === "added" && record.by < 0 ? ["taken"] : []),
  mark: (state) => state.events,

  apply(state, record, now) {
    const event = change(state, record, now);
    state.events += event === undefined ? 0 : 1;
    return event;
  },

  snapshot: ({ waiting: _waiting, ...rest }) => structuredClone(rest),

  restore(snapshot, now) {
    const state: LedgerState = { ...(snapshot as Omit<LedgerState, "waiting">), waiting: new Map() };
    armAfresh(state, now);
    return state;
  },
};

/** A hold that has to go on gets its whole time again. */
function armAfresh(state: LedgerState, now: Now): void {
  state.holds = state.holds
    .map((hold) => ({ ...hold, at: now.mono - state.pausedMs + hold.forMs }))
    .sort(byEnd);
}

const byEnd = (a: Hold, b: Hold): number => a.at - b.at || a.id - b.id;

function change(state: LedgerState, record: LedgerRecord, now: Now): LedgerEvent | undefined {
  switch (record.type) {
    case "created":
      return undefined;
    case "restarted":
      state.restarts += 1;
      armAfresh(state, now);
      return undefined;
    case "paused":
      state.pausedMs += record.byMs;
      return undefined;
    case "corrected":
      state.correctedMs += record.byMs;
      return undefined;
    case "added":
      state.sum += record.by;
      state.book.push(record.by);
      return `sum ${state.sum}`;
    case "held":
      state.holdsMade += 1;
      state.holds.push({
        id: state.holdsMade,
        forMs: record.forMs,
        at: now.mono - state.pausedMs + record.forMs,
      });
      state.holds.sort(byEnd);
      return "held";
    case "ended":
      state.holds = state.holds.filter(({ id }) => id !== record.hold);
      return "ended";
  }
}
