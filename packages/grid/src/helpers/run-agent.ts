// An agent: reads what comes, says that it arrived, works, answers; and stops cleanly.

import {
  type Clock,
  keepNewest,
  linkSignals,
  must,
  type OptionRules,
  reportProblem,
  sleep,
  systemClock,
  type Timer,
} from "@x/core";
import { checkCall } from "../client/call-options.ts";
import type { GridClient } from "../client/client.ts";
import type { MessageInput } from "../client/messages.ts";
import { GridNetworkError } from "../errors.ts";
import type { GridEvent, GridMessage, GridRoom, GridRoomMessage, GridTask, TaskState } from "../types.ts";
import { terminalStates } from "../wire/forms.ts";
import { createLoopGuards, mostKept } from "./loop-guards.ts";
import { createWorkQueue } from "./work-queue.ts";

/** What a handler of tasks gets. */
export interface TaskContext {
  readonly task: GridTask;
  /** What is new, oldest first: of the other side, and of people and agents only. */
  readonly messages: readonly GridMessage[];
  /** Aborts when the agent stops and its grace is over. */
  readonly signal: AbortSignal;
  /** Answers. @param state @default `input_required` where the agent is the receiver */
  reply(message: MessageInput, state?: TaskState): Promise<GridTask>;
  /** Says that work goes on. */
  working(message?: MessageInput): Promise<GridTask>;
  /** Says that the other side must say more. */
  needInput(message: MessageInput): Promise<GridTask>;
  /** Ends the task without a result. */
  fail(message?: MessageInput): Promise<GridTask>;
  /** Declines the task. */
  reject(reason: MessageInput): Promise<GridTask>;
}

/** What a handler of rooms gets. */
export interface RoomContext {
  readonly room: GridRoom;
  /** What others said since the last time, oldest first. */
  readonly messages: readonly GridRoomMessage[];
  readonly signal: AbortSignal;
  reply(message: MessageInput): Promise<GridRoomMessage>;
}

/** How an agent works. */
export interface RunAgentOptions {
  readonly onTask: (context: TaskContext) => void | Promise<void>;
  /** @default messages of rooms stay unread */
  readonly onRoomMessage?: ((context: RoomContext) => void | Promise<void>) | undefined;
  /** Gets what the agent's own schedules tell. @default they are acknowledged, with a warning */
  readonly onSchedule?: ((context: TaskContext) => void | Promise<void>) | undefined;
  /** Gets what a handler, or a call around it, failed with. @default a process warning */
  readonly onError?:
    | ((error: unknown, about: { readonly taskId?: string; readonly roomId?: string }) => void)
    | undefined;
  /** Told when a guard holds the agent back. @default a process warning */
  readonly onWarning?: ((message: string) => void) | undefined;
  /** Whether a task whose handler throws ends as `failed`, where the agent is its receiver. @default false */
  readonly failTaskOnError?: boolean | undefined;
  /** Conversations at a time, 1 to 1,000. Those of one task come one after another. @default 4 */
  readonly concurrency?: number | undefined;
  /** Turns of one task or room after which the agent says no more in it, 1 to 1,000,000. @default 50 */
  readonly maxTurnsPerTask?: number | undefined;
  /** Turns with one peer in any minute, 1 to 100,000; further ones wait, unread. @default { perMinute: 30 } */
  readonly rate?: { readonly perMinute: number } | undefined;
  /** How long handlers may go on after the signal, in milliseconds, 0 to 3,600,000. @default 5_000 */
  readonly graceMs?: number | undefined;
  /** Stops the agent. */
  readonly signal?: AbortSignal | undefined;
  /** The agent's time, for tests. @default systemClock */
  readonly clock?: Clock | undefined;
}

const rules: OptionRules<RunAgentOptions> = {
  onTask: { ...must.beFunction, required: true },
  onRoomMessage: must.beFunction,
  onSchedule: must.beFunction,
  onError: must.beFunction,
  onWarning: must.beFunction,
  failTaskOnError: must.beBoolean,
  concurrency: must.beWhole(1, 1_000),
  maxTurnsPerTask: must.beWhole(1, 1_000_000),
  rate: must.follow<{ readonly perMinute: number }>({ perMinute: must.beWhole(1, 100_000) }),
  graceMs: must.beNumber(0, 3_600_000),
  signal: must.beSignal,
  clock: must.haveMethods("a clock, with now and setTimer", "now", "setTimer"),
};

/** What the loop needs of a client. */
type AgentClient = Pick<
  GridClient,
  | "events"
  | "keypairInfo"
  | "readTask"
  | "ackMessages"
  | "getTask"
  | "sendMessage"
  | "updateTask"
  | "rejectTask"
  | "readRoom"
  | "getRoom"
  | "sendRoomMessage"
>;

/**
 * Runs an agent until its signal aborts; resolves when its handlers have ended, or their grace is over.
 *
 * @throws GridError what the event stream is refused with for good
 */
export async function runAgent(client: AgentClient, options: RunAgentOptions): Promise<void> {
  checkCall("runAgent", options, rules);
  const { concurrency = 4, graceMs = 5_000, clock = systemClock } = options;
  const { perMinute = 30 } = options.rate ?? {};
  const { nodeId } = await client.keypairInfo();
  const guards = createLoopGuards({ maxTurns: options.maxTurnsPerTask ?? 50, perMinute }, () => clock.now());
  using stopping = linkSignals(options.signal);
  /** Outlives the stop by the grace. */
  using working = linkSignals();
  const { signal } = working;
  /** What waits until its peer may have a turn again. */
  const delays: Map<string, Timer> = new Map();
  /** Who was heard of last, by conversation. */
  const peers: Map<string, string> = new Map();

  const warn = (message: string): void =>
    options.onWarning === undefined ? reportProblem(message, "Grid") : options.onWarning(message);

  /** Whether a turn may be taken now; puts it off, or drops it, where not. */
  const mayTurn = (key: string): boolean => {
    const peer = peers.get(key) ?? key;
    const delayMs = guards.delayMs(peer);
    if (delayMs > 0 && !delays.has(key)) {
      warn(
        `${peer} has had ${perMinute} turns in a minute: the next one waits ${Math.ceil(delayMs / 1_000)} s.`,
      );
      const timer = clock.setTimer(delayMs, () => {
        delays.delete(key);
        queue.add(key);
      });
      delays.set(key, timer);
    }
    return delayMs === 0;
  };

  const mayAnswer = (key: string): boolean => {
    const may = guards.takeTurn(key, peers.get(key) ?? key);
    if (!may) {
      warn(`${key} has had its ${options.maxTurnsPerTask ?? 50} turns: the agent says no more in it.`);
    }
    return may;
  };

  const workOnTask = async (key: string, taskId: string): Promise<void> => {
    if (!mayTurn(key)) {
      return;
    }
    const unread = await readTask(client, taskId, nodeId, signal);
    await client.ackMessages(taskId, { signal });
    const fresh = unread.filter(({ metadata }) => metadata.synthetic !== true && metadata.autoReply !== true);
    if (fresh.length === 0) {
      return;
    }
    const task = await client.getTask(taskId, { signal });
    const isOwn = task.senderNodeId === nodeId && task.receiverNodeId === nodeId;
    const messages = isOwn ? fresh : fresh.filter(({ fromNodeId }) => fromNodeId !== nodeId);
    const handle = isOwn ? options.onSchedule : options.onTask;
    if (handle === undefined) {
      warn(`A schedule fired (${task.contextId}), and there is no onSchedule.`);
    } else if (messages.length > 0 && !terminalStates.has(task.state) && mayAnswer(key)) {
      await handleTask(handle, taskContext(client, task, messages, signal), nodeId);
    }
  };

  const handleTask = async (
    handle: RunAgentOptions["onTask"],
    context: TaskContext,
    ownId: string,
  ): Promise<void> => {
    try {
      await handle(context);
    } catch (error) {
      if (options.failTaskOnError === true && context.task.receiverNodeId === ownId && !signal.aborted) {
        await context.fail();
      }
      throw error;
    }
  };

  const workOnRoom = async (key: string, roomId: string): Promise<void> => {
    const { onRoomMessage } = options;
    if (onRoomMessage === undefined || !mayTurn(key)) {
      return;
    }
    const messages: GridRoomMessage[] = [];
    for (let hasMore = true; hasMore; ) {
      const page = await client.readRoom(roomId, { signal });
      messages.push(
        ...page.filter(({ fromNodeId, metadata }) => fromNodeId !== nodeId && metadata.autoReply !== true),
      );
      hasMore = page.hasMore && page.length > 0;
    }
    if (messages.length > 0 && mayAnswer(key)) {
      const room = await client.getRoom(roomId, { historyLength: 0, signal });
      const reply = (message: MessageInput): Promise<GridRoomMessage> =>
        client.sendRoomMessage(roomId, message, { signal });
      await onRoomMessage({ room, messages, signal, reply });
    }
  };

  const queue = createWorkQueue(concurrency, async (key) => {
    const [kind, id = ""] = key.split(" ");
    try {
      await (kind === "task" ? workOnTask(key, id) : workOnRoom(key, id));
    } catch (error) {
      if (!signal.aborted) {
        const about = kind === "task" ? { taskId: id } : { roomId: id };
        const { onError } = options;
        reportProblem(error, `${key} failed`, onError && ((thrown) => onError(thrown, about)));
      }
    }
  });

  try {
    for await (const event of client.events({ signal: stopping.signal })) {
      const key = keyOf(event);
      if (event.event !== "other" && key !== undefined) {
        const { fromNodeId } = event.data;
        if (fromNodeId !== null) {
          keepNewest(peers, key, fromNodeId, mostKept);
        }
        queue.add(key);
      }
    }
  } catch (error) {
    if (!stopping.signal.aborted) {
      throw error;
    }
  } finally {
    for (const timer of delays.values()) {
      timer.cancel();
    }
    const grace = linkSignals();
    const ended = queue.close().then(() => grace.abort());
    await Promise.race([ended, sleep(graceMs, { signal: grace.signal, clock }).catch(nothing)]);
    // Who does not listen to it is not waited for.
    working.abort();
  }
}

/** What has to be looked at; `undefined` for what needs no work, such as that the other side has read something. */
function keyOf(event: GridEvent): string | undefined {
  switch (event.event) {
    case "task_notify":
      return event.data.notifyType === "message" ||
        event.data.notifyType === "schedule" ||
        event.data.notifyType === "state"
        ? `task ${event.data.taskId}`
        : undefined;
    case "room_notify":
      return event.data.notifyType === "message" ? `room ${event.data.roomId}` : undefined;
    default:
      return undefined;
  }
}

/** What is unread. Where the answer of the read was lost, it is in the history behind the agent's own last message. */
async function readTask(
  client: AgentClient,
  taskId: string,
  ownId: string,
  signal: AbortSignal,
): Promise<readonly GridMessage[]> {
  try {
    return await client.readTask(taskId, { signal });
  } catch (error) {
    if (!(error instanceof GridNetworkError)) {
      throw error;
    }
    const { history } = await client.getTask(taskId, { signal });
    return history.slice(history.findLastIndex(({ fromNodeId }) => fromNodeId === ownId) + 1);
  }
}

function taskContext(
  client: AgentClient,
  task: GridTask,
  messages: readonly GridMessage[],
  signal: AbortSignal,
): TaskContext {
  const { id } = task;
  return {
    task,
    messages,
    signal,
    reply: (message, state) => client.sendMessage(id, message, { state, signal }),
    working: (message) => client.updateTask(id, { state: "working", message, signal }),
    needInput: (message) => client.sendMessage(id, message, { state: "input_required", signal }),
    fail: (message) => client.updateTask(id, { state: "failed", message, signal }),
    reject: (reason) => client.rejectTask(id, reason, { signal }),
  };
}

function nothing(): void {}
