import { describe, expect, it } from "vitest";
import { deferred, type Machine } from "../src/service/index.ts";
import { VirtualStore } from "../src/testing/index.ts";

interface Counter {
  total: number;
  /** Whose turn it is to be answered, and when. */
  waiting: { readonly ticket: number; readonly due: number } | undefined;
}

interface CounterTypes {
  readonly State: Counter;
  readonly Command:
    | { readonly type: "add"; readonly by: number }
    | { readonly type: "addLater"; readonly by: number };
  readonly Record: { readonly by: number; readonly corrected?: number };
  readonly Replies: {
    readonly add: { readonly total: number };
    readonly addLater: { readonly total: number };
  };
  readonly Refusal: { readonly refused: "negative" };
  readonly Event: { readonly total: number; readonly wall: number };
}

type CounterMachine = Machine<CounterTypes>;

const counter: CounterMachine = {
  create: () => ({ total: 0, waiting: undefined }),
  commands: {
    add(state, { by }, turn) {
      if (by < 0) {
        return { refused: "negative" };
      }
      turn.emit({ by });
      return { total: state.total };
    },
    addLater(state, { by }, turn) {
      if (by < 0) {
        return { refused: "negative" };
      }
      state.waiting = { ticket: turn.ticket, due: turn.now.mono + by };
      return deferred;
    },
  },
  expire(state, turn) {
    if (state.waiting !== undefined && state.waiting.due <= turn.now.mono) {
      const { ticket } = state.waiting;
      state.waiting = undefined;
      turn.emit({ by: 1 });
      turn.answer(ticket, { total: state.total });
    }
  },
  cancel(state) {
    state.waiting = undefined;
  },
  nextDeadline: ({ waiting }) => waiting?.due ?? Number.POSITIVE_INFINITY,
  pause: () => ({ by: 0 }),
  corrected: (byMs) => ({ by: 0, corrected: byMs }),
  restarted: () => ({ by: 0 }),
  apply(state, { by }, now) {
    state.total += by;
    return by === 0 ? undefined : { total: state.total, wall: now.wall };
  },
  snapshot: ({ total }) => ({ total }),
  restore: (stored) => ({ total: (stored as { total: number }).total, waiting: undefined }),
};

function serve(spoilt: Partial<CounterMachine> = {}): VirtualStore<CounterTypes> {
  return new VirtualStore<CounterTypes>({
    machine: { ...counter, ...spoilt },
    startWall: 1_000_000,
    genesis: () => ({ by: 0 }),
    describe: ({ total }) => ({ total }),
  });
}

describe("a store in virtual time", () => {
  it("runs commands, judges each deadline at its own time, and replays from any moment", () => {
    const store = serve();
    expect(store.ok({ type: "add", by: 2 })).toEqual({ total: 2 });
    expect(store.refused({ type: "add", by: -1 }, "negative")).toEqual({ refused: "negative" });
    const ticket = store.waits({ type: "addLater", by: 300 });
    store.takeSnapshot();
    store.advance(1_000);
    expect(store.answers.get(ticket)).toEqual({ total: 3 });
    expect(store.fresh()).toEqual([
      { total: 2, wall: 1_000_000 },
      { total: 3, wall: 1_000_300 },
    ]);
    expect(store.now.wall).toBe(1_001_000);
    store.expectReplayEqual();
    store.restart();
    expect(store.ok({ type: "add", by: 1 })).toEqual({ total: 4 });
    expect(store.history.map(({ kind }) => kind).join(" ")).toBe(
      "event call call call event answer restart event call",
    );
  });

  it("tells the machine of a step of the wall clock by a record", () => {
    const store = serve();
    store.ok({ type: "add", by: 1 });
    store.stepWallClock(-5_000);
    store.ok({ type: "add", by: 1 });
    expect(store.events.map(({ wall }) => wall)).toEqual([1_000_000, 995_000]);
    expect(store.records).toContainEqual({ by: 0, corrected: -5_000 });
    store.expectReplayEqual();
  });

  it("notices a machine that breaks a promise", () => {
    const twice = serve({
      expire(state, turn) {
        if (state.waiting !== undefined) {
          turn.answer(state.waiting.ticket, { total: 0 });
        }
      },
    });
    twice.waits({ type: "addLater", by: 1 });
    twice.skip(1);
    twice.ok({ type: "add", by: 1 });
    expect(() => twice.ok({ type: "add", by: 1 })).toThrow("answered once");

    const eager = serve({
      commands: {
        ...counter.commands,
        add(_state, { by }, turn) {
          turn.emit({ by });
          return { refused: "negative" };
        },
      },
    });
    expect(() => eager.refused({ type: "add", by: 1 })).toThrow("a refusal must change nothing");

    const forgetful = serve({ restore: () => ({ total: 0, waiting: undefined }) });
    forgetful.ok({ type: "add", by: 1 });
    forgetful.expectReplayEqual();
    forgetful.takeSnapshot();
    expect(() => forgetful.expectReplayEqual()).toThrow("total: 0");

    const shared = serve({ snapshot: (state) => state });
    shared.takeSnapshot();
    shared.ok({ type: "add", by: 1 });
    expect(() => shared.expectReplayEqual()).toThrow("a snapshot has changed");
  });

  it("says what came instead of what a test asked for", () => {
    const store = serve();
    expect(() => store.ok({ type: "add", by: -1 })).toThrow('add was refused: {"refused":"negative"}');
    expect(() => store.ok({ type: "addLater", by: 1 })).toThrow("addLater waits");
    expect(() => store.waits({ type: "add", by: 1 })).toThrow('add does not wait: {"total":1}');
    expect(() => store.refused({ type: "add", by: 1 })).toThrow("add was not refused");
  });
});
