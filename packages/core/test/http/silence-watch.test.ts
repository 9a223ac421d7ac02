import { describe, expect, it } from "vitest";
import { createSilenceWatch } from "../../src/http/silence-watch.ts";
import { createFakeClock } from "../../src/testing/index.ts";

/** A body that brings what is pushed, and ends with the signal. */
function body(signal: () => AbortSignal): { chunks: AsyncIterable<Uint8Array>; push: () => void } {
  let wake = Promise.withResolvers<void>();
  return {
    push: () => wake.resolve(),
    chunks: {
      async *[Symbol.asyncIterator]() {
        for (;;) {
          await Promise.race([
            wake.promise,
            new Promise((_, reject) => {
              signal().addEventListener("abort", () => reject(signal().reason), { once: true });
            }),
          ]);
          wake = Promise.withResolvers();
          yield new Uint8Array([1]);
        }
      },
    },
  };
}

describe("a watch over the silence of a stream", () => {
  it("ends one over which nothing comes, with the error of its user, and none while its reader is busy", async () => {
    const clock = createFakeClock();
    const outer = new AbortController();
    using watch = createSilenceWatch({
      clock,
      signal: outer.signal,
      longestMs: 1_000,
      silent: (ms) => new Error(`silent for ${ms}`),
    });
    const { chunks, push } = body(() => watch.signal);
    const reader = watch.watch(chunks)[Symbol.asyncIterator]();
    const first = reader.next();
    await clock.advance(999);
    push();
    expect((await first).done).toBe(false);
    // Nobody waits for the next piece.
    await clock.advance(5_000);
    expect(watch.signal.aborted).toBe(false);
    const second = expect(reader.next()).rejects.toThrow("silent for 1000");
    await clock.advance(1_000);
    await second;
  });

  it("ends with its outer signal, and lets go of it", () => {
    const outer = new AbortController();
    const options = {
      clock: createFakeClock(),
      signal: outer.signal,
      longestMs: 1,
      silent: () => new Error("silent"),
    };
    using watch = createSilenceWatch(options);
    const disposed = createSilenceWatch(options);
    disposed[Symbol.dispose]();
    outer.abort("gone");
    expect(watch.signal.reason).toBe("gone");
    expect(disposed.signal.aborted).toBe(false);
  });
});
