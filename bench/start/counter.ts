// A service of one number: what a start costs is the store's.
import type { Machine } from "@x/core/service";

export const product = "bench-counter";

export type CountRecord =
  | { readonly type: "restarted" }
  | { readonly type: "counted"; readonly by: number; readonly note: string };

export interface CounterTypes {
  readonly State: { sum: number };
  readonly Command: { readonly type: "count"; readonly by: number };
  readonly Replies: { count: number };
  readonly Refusal: never;
  readonly Record: CountRecord;
  readonly Event: never;
}

export const counter: Machine<CounterTypes> = {
  create: () => ({ sum: 0 }),
  commands: {
    count(state, { by }, turn) {
      turn.emit({ type: "counted", by, note: "" });
      return state.sum;
    },
  },
  expire: () => undefined,
  cancel: () => undefined,
  nextDeadline: () => Number.POSITIVE_INFINITY,
  pause: () => ({ type: "restarted" }),
  corrected: () => ({ type: "restarted" }),
  apply(state, record) {
    state.sum += record.type === "counted" ? record.by : 0;
    return undefined;
  },
  restarted: () => ({ type: "restarted" }),
  snapshot: ({ sum }) => ({ sum }),
  restore: (snapshot) => ({ sum: Number((snapshot as { readonly sum: number }).sum) }),
};
