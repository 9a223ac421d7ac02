// What waits for webhooks: every event of a task, in order, for each of its configurations.

import type { Delivery, Outbox, PushConfig, Task, TaskEvent } from "../model/entities.ts";
import { limits } from "../model/limits.ts";
import type { BinduRecord } from "../model/records.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { outboxKey, releaseOutbox, type State, setOutbox, setTask, taskOf } from "../model/state.ts";

/** Whether a webhook takes the place of another: one of the dialect of the one of the dialect, one of A2A of that with its id. */
const replaces =
  (config: PushConfig) =>
  ({ id, form }: PushConfig): boolean =>
    id === config.id || (form === "bindu" && config.form === "bindu");

export const tooManyPushes = ({ pushes }: Task, config: PushConfig): Refusal | undefined =>
  pushes.length >= limits.pushesOfTask && !pushes.some(replaces(config))
    ? refuse("too_many_pushes", `a task has at most ${limits.pushesOfTask} webhooks`)
    : undefined;

/** The task with one more webhook, or another in the place of one. */
export function setConfig(state: State, task: Task, config: PushConfig): Task {
  const isReplaced = replaces(config);
  for (const { id, form } of task.pushes.filter(isReplaced)) {
    const name = outboxKey(task.agentId, task.taskId, id);
    const outbox = state.outboxes.get(name);
    const goesOn = id === config.id && form === config.form;
    setOutbox(state, name, goesOn && outbox !== undefined ? { ...outbox, config } : undefined);
  }
  return { ...task, pushes: [...task.pushes.filter((each) => !isReplaced(each)), config] };
}

/** Puts an event into the outboxes of its task; answers the forms in which it goes out. */
export function pushEvent(state: State, task: Task, event: TaskEvent): readonly PushConfig["form"][] {
  for (const config of task.pushes) {
    const { agentId, taskId, contextId } = task;
    const name = outboxKey(agentId, taskId, config.id);
    const delivery: Delivery = {
      sequence: config.form === "bindu" ? task.pushed + 1 : event.n,
      event,
    };
    const before = state.outboxes.get(name);
    if (before === undefined) {
      const times = { attempts: 0, nextMs: event.atMs, sinceMs: event.atMs };
      const { createdMs: taskMs } = task;
      setOutbox(state, name, { agentId, taskId, contextId, taskMs, config, waiting: [delivery], ...times });
    } else if (before.waiting.length < limits.deliveriesOfPush) {
      setOutbox(state, name, { ...before, waiting: [...before.waiting, delivery] });
    } else {
      giveUp(state, name, before, "too many events wait for this webhook", event.atMs);
      setOutbox(state, name, { ...before, waiting: [...before.waiting.slice(1), delivery] });
    }
  }
  return task.pushes.map(({ form }) => form);
}

type PushRecord = Extract<
  BinduRecord,
  { readonly type: "push.deleted" | "push.delivered" | "push.failed" | "push.dead" }
>;

/** What became of the oldest delivery, or of the webhook. */
export function applyPush(state: State, record: PushRecord, atMs: number): void {
  const { agentId, taskId, configId } = record;
  const name = outboxKey(agentId, taskId, configId);
  const outbox = state.outboxes.get(name);
  switch (record.type) {
    case "push.deleted": {
      setOutbox(state, name, undefined);
      const task = taskOf(state, record);
      if (task !== undefined) {
        setTask(state, { ...task, pushes: task.pushes.filter(({ id }) => id !== configId) });
      }
      return;
    }
    case "push.failed":
      if (outbox !== undefined) {
        releaseOutbox(state, name, { ...outbox, attempts: outbox.attempts + 1, nextMs: record.nextMs });
      }
      return;
    case "push.dead":
      if (outbox !== undefined) {
        giveUp(state, name, outbox, record.reason, atMs);
        next(state, name, outbox, atMs);
      }
      return;
    case "push.delivered":
      if (outbox !== undefined) {
        next(state, name, outbox, atMs);
      }
      return;
    default:
      record satisfies never;
  }
}

function next(state: State, name: string, outbox: Outbox, atMs: number): void {
  const times = { attempts: 0, nextMs: atMs, sinceMs: atMs };
  releaseOutbox(state, name, { ...outbox, waiting: outbox.waiting.slice(1), ...times });
}

function giveUp(state: State, name: string, outbox: Outbox, reason: string, atMs: number): void {
  const { agentId, taskId, config, waiting } = outbox;
  const [delivery] = waiting;
  if (delivery === undefined || !state.outboxes.has(name)) {
    return;
  }
  const dead = { agentId, taskId, configId: config.id, url: config.url, delivery, reason, atMs };
  const kept = state.dead.filter((each) => each.atMs + limits.deadMs > atMs);
  state.dead = [...kept, dead].slice(-limits.deadDeliveries);
  state.deadEver += 1;
}

/** The wall clock was set. */
export function moveOutboxes(state: State, byMs: number): void {
  for (const [name, outbox] of state.outboxes) {
    const { nextMs, sinceMs } = outbox;
    state.outboxes.set(name, { ...outbox, nextMs: nextMs + byMs, sinceMs: sinceMs + byMs });
  }
  state.due.bindu.shift(byMs);
  state.due.a2a.shift(byMs);
}
