// Waits until a task is where its caller wants it: told by the event stream, and asked for where that is away.

import { type Clock, deadlineIn, linkSignals, must, type OptionRules, sleep } from "@x/core";
import { GridError, GridTimeoutError } from "../errors.ts";
import type { GridTask } from "../types.ts";
import { terminalStates } from "../wire/forms.ts";
import { type CallOptions, checkCall } from "./call-options.ts";
import type { EventIterator, EventsOptions } from "./events.ts";

/** What is asked about tasks. */
interface Tasks {
  events(options: EventsOptions): EventIterator;
  getTask(taskId: string, options: CallOptions): Promise<GridTask>;
}

/** How to wait. */
export interface WaitForTaskOptions {
  /** Whether the wait is over. @default when the state is terminal or `input_required` */
  readonly until?: ((task: GridTask) => boolean) | undefined;
  /** Ends the wait; it then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait in all, in milliseconds. @default without end */
  readonly timeoutMs?: number | undefined;
  /** Between two questions while no stream is open, in milliseconds, 100 to 3,600,000. @default 2_000 */
  readonly pollIntervalMs?: number | undefined;
}

const rules: OptionRules<WaitForTaskOptions> = {
  until: must.beFunction,
  signal: must.beSignal,
  timeoutMs: must.beTimeoutMs,
  pollIntervalMs: must.beNumber(100, 3_600_000),
};

/** While the stream is open the task is asked for only so often, in milliseconds: for what no event tells. */
const pollWithStreamMs = 30_000;

const isSettled = ({ state }: GridTask): boolean => terminalStates.has(state) || state === "input_required";

export async function waitForTask(
  client: Tasks,
  clock: Clock,
  taskId: string,
  options: WaitForTaskOptions,
): Promise<GridTask> {
  const method = "waitForTask";
  checkCall(method, options, rules);
  const { until = isSettled, signal, timeoutMs, pollIntervalMs = 2_000 } = options;
  const deadline = deadlineIn(timeoutMs === Infinity ? undefined : timeoutMs, clock);
  using ending = linkSignals(signal);
  let isOpen = false;
  let bell = Promise.withResolvers<void>();
  const ring = (): void => bell.resolve();

  await using events = client.events({
    signal: ending.signal,
    catchUp: false,
    onState({ state }) {
      isOpen = state === "open";
      // What happened before the stream was open is seen by asking once more.
      ring();
    },
  });
  const listen = async (): Promise<void> => {
    for await (const event of events) {
      if (event.event === "task_notify" && event.data.taskId === taskId) {
        ring();
      }
    }
  };
  // A stream that is refused for good leaves the questions.
  const listening = listen().catch(() => {
    isOpen = false;
    ring();
  });

  let task: GridTask | undefined;
  try {
    for (;;) {
      bell = Promise.withResolvers();
      task = await ask(client, taskId, { signal, timeoutMs: atMost(deadline.remaining()) }, task);
      if (until(task)) {
        return task;
      }
      const remainingMs = deadline.remaining();
      if (remainingMs <= 0) {
        throw new GridTimeoutError(`${method}: ${taskId} is still ${task.state} after ${timeoutMs} ms.`, {
          method,
          timeoutMs,
          phase: "receive",
        });
      }
      using pause = linkSignals(ending.signal);
      const waitMs = Math.min(isOpen ? pollWithStreamMs : pollIntervalMs, remainingMs);
      await Promise.race([bell.promise, sleep(waitMs, { signal: pause.signal, clock }).catch(nothing)]);
      pause.abort();
      signal?.throwIfAborted();
    }
  } finally {
    ending.abort();
    await listening;
  }
}

/** The task as it is now; as it was, where the server is away for a while. That it was never there is an error at once. */
async function ask(
  client: Tasks,
  taskId: string,
  options: CallOptions,
  last: GridTask | undefined,
): Promise<GridTask> {
  try {
    return await client.getTask(taskId, options);
  } catch (error) {
    if (last !== undefined && error instanceof GridError && error.retryable) {
      return last;
    }
    throw error;
  }
}

/** A call takes no deadline of nothing; `Infinity` leaves it to the client. */
const atMost = (remainingMs: number): number | undefined =>
  remainingMs === Infinity ? undefined : Math.max(1, remainingMs);

function nothing(): void {}
