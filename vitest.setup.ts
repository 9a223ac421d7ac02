// Test files share a worker, so none may leave anything to the next: no server, socket or process, no variable of the
// environment, no listener of a signal.

import { afterAll, beforeAll, expect, vi } from "vitest";

/** What the runner itself holds open: its pipes to the worker, and the timer of this hook. */
const ofRunner = new Set(["PipeWrap", "TTYWrap", "Immediate", "Timeout"]);
const heard = ["SIGINT", "SIGTERM", "SIGHUP", "uncaughtException", "unhandledRejection", "warning"];

const state = (): Readonly<Record<string, unknown>> => ({
  "open resources": process.getActiveResourcesInfo().filter((name) => !ofRunner.has(name)),
  environment: { ...process.env },
  "working directory": process.cwd(),
  listeners: heard.map((event) => `${event}: ${process.listenerCount(event)}`),
});

let before: ReturnType<typeof state>;

beforeAll(() => {
  before = state();
});

afterAll(async () => {
  // Sockets close a turn or more after their server has.
  await vi.waitFor(() => expect(state(), "what this file found, as it leaves it").toEqual(before), {
    timeout: 10_000,
    interval: 10,
  });
});
