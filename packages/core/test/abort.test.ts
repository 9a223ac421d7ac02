import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { linkSignals, onAbort, raceSignal, sleep } from "../src/calls/abort.ts";
import { deadlineIn, noDeadline } from "../src/calls/deadline.ts";
import { createFakeClock, trackLeaks } from "../src/testing/index.ts";

function listeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}

describe("onAbort", () => {
  it("calls once with the reason and leaves no listener", () => {
    const controller = new AbortController();
    const reasons: unknown[] = [];
    onAbort(controller.signal, (reason) => reasons.push(reason));
    controller.abort("why");
    expect(reasons).toEqual(["why"]);
    expect(listeners(controller.signal)).toBe(0);
  });

  it("calls at once when the signal has aborted, and never without a signal", () => {
    const reasons: unknown[] = [];
    onAbort(AbortSignal.abort("early"), (reason) => reasons.push(reason));
    onAbort(undefined, (reason) => reasons.push(reason))();
    expect(reasons).toEqual(["early"]);
  });

  it("can be taken back, twice", () => {
    const controller = new AbortController();
    const reasons: unknown[] = [];
    const remove = onAbort(controller.signal, (reason) => reasons.push(reason));
    remove();
    remove();
    controller.abort();
    expect(reasons).toEqual([]);
  });
});

describe("linkSignals", () => {
  it("aborts with the first source, keeps its reason and lets go of all", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 5 }), fc.nat(4), (present, which) => {
        const sources = present.map((here) => (here ? new AbortController() : undefined));
        const linked = linkSignals(...sources.map((source) => source?.signal));
        const counts = (): number[] => sources.map((source) => (source ? listeners(source.signal) : 0));
        expect(counts()).toEqual(present.map(Number));
        const source = sources[which];
        source?.abort("reason");
        expect(linked.signal.aborted).toBe(source !== undefined);
        if (source !== undefined) {
          expect(linked.signal.reason).toBe("reason");
        } else {
          linked[Symbol.dispose]();
        }
        expect(counts()).toEqual(present.map(() => 0));
      }),
    );
  });

  it("is aborted from the start if a source is, and then listens to none", () => {
    const live = new AbortController();
    const linked = linkSignals(live.signal, AbortSignal.abort("gone"), live.signal);
    expect(linked.signal.reason).toBe("gone");
    expect(listeners(live.signal)).toBe(0);
  });

  it("aborts by itself", () => {
    const source = new AbortController();
    const linked = linkSignals(source.signal);
    linked.abort("own");
    expect(linked.signal.reason).toBe("own");
    expect(listeners(source.signal)).toBe(0);
  });
});

describe("sleep", () => {
  it("lasts exactly as long as the clock says and leaves nothing", async () => {
    const clock = createFakeClock();
    const { signal } = new AbortController();
    let over = false;
    const sleeping = sleep(1_000, { clock, signal }).then(() => {
      over = true;
    });
    await clock.advance(999);
    expect(over).toBe(false);
    await clock.advance(1);
    expect(over).toBe(true);
    await sleeping;
    expect([clock.pendingTimers, listeners(signal)]).toEqual([0, 0]);
  });

  it("ends at once with the signal's reason and leaves nothing", async () => {
    const clock = createFakeClock();
    const controller = new AbortController();
    const sleeping = sleep(1_000, { clock, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    expect([clock.pendingTimers, listeners(controller.signal)]).toEqual([0, 0]);
  });

  it("does not begin when the signal has aborted", async () => {
    const clock = createFakeClock();
    await expect(sleep(1_000, { clock, signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect(clock.pendingTimers).toBe(0);
  });

  it("works with the clock of the machine", async () => {
    await using _leaks = trackLeaks();
    await sleep(1);
  });
});

describe("raceSignal", () => {
  it("passes the outcome on and leaves no listener", async () => {
    const { signal } = new AbortController();
    expect(await raceSignal(Promise.resolve(1), signal)).toBe(1);
    await expect(raceSignal(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
    expect(await raceSignal(Promise.resolve(2), undefined)).toBe(2);
    expect(listeners(signal)).toBe(0);
  });

  it("rejects at an abort and swallows what the promise does later", async () => {
    const controller = new AbortController();
    const late = Promise.withResolvers<never>();
    const raced = raceSignal(late.promise, controller.signal);
    controller.abort("stop");
    await expect(raced).rejects.toBe("stop");
    late.reject(new Error("unhandled unless swallowed"));
    expect(listeners(controller.signal)).toBe(0);
  });
});

describe("a deadline", () => {
  it("counts down on the monotonic clock, whatever the wall clock does, and stops at 0", async () => {
    const clock = createFakeClock();
    const deadline = deadlineIn(1_000, clock);
    clock.jumpWall(3_600_000);
    await clock.advance(400);
    expect(deadline.remaining()).toBe(600);
    await clock.advance(1_000);
    expect(deadline.remaining()).toBe(0);
    expect(deadlineIn(undefined, clock)).toBe(noDeadline);
    expect(noDeadline.remaining()).toBe(Infinity);
  });
});
