// The signals of a process with many agents.
import { expect, it } from "vitest";
import { onInterrupt } from "../../src/sdk/interrupts.ts";

const listeners = (): number[] => ["SIGINT", "SIGTERM"].map((signal) => process.listenerCount(signal));

it("a hundred agents share one listener, which leaves with the last of them", () => {
  const before = listeners();
  const ends = Array.from({ length: 100 }, () => onInterrupt(() => undefined));
  expect(listeners()).toEqual(before.map((count) => count + 1));
  for (const end of ends) {
    end();
    end();
  }
  expect(listeners()).toEqual(before);
});

it("the first signal tells all of them, and a second one has its usual effect", () => {
  const before = listeners();
  const told: string[] = [];
  onInterrupt(() => told.push("one"));
  const off = onInterrupt(() => told.push("two"));
  process.emit("SIGINT");
  expect([told, listeners()]).toEqual([["one", "two"], before]);
  off();
  onInterrupt(() => told.push("three"))();
  expect([told, listeners()]).toEqual([["one", "two"], before]);
});
