// Tools that do what a test asks of them.
import { once } from "node:events";
import { z } from "zod";
import { FailedPreconditionError } from "../../src/errors/error-kinds.ts";
import { defineTool, listAnswer, type Tool } from "../../src/mcp/index.ts";

/** What the tools have seen. */
export interface Seen {
  /** Calls of `wait` that run. */
  waiting: number;
  /** Lets the calls of `gate` go on. */
  open(): void;
  /** Resolves when the gate is open. */
  readonly opened: Promise<void>;
  /** Calls of `wait` that were aborted. */
  aborted: number;
}

export function nothingSeen(): Seen {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { waiting: 0, aborted: 0, opened, open };
}

export function testTools(seen: Seen): readonly Tool[] {
  return [
    defineTool({
      name: "echo",
      description: "Answers its arguments.",
      input: { text: z.string(), times: z.number().int().min(1).max(3).default(1) },
      hints: { readOnlyHint: true },
      run: async (given) => given,
    }),
    defineTool({
      name: "count",
      description: "Lists numbers.",
      input: { to: z.number().int(), cursor: z.number().int().default(0) },
      hints: { readOnlyHint: true },
      run: async ({ to, cursor }) =>
        listAnswer({
          name: "numbers",
          items: Array.from({ length: to - cursor }, (_, index) => ({ number: BigInt(cursor + index) })),
          cursorAfter: (index) => cursor + index + 1,
          next: null,
          also: { to },
        }),
    }),
    defineTool({
      name: "refuse",
      description: "Is refused.",
      input: {},
      hints: { readOnlyHint: false, destructiveHint: true },
      async run() {
        throw new FailedPreconditionError("refuse: not now, api_key=abcdefgh12345", {
          service: "test",
          operation: "refuse",
          code: "not_now",
          details: { until: 5n, password: "hunter2" },
        });
      },
    }),
    defineTool({
      name: "break",
      description: "Has a defect.",
      input: {},
      hints: { readOnlyHint: true },
      async run() {
        throw new TypeError("secret-of-the-defect");
      },
    }),
    defineTool({
      name: "gate",
      description: "Answers when the gate is open.",
      input: {},
      hints: { readOnlyHint: true },
      async run() {
        await seen.opened;
        return { passed: true };
      },
    }),
    defineTool({
      name: "wait",
      description: "Waits until it is cancelled.",
      input: {},
      hints: { readOnlyHint: true },
      async run(_, { signal, progress }) {
        seen.waiting += 1;
        progress("waiting for the end of time", 60);
        progress("still waiting", 60);
        await once(signal, "abort");
        seen.waiting -= 1;
        seen.aborted += 1;
        return {};
      },
    }),
  ];
}
