import { expect, it } from "vitest";
import { type ProgressNote, progressEveryMs, startProgress } from "../../src/mcp/progress.ts";
import { createFakeClock } from "../../src/testing/index.ts";

it("progress is told at once and then regularly, and always grows", async () => {
  const clock = createFakeClock();
  const notes: ProgressNote[] = [];
  const { say, stop } = startProgress((note) => notes.push(note), clock);
  await clock.advance(progressEveryMs);
  expect(notes).toEqual([{ progress: 5, message: "running" }]);
  say("waiting", 8);
  say("waiting on", 8);
  await clock.advance(2 * progressEveryMs);
  expect(notes.slice(1)).toEqual([
    { progress: 5.001, total: 8, message: "waiting" },
    { progress: 5.002, total: 8, message: "waiting on" },
    { progress: 10, total: 10, message: "waiting on" },
    { progress: 15, total: 15, message: "waiting on" },
  ]);
  stop();
  await clock.advance(10 * progressEveryMs);
  expect(notes).toHaveLength(5);
});
