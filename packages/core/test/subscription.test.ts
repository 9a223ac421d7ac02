import { execFileSync } from "node:child_process";
import { getEventListeners } from "node:events";
import { describe, expect, it, vi } from "vitest";
import {
  createSubscription,
  FailedPreconditionError,
  type Gap,
  NotFoundError,
  ResumeGapError,
  ServiceError,
  type Subscription,
  type SubscriptionOptions,
  type SubscriptionState,
  UnavailableError,
} from "../src/index.ts";
import { createFakeClock, type FakeClock, waitUntil } from "../src/testing/index.ts";
import { createFakeStreams, type FakeStreams, items } from "./stream-fixture.ts";

const names = { service: "test", operation: "watch" };
const lost = (): UnavailableError => new UnavailableError("connection lost", names);

interface Watch {
  readonly clock: FakeClock;
  readonly streams: FakeStreams;
  readonly sub: Subscription<number, number>;
}

function watch(
  options: SubscriptionOptions<number, number> = {},
  source: Parameters<FakeStreams["source"]>[0] = {},
): Watch {
  const clock = createFakeClock();
  const streams = createFakeStreams();
  const sub = createSubscription(streams.source(source), { clock, random: () => 0.5, ...options });
  return { clock, streams, sub };
}

async function take(sub: Subscription<number, number>, count: number): Promise<number[]> {
  const iterator = sub[Symbol.asyncIterator]();
  const got: number[] = [];
  while (got.length < count) {
    const step = await iterator.next();
    if (step.done) {
      break;
    }
    got.push(step.value);
  }
  return got;
}

/** Ends the current connection and lets the next one be opened. */
async function reconnect({ clock, streams }: Watch, error: unknown = lost()): Promise<void> {
  const before = streams.connections.length;
  streams.last.fail(error);
  await clock.settle();
  await clock.advanceToNextTimer();
  await waitUntil(() => streams.connections.length > before);
}

describe("opening", () => {
  it("sends the request before it returns, with the cursor", () => {
    const { streams, sub } = watch({ cursor: 7 });
    expect(streams.connections).toHaveLength(1);
    expect(streams.last.cursor).toBe(7);
    sub.cancel();
  });

  it("is ready when the server says so, by a message", async () => {
    const { streams, sub } = watch();
    streams.last.send({ ready: 41 });
    await sub.ready;
    expect(sub.cursor).toBe(41);
    sub.cancel();
  });

  it("is ready when the server says so, by the connection", async () => {
    const { streams, sub } = watch();
    streams.last.headers();
    await sub.ready;
    sub.cancel();
  });

  it("is ready at the first item", async () => {
    const { streams, sub } = watch();
    streams.last.send(items(1));
    await sub.ready;
    sub.cancel();
  });

  it("gives up after the initial retries; ready, ended and the reader are all told", async () => {
    const { clock, streams, sub } = watch({ initialRetries: 1 });
    const reading = take(sub, 1);
    reading.catch(() => {});
    streams.last.fail(lost());
    await clock.settle();
    await clock.advanceToNextTimer();
    streams.last.fail(lost());
    await expect(sub.ready).rejects.toMatchObject({ code: "unavailable" });
    await expect(reading).rejects.toMatchObject({ code: "unavailable" });
    expect(await sub.ended).toMatchObject({ code: "unavailable" });
    expect(streams.connections).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it("leaves no unhandled rejection when nobody looks at ready", async () => {
    const unhandled = vi.fn();
    process.on("unhandledRejection", unhandled);
    const { clock, streams, sub } = watch();
    streams.last.fail(new NotFoundError("no such topic", names));
    await sub.ended;
    await clock.settle();
    await clock.settle();
    process.off("unhandledRejection", unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it("opens nothing when its signal has aborted already", async () => {
    const { streams, sub } = watch({ signal: AbortSignal.abort("no") });
    expect(await sub.ended).toMatchObject({ code: "cancelled", cause: "no" });
    expect(streams.connections).toHaveLength(0);
  });
});

it("keeps no process alive by itself when it is idle", () => {
  const module = JSON.stringify(new URL("../src/subscription/run.ts", import.meta.url).href);
  const program = `
    import { createSubscription } from ${module};
    const open = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) });
    const source = { service: "test", operation: "watch", resumable: true, open, receive() {} };
    const sub = createSubscription(source, { onItem() {} });
    process.on("exit", (code) => process.stdout.write("left with " + code + ", cursor " + sub.cursor));`;
  const run = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
    timeout: 60_000,
  });
  expect(run).toBe("left with 0, cursor undefined");
});

describe("reading", () => {
  it("brings items in order, those that waited and those that are waited for", async () => {
    const { streams, sub } = watch();
    streams.last.send(items(1, 2), items(3));
    expect(await take(sub, 3)).toEqual([1, 2, 3]);
    const later = take(sub, 2);
    streams.last.send(items(4), items(5));
    expect(await later).toEqual([4, 5]);
    expect(sub.cursor).toBe(5);
    sub.cancel();
  });

  it("moves the cursor with the reader, not with the connection", async () => {
    const { clock, streams, sub } = watch();
    streams.last.send(items(1, 2, 3), { progress: 9 });
    await clock.settle();
    expect(sub.cursor).toBeUndefined();
    await take(sub, 2);
    expect(sub.cursor).toBe(2);
    await take(sub, 1);
    expect(sub.cursor).toBe(9);
    sub.cancel();
  });

  it("serves several waiting readers in line", async () => {
    const { streams, sub } = watch();
    const iterator = sub[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next()];
    streams.last.send(items(1, 2, 3));
    expect((await Promise.all(asked)).map((step) => step.value)).toEqual([1, 2, 3]);
    sub.cancel();
  });

  it("cancels upstream when the loop is left", async () => {
    const { streams, sub } = watch();
    streams.last.send(items(1, 2));
    for await (const item of sub) {
      expect(item).toBe(1);
      break;
    }
    expect(streams.last.signal.aborted).toBe(true);
    await sub.close();
    expect(streams.last.returned).toBe(true);
    expect(await sub.ended).toBeUndefined();
  });

  it("ends plainly where the server's end is the end", async () => {
    const { streams, sub } = watch({}, { onServerEnd: "end" });
    streams.last.send(items(1));
    streams.last.end();
    const got: number[] = [];
    for await (const item of sub) {
      got.push(item);
    }
    expect(got).toEqual([1]);
    expect(await sub.ended).toBeUndefined();
  });

  it("throws the end's error once, after what was buffered, and says where it was subscribed", async () => {
    const { streams, sub } = watch();
    streams.last.send(items(1));
    streams.last.fail(new NotFoundError("topic deleted", names));
    expect(await take(sub, 1)).toEqual([1]);
    const error = await take(sub, 1).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "not_found" });
    expect((error as Error).stack).toMatch(/-- subscribed --\n\s+at watch .*subscription\.test\.ts/);
    expect(await take(sub, 1)).toEqual([]);
  });
});

describe("ending by the user", () => {
  it("cancel() drops what is buffered, ends waiting readers and the connection, at once", async () => {
    const { streams, sub } = watch();
    streams.last.send({ ready: true });
    await sub.ready;
    const waiting = sub[Symbol.asyncIterator]().next();
    sub.cancel();
    expect(streams.last.signal.aborted).toBe(true);
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(await take(sub, 1)).toEqual([]);
    sub.cancel();
  });

  it("cancel() before ready rejects ready with cancelled", async () => {
    const { sub } = watch();
    sub.cancel();
    await expect(sub.ready).rejects.toMatchObject({ code: "cancelled" });
    expect(await sub.ended).toBeUndefined();
  });

  it("close() also waits until the connection is gone", async () => {
    const { streams, sub } = watch();
    await sub.close();
    expect(streams.last.returned).toBe(true);
  });

  it("is done by both kinds of using", async () => {
    const first = watch();
    {
      using _sub = first.sub;
    }
    expect(first.streams.last.signal.aborted).toBe(true);
    const second = watch();
    {
      await using _sub = second.sub;
    }
    expect(second.streams.last.returned).toBe(true);
  });

  it("by signal throws cancelled at the reader and leaves no listener", async () => {
    const controller = new AbortController();
    const { sub } = watch({ signal: controller.signal });
    const reading = take(sub, 1);
    controller.abort("why");
    await expect(reading).rejects.toMatchObject({ code: "cancelled", cause: "why" });
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("leaves no listener on the signal however it ends", async () => {
    const { signal } = new AbortController();
    const { streams, sub } = watch({ signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    streams.last.fail(new NotFoundError("gone", names));
    await sub.ended;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("in the pause before a reconnect leaves no timer", async () => {
    const { clock, streams, sub } = watch();
    streams.last.fail(lost());
    await clock.settle();
    expect(clock.pendingTimers).toBe(1);
    await sub.close();
    expect(clock.pendingTimers).toBe(0);
    expect(streams.connections).toHaveLength(1);
  });
});

describe("reconnecting", () => {
  it("resumes behind the last item received and drops what it has seen", async () => {
    const w = watch();
    w.streams.last.send(items(1, 2, 3));
    expect(await take(w.sub, 1)).toEqual([1]);
    await reconnect(w);
    expect(w.streams.last.cursor).toBe(3);
    w.streams.last.send(items(2, 3, 4), items(4, 5));
    expect(await take(w.sub, 4)).toEqual([2, 3, 4, 5]);
    w.sub.cancel();
  });

  it("resumes from where the server said it was ready, or had got to, without any item", async () => {
    const w = watch();
    w.streams.last.send({ ready: 10 });
    await w.sub.ready;
    await reconnect(w);
    expect(w.streams.last.cursor).toBe(10);
    w.streams.last.send({ progress: 20 });
    await w.clock.settle();
    await reconnect(w);
    expect(w.streams.last.cursor).toBe(20);
    expect(w.sub.cursor).toBe(20);
    w.sub.cancel();
  });

  it("treats a plain end by the server like a loss", async () => {
    const states: SubscriptionState[] = [];
    const w = watch({ onState: (state) => states.push(state) });
    w.streams.last.send(items(1));
    await w.sub.ready;
    w.streams.last.end();
    await w.clock.settle();
    await w.clock.advanceToNextTimer();
    expect(w.streams.last.cursor).toBe(1);
    expect(states.map((entry) => entry.state)).toEqual(["connecting", "open", "retrying", "connecting"]);
    expect(states[2]).toMatchObject({ delayMs: 50, error: { code: "stream_ended" } });
    w.sub.cancel();
    expect(states.at(-1)).toEqual({ state: "ended", error: undefined });
  });

  it("doubles its pauses, and starts anew after a connection that was stable", async () => {
    const w = watch();
    w.streams.last.send({ ready: 1 });
    await w.sub.ready;
    const pauses: (number | undefined)[] = [];
    for (let round = 0; round < 9; round += 1) {
      w.streams.last.fail(lost());
      await w.clock.settle();
      pauses.push(w.clock.nextTimerMs);
      await w.clock.advanceToNextTimer();
    }
    expect(pauses).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    w.streams.last.send({ ready: 1 });
    await w.clock.advance(5_000);
    w.streams.last.fail(lost());
    await w.clock.settle();
    expect(w.clock.nextTimerMs).toBe(50);
    w.sub.cancel();
  });

  it("waits at least as long as the server asks", async () => {
    const w = watch();
    w.streams.last.fail(new UnavailableError("busy", { ...names, retryAfterMs: 7_000 }));
    await w.clock.settle();
    expect(w.clock.nextTimerMs).toBeGreaterThanOrEqual(7_000);
    w.sub.cancel();
  });

  it.each([Infinity, 86_400_000])(
    "waits its longest pause where the server asks for %s ms",
    async (retryAfterMs) => {
      const w = watch();
      w.streams.last.fail(new UnavailableError("busy", { ...names, retryAfterMs }));
      await w.clock.settle();
      expect(w.clock.nextTimerMs).toBeGreaterThanOrEqual(5_000);
      w.sub.cancel();
    },
  );

  it("ends after maxReconnects failures in a row", async () => {
    const w = watch({ maxReconnects: 2 });
    w.streams.last.send({ ready: 1 });
    await w.sub.ready;
    await reconnect(w);
    await reconnect(w);
    w.streams.last.fail(lost());
    expect(await w.sub.ended).toMatchObject({ code: "unavailable" });
  });

  it("ends at an error that no repeat can cure, unless the source knows better", async () => {
    const plain = watch();
    plain.streams.last.send({ ready: 1 });
    plain.streams.last.fail(new ServiceError("too slow", { ...names, code: "watcher_too_slow" }));
    expect(await plain.sub.ended).toMatchObject({ code: "watcher_too_slow" });
    const w = watch({}, { shouldReconnect: (error) => error.code === "watcher_too_slow" });
    w.streams.last.send({ ready: 1 });
    await reconnect(w, new ServiceError("too slow", { ...names, code: "watcher_too_slow" }));
    expect(w.streams.connections).toHaveLength(2);
    w.sub.cancel();
  });

  it("throws away a connection whose message makes no sense", async () => {
    const w = watch();
    w.streams.last.send(items(1), { boom: lost() });
    await w.clock.settle();
    expect(w.streams.last.signal.aborted).toBe(true);
    await w.clock.advanceToNextTimer();
    expect(w.streams.connections).toHaveLength(2);
    w.sub.cancel();
  });

  it("makes errors by the source's toError, or wraps them", async () => {
    const mapped = watch({}, { toError: (thrown, call) => new NotFoundError(String(thrown), call) });
    mapped.streams.last.fail("raw");
    expect(await mapped.sub.ended).toMatchObject({ code: "not_found", message: "raw", attempts: 1 });
    const wrapped = watch();
    wrapped.streams.last.fail(new TypeError("x is undefined"));
    expect(await wrapped.sub.ended).toMatchObject({ code: "internal" });
  });
});

describe("a gap", () => {
  const cannotResume = { resumable: false };
  const tooOld = new ServiceError("compacted", { ...names, code: "sequence_compacted" });
  const refuses = { isResumeGap: (error: ServiceError) => error.code === "sequence_compacted" };

  it("ends the stream where the server cannot resume", async () => {
    const { streams, sub } = watch({}, cannotResume);
    streams.last.send(items(1));
    await sub.ready;
    streams.last.fail(lost());
    const error = await sub.ended;
    expect(error).toBeInstanceOf(ResumeGapError);
    expect(error).toMatchObject({
      code: "resume_gap",
      details: { cursor: 1 },
      cause: { code: "unavailable" },
    });
    expect(await take(sub, 1)).toEqual([1]);
    await expect(take(sub, 1)).rejects.toBe(error);
  });

  it("does not arise before the stream was in force", async () => {
    const w = watch({}, cannotResume);
    await reconnect(w);
    w.streams.last.send({ ready: true });
    await w.sub.ready;
    w.sub.cancel();
  });

  it("calls onResync when the stream is in force again, and holds back what comes meanwhile", async () => {
    const handler = Promise.withResolvers<void>();
    const gaps: Gap<number>[] = [];
    const onResync = (gap: Gap<number>): Promise<void> => {
      gaps.push(gap);
      return handler.promise;
    };
    const w = watch({ onResync }, cannotResume);
    w.streams.last.send(items(5));
    expect(await take(w.sub, 1)).toEqual([5]);
    await reconnect(w);
    expect(w.streams.last.cursor).toBeUndefined();
    expect(gaps).toHaveLength(0);
    w.streams.last.send({ ready: true, items: [1, 2] }, items(3));
    const reading = take(w.sub, 3);
    await w.clock.settle();
    expect(gaps).toMatchObject([{ cursor: 5, error: { code: "unavailable" } }]);
    expect(w.sub.cursor).toBe(5);
    handler.resolve();
    expect(await reading).toEqual([1, 2, 3]);
    w.sub.cancel();
  });

  it("waits with a new connection until the reader has what came before it", async () => {
    const w = watch({ onResync: () => {} }, cannotResume);
    w.streams.last.send(items(1, 2));
    await w.sub.ready;
    w.streams.last.fail(lost());
    await w.clock.settle();
    expect(w.clock.pendingTimers).toBe(0);
    expect(await take(w.sub, 2)).toEqual([1, 2]);
    await w.clock.advanceToNextTimer();
    expect(w.streams.connections).toHaveLength(2);
    w.sub.cancel();
  });

  it("is also the server's refusal of our cursor", async () => {
    const without = watch({ cursor: 3 }, refuses);
    without.streams.last.fail(tooOld);
    expect(await without.sub.ended).toMatchObject({
      code: "resume_gap",
      cause: tooOld,
      details: { cursor: 3 },
    });
    const onResync = vi.fn();
    const w = watch({ cursor: 3, onResync }, refuses);
    await reconnect(w, tooOld);
    expect(w.streams.last.cursor).toBeUndefined();
    w.streams.last.send(items(90));
    expect(await take(w.sub, 1)).toEqual([90]);
    expect(onResync).toHaveBeenCalledExactlyOnceWith({ cursor: 3, error: tooOld });
    w.sub.cancel();
  });

  it("ends the stream if onResync fails", async () => {
    const w = watch({ onResync: () => Promise.reject(new Error("cannot list")) }, cannotResume);
    w.streams.last.send({ ready: true });
    await w.sub.ready;
    await reconnect(w);
    w.streams.last.send({ ready: true });
    expect(await w.sub.ended).toMatchObject({ code: "resume_gap", cause: { message: "cannot list" } });
  });

  it("can be closed from within onResync", async () => {
    const closed = Promise.withResolvers<void>();
    const w: Watch = watch(
      {
        onResync: () =>
          w.sub
            .close()
            .then(closed.resolve)
            .then(() => new Promise(() => {})),
      },
      cannotResume,
    );
    w.streams.last.send({ ready: true });
    await w.sub.ready;
    await reconnect(w);
    w.streams.last.send({ ready: true });
    await closed.promise;
  });
});

describe("a slow reader", () => {
  it("ends the stream with subscription_overflow after what was buffered; nothing is skipped", async () => {
    const { streams, sub } = watch({ bufferSize: 3, whenFull: "end" });
    streams.last.send(items(1, 2, 3, 4, 5));
    expect(await sub.ended).toMatchObject({ code: "subscription_overflow", details: { bufferSize: 3 } });
    expect(streams.last.signal.aborted).toBe(true);
    expect(await take(sub, 3)).toEqual([1, 2, 3]);
    await expect(take(sub, 1)).rejects.toMatchObject({ code: "subscription_overflow" });
    expect(sub.cursor).toBe(3);
  });

  it("ends a stream that cannot resume, where nothing was chosen", async () => {
    const { streams, sub } = watch({ bufferSize: 2 }, { resumable: false });
    streams.last.send(items(1, 2, 3));
    expect(await sub.ended).toMatchObject({ code: "subscription_overflow" });
  });

  it.each([{ whenFull: "pause" as const }, {}])(
    "pauses the connection of one that can, or where that was chosen",
    async (chosen) => {
      const { clock, streams, sub } = watch({ bufferSize: 2, ...chosen });
      streams.last.send(items(1, 2), items(3), items(4));
      await clock.settle();
      expect(streams.last.pulls).toBe(1);
      expect(await take(sub, 1)).toEqual([1]);
      await clock.settle();
      expect(streams.last.pulls).toBe(2);
      expect(await take(sub, 3)).toEqual([2, 3, 4]);
      streams.last.send(items(5, 6));
      await clock.settle();
      await sub.close();
      expect(streams.last.returned).toBe(true);
    },
  );

  it("has room for 1024 items by default", async () => {
    const { clock, streams, sub } = watch({ whenFull: "end" });
    streams.last.send(items(...Array.from({ length: 1_024 }, (_, index) => index)));
    await clock.settle();
    expect(await take(sub, 1_024)).toHaveLength(1_024);
    streams.last.send(items(...Array.from({ length: 1_025 }, (_, index) => 2_000 + index)));
    expect(await sub.ended).toMatchObject({ code: "subscription_overflow" });
  });
});

describe("the callback form", () => {
  it("gets each item in order, and the cursor moves with it", async () => {
    const got: [number, number | undefined][] = [];
    const w: Watch = watch({ onItem: (item) => void got.push([item, w.sub.cursor]) });
    w.streams.last.send(items(1, 2), items(3));
    await w.clock.settle();
    expect(got).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    w.sub.cancel();
  });

  it("goes on after a callback that throws or rejects; both are reported", async () => {
    const got: number[] = [];
    const problems: unknown[] = [];
    const w = watch({
      onItem: (item) => {
        got.push(item);
        if (item === 1) {
          throw new Error("sync");
        }
        return item === 2 ? Promise.reject(new Error("async")) : undefined;
      },
      onCallbackError: (error) => problems.push((error as Error).message),
    });
    w.streams.last.send(items(1, 2, 3));
    await w.clock.settle();
    expect(got).toEqual([1, 2, 3]);
    expect(problems).toEqual(["sync", "async"]);
    w.sub.cancel();
  });

  it("calls nothing after cancel() returned, also in the middle of a message", async () => {
    const got: number[] = [];
    const onEnd = vi.fn();
    const w: Watch = watch({
      onEnd,
      onItem: (item) => {
        got.push(item);
        if (item === 2) {
          w.sub.cancel();
        }
      },
    });
    w.streams.last.send(items(1, 2, 3), items(4));
    await w.clock.settle();
    expect(got).toEqual([1, 2]);
    expect(onEnd).not.toHaveBeenCalled();
  });

  it("is told when the stream ends by itself", async () => {
    const onEnd = vi.fn();
    const w = watch({ onItem: () => {}, onEnd });
    const error = new NotFoundError("gone", names);
    w.streams.last.fail(error);
    await w.sub.ended;
    expect(onEnd).toHaveBeenCalledExactlyOnceWith(error);
  });

  it("warns when the stream ends with an error and nobody would be told", async () => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockReturnValue();
    const w = watch({ onItem: () => {} });
    w.streams.last.fail(new NotFoundError("the topic is gone", names));
    await w.sub.ended;
    const texts = emitWarning.mock.calls.map(([text]) => text);
    emitWarning.mockRestore();
    expect(texts).toEqual(["watch ended and has no onEnd: NotFoundError: the topic is gone"]);
  });

  it("excludes iteration", () => {
    const { sub } = watch({ onItem: () => {} });
    expect(() => sub[Symbol.asyncIterator]()).toThrow(FailedPreconditionError);
    sub.cancel();
  });

  it("holds items back while onResync runs, then delivers them", async () => {
    const got: number[] = [];
    const handler = Promise.withResolvers<void>();
    const w = watch(
      { onItem: (item) => void got.push(item), onResync: () => handler.promise },
      { resumable: false },
    );
    w.streams.last.send(items(1));
    await w.sub.ready;
    await reconnect(w);
    w.streams.last.send({ ready: true, items: [7, 8] }, items(9));
    await w.clock.settle();
    expect(got).toEqual([1]);
    handler.resolve();
    await w.clock.settle();
    expect(got).toEqual([1, 7, 8, 9]);
    w.sub.cancel();
  });
});
