import { getEventListeners } from "node:events";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import {
  type Attempt,
  type AttemptOptions,
  CancelledError,
  ConflictError,
  createRetryBudget,
  DeadlineExceededError,
  deadlineIn,
  defaultShouldRetry,
  type Hooks,
  InternalError,
  NotFoundError,
  runAttempts,
  ServiceError,
  UnavailableError,
} from "../src/index.ts";
import { createFakeClock, type FakeClock } from "../src/testing/index.ts";

const names = { service: "grid", operation: "sendTask" };
const down = (): UnavailableError => new UnavailableError("down", names);

interface Script {
  readonly clock: FakeClock;
  readonly seen: Attempt[];
  run(
    options: Partial<AttemptOptions>,
    ...outcomes: readonly (unknown | (() => unknown))[]
  ): Promise<unknown>;
}

/** Attempts that fail with each error in turn, then succeed with `"done"`. */
function script(): Script {
  const clock = createFakeClock();
  const seen: Attempt[] = [];
  return {
    clock,
    seen,
    run: (options, ...failures) =>
      runAttempts({ ...names, clock, random: () => 0.5, ...options }, async (attempt) => {
        seen.push(attempt);
        const failure = failures[attempt.attempt - 1];
        if (failure !== undefined) {
          throw failure;
        }
        return "done";
      }),
  };
}

async function finish<T>(clock: FakeClock, running: Promise<T>): Promise<T> {
  let settled = false;
  const watched = running.finally(() => {
    settled = true;
  });
  watched.catch(() => {});
  while (!settled) {
    if (!(await clock.advanceToNextTimer()) && !settled) {
      await clock.settle();
    }
  }
  return await watched;
}

describe("what is retried", () => {
  it("an idempotent call, after full-jitter pauses, until it succeeds", async () => {
    const { clock, seen, run } = script();
    const result = await finish(clock, run({ idempotent: true }, down(), down()));
    expect(result).toBe("done");
    expect(seen.map((attempt) => attempt.attempt)).toEqual([1, 2, 3]);
    expect(clock.now().mono).toBe(50 + 100);
  });

  it("a call with an idempotency key, the key staying the same", async () => {
    const { clock, seen, run } = script();
    await finish(clock, run({ idempotencyKey: "k-1" }, down()));
    expect(seen.map((attempt) => attempt.idempotencyKey)).toEqual(["k-1", "k-1"]);
  });

  it("any call of which the server saw nothing", async () => {
    const { clock, seen, run } = script();
    const refused = down();
    await finish(clock, run({ provenNotProcessed: (thrown) => thrown === refused }, refused));
    expect(seen).toHaveLength(2);
  });

  it("at most maxRetries times; the error knows the attempts", async () => {
    const { clock, seen, run } = script();
    const failures = [down(), down(), down(), down()];
    await expect(finish(clock, run({ idempotent: true }, ...failures))).rejects.toMatchObject({
      attempts: 3,
    });
    expect(seen).toHaveLength(3);
    const none = script();
    await expect(none.run({ idempotent: true, maxRetries: 0 }, down())).rejects.toMatchObject({
      attempts: 1,
    });
  });
});

describe("what is not retried", () => {
  it.each([
    ["an unsafe call after an unclear failure", {}, down()],
    ["a conflict", { idempotent: true, idempotencyKey: "k" }, new ConflictError("taken", names)],
    ["a refusal", { idempotent: true, idempotencyKey: "k" }, new NotFoundError("gone", names)],
    ["a defect", { idempotent: true }, new TypeError("x is not a function")],
    ["what the caller's rule excludes", { idempotent: true, shouldRetry: () => false }, down()],
  ] as const)("%s", async (_, options, failure) => {
    const { seen, run, clock } = script();
    await expect(run(options, failure)).rejects.toMatchObject({ attempts: 1 });
    expect(seen).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("obeys a rule that builds on the default", async () => {
    const { clock, seen, run } = script();
    const shouldRetry: AttemptOptions["shouldRetry"] = (q) => defaultShouldRetry(q) && q.attempts < 2;
    await expect(
      finish(clock, run({ idempotent: true, shouldRetry, maxRetries: 9 }, down(), down())),
    ).rejects.toThrow();
    expect(seen).toHaveLength(2);
  });

  it("never an error that is not retryable, nor an unsafe call without proof", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (retryable, idempotent, keyed, notProcessed) => {
          const error = new ServiceError("x", { ...names, retryable });
          const idempotencyKey = keyed ? "k" : undefined;
          const answer = defaultShouldRetry({
            ...names,
            error,
            attempts: 1,
            idempotent,
            idempotencyKey,
            notProcessed,
          });
          expect(answer).toBe(retryable && (idempotent || keyed || notProcessed));
        },
      ),
    );
  });
});

describe("the deadline", () => {
  it("is told to each attempt as what is left of the whole call", async () => {
    const { clock, seen, run } = script();
    await finish(clock, run({ idempotent: true, timeoutMs: 1_000 }, down(), down()));
    expect(seen.map((attempt) => attempt.timeoutMs)).toEqual([1_000, 950, 850]);
  });

  it("ends the call at once when the next pause does not fit", async () => {
    const { clock, seen, run } = script();
    await expect(run({ idempotent: true, timeoutMs: 50 }, down())).rejects.toMatchObject({
      code: "unavailable",
    });
    expect(seen).toHaveLength(1);
    expect(clock.now().mono).toBe(0);
  });

  it("lets a Retry-After through only if it fits", async () => {
    const fits = script();
    const wish = new UnavailableError("busy", { ...names, retryAfterMs: 400 });
    await finish(fits.clock, fits.run({ idempotent: true, timeoutMs: 1_000 }, wish));
    expect(fits.clock.now().mono).toBeGreaterThanOrEqual(400);
    const tight = script();
    await expect(tight.run({ idempotent: true, timeoutMs: 400 }, wish)).rejects.toBe(wish);
  });

  it("is over before the first attempt if a shared one has passed", async () => {
    const { clock, seen, run } = script();
    const deadline = deadlineIn(10, clock);
    await clock.advance(10);
    await expect(run({ deadline, timeoutMs: 5_000 })).rejects.toBeInstanceOf(DeadlineExceededError);
    expect(seen).toHaveLength(0);
  });

  it("takes the nearer of a shared deadline and timeoutMs", async () => {
    const { clock, seen, run } = script();
    await run({ deadline: deadlineIn(10, clock), timeoutMs: 5_000 });
    await run({ deadline: deadlineIn(5_000, clock), timeoutMs: 20 });
    await run({});
    expect(seen.map((attempt) => attempt.timeoutMs)).toEqual([10, 20, undefined]);
  });

  it("ends with deadline_exceeded and the last failure if a pause took too long", async () => {
    const { clock, run } = script();
    const slow = { ...clock, setTimer: (_: number, callback: () => void) => clock.setTimer(5_000, callback) };
    const last = down();
    const running = run({ clock: slow, idempotent: true, timeoutMs: 1_000 }, last);
    await expect(finish(clock, running)).rejects.toMatchObject({
      code: "deadline_exceeded",
      attempts: 1,
      cause: last,
    });
  });

  it("sets no timer of its own", async () => {
    const { clock } = script();
    const timers = await runAttempts({ ...names, clock, timeoutMs: 1_000 }, async () => clock.pendingTimers);
    expect(timers).toBe(0);
  });
});

describe("an abort", () => {
  it("before the call sends nothing", async () => {
    const { seen, run } = script();
    const reason = new Error("stop");
    const running = run({ signal: AbortSignal.abort(reason) });
    await expect(running).rejects.toMatchObject({ code: "cancelled", attempts: 0, cause: reason });
    expect(seen).toHaveLength(0);
  });

  it("in an attempt is the outcome, whatever the attempt threw", async () => {
    const controller = new AbortController();
    const running = runAttempts({ ...names, signal: controller.signal, idempotent: true }, async () => {
      controller.abort("why");
      throw down();
    });
    await expect(running).rejects.toMatchObject({ code: "cancelled", attempts: 1, cause: "why" });
    expect(await running.catch((error: unknown) => error)).toBeInstanceOf(CancelledError);
  });

  it("in a pause ends it at once and leaves neither timer nor listener", async () => {
    const { clock, seen, run } = script();
    const controller = new AbortController();
    const running = run({ idempotent: true, signal: controller.signal }, down());
    await clock.settle();
    expect(clock.pendingTimers).toBe(1);
    controller.abort("why");
    await expect(running).rejects.toMatchObject({ code: "cancelled", attempts: 1, cause: "why" });
    expect(seen).toHaveLength(1);
    expect([clock.pendingTimers, getEventListeners(controller.signal, "abort").length]).toEqual([0, 0]);
  });

  it("adds no listener on the way of a good call", async () => {
    const { signal } = new AbortController();
    const counts = await runAttempts({ ...names, signal, timeoutMs: 100 }, async (attempt) => [
      attempt.signal === signal,
      getEventListeners(signal, "abort").length,
    ]);
    expect(counts).toEqual([true, 0]);
  });
});

describe("the budget", () => {
  it("stops retries when it is empty, and is refilled by successes", async () => {
    const budget = createRetryBudget({ capacity: 5, retryCost: 5 });
    const first = script();
    await expect(
      finish(first.clock, first.run({ idempotent: true, budget }, down(), down())),
    ).rejects.toMatchObject({
      attempts: 2,
    });
    expect(budget.tokens).toBe(0);
    for (let call = 0; call < 5; call += 1) {
      await script().run({ budget });
    }
    expect(budget.tokens).toBe(5);
  });

  it("is not charged for what is not retried anyway", async () => {
    const budget = createRetryBudget();
    const { run } = script();
    await expect(run({ budget, idempotent: true }, new NotFoundError("gone", names))).rejects.toThrow();
    await expect(run({ budget, idempotent: true, timeoutMs: 10 }, down())).rejects.toThrow();
    expect(budget.tokens).toBe(500);
  });
});

describe("errors", () => {
  it("are made by toError from what an attempt threw, with the attempts", async () => {
    const { run } = script();
    const toError: AttemptOptions["toError"] = (thrown, call) => new NotFoundError(`mapped ${thrown}`, call);
    const running = run({ toError }, "raw");
    await expect(running).rejects.toMatchObject({
      message: "mapped raw",
      code: "not_found",
      ...names,
      attempts: 1,
    });
  });

  it("wrap anything unexpected as internal", async () => {
    const cause = new RangeError("boom");
    const { run } = script();
    await expect(run({}, cause)).rejects.toMatchObject({ code: "internal", cause });
    expect(await run({}, cause).catch((error: unknown) => error)).toBeInstanceOf(InternalError);
  });

  it("keep the stack of the caller, although they are made after a wait", async () => {
    async function theCallerOfTheClient(): Promise<void> {
      await runAttempts(
        { ...names, toError: (thrown, call) => new InternalError(String(thrown), call) },
        async () => {
          await new Promise((resolve) => setImmediate(resolve));
          throw "thrown by the transport";
        },
      );
    }
    const error = await theCallerOfTheClient().catch((thrown: unknown) => thrown);
    expect((error as Error).stack).toContain("theCallerOfTheClient");
  });
});

describe("hooks", () => {
  function recording(): { readonly log: unknown[]; readonly hooks: Hooks } {
    const log: unknown[] = [];
    return {
      log,
      hooks: {
        onCallStart: (call) => log.push(["start", call.operation]),
        onAttempt: (attempt) => log.push(["attempt", attempt.attempt]),
        onRetry: (retry) => log.push(["retry", retry.attempt, retry.delayMs, retry.error.code]),
        onCallEnd: (end) => log.push(["end", end.attempts, end.durationMs, end.error?.code]),
      },
    };
  }

  it("see each step of a call in order", async () => {
    const { clock, run } = script();
    const { log, hooks } = recording();
    await finish(clock, run({ idempotent: true, hooks }, down()));
    expect(log).toEqual([
      ["start", "sendTask"],
      ["attempt", 1],
      ["retry", 1, 50, "unavailable"],
      ["attempt", 2],
      ["end", 2, 50, undefined],
    ]);
  });

  it("see a failed end", async () => {
    const { run } = script();
    const { log, hooks } = recording();
    await expect(run({ hooks }, down())).rejects.toThrow();
    expect(log.at(-1)).toEqual(["end", 1, 0, "unavailable"]);
  });

  it("cannot break a call by throwing; it is reported", async () => {
    const { clock, run } = script();
    const reported: unknown[] = [];
    const boom = (): never => {
      throw new Error("hook");
    };
    const hooks: Hooks = {
      onCallStart: boom,
      onAttempt: boom,
      onRetry: boom,
      onCallEnd: boom,
      onHookError: (error, hook) => reported.push([(error as Error).message, hook]),
    };
    expect(await finish(clock, run({ idempotent: true, hooks }, down()))).toBe("done");
    expect(reported.map((entry) => (entry as string[])[1])).toEqual([
      "onCallStart",
      "onAttempt",
      "onRetry",
      "onAttempt",
      "onCallEnd",
    ]);
  });

  it("are reported as a process warning if nobody listens, or if the listener throws too", async () => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockReturnValue();
    const boom = (): never => {
      throw new Error("token=abcdefgh");
    };
    await script().run({ hooks: { onAttempt: boom } });
    await script().run({ hooks: { onAttempt: boom, onHookError: boom } });
    // Nor does an async one, whose promise nobody waits for.
    const rejects = (): Promise<never> => Promise.reject(new Error("async boom"));
    await script().run({ hooks: { onAttempt: rejects, onHookError: rejects } });
    const warnings = emitWarning.mock.calls.map(([text]) => text);
    emitWarning.mockRestore();
    expect(warnings).toEqual([
      "the hook onAttempt threw: Error: token=...",
      "the hook onAttempt threw, and so did the handler for that: Error: token=...",
      "the hook onAttempt threw: Error: token=...",
      "the hook onAttempt threw, and so did the handler for that: Error: async boom",
      "the hook onAttempt threw: Error: async boom",
    ]);
  });
});
