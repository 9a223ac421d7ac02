// Who waits for the next event of one task: woken once it is durable.
import {
  type Clock,
  createWaiters,
  type FeedWriter,
  type WaitEnd,
  type Waiters,
  type WaitOptions,
} from "@x/core/service";
import { keyOf } from "../rules/model/entities.ts";
import type { BinduEvent } from "../rules/model/records.ts";

export interface TaskRef {
  readonly agentId: string;
  readonly taskId: string;
}

/** The events of tasks as they happen. */
export interface TaskChanges extends FeedWriter<BinduEvent> {
  /** Waits for an event behind a number; it may have happened already. `ended` also where the task is gone. */
  wait(of: TaskRef, after: number, options?: WaitOptions): Promise<WaitEnd>;
}

export function createTaskChanges(clock: Clock): TaskChanges {
  const waiting = new Map<string, Waiters>();
  let closed = false;
  return {
    append(events): void {
      if (waiting.size === 0) {
        return;
      }
      for (const event of events) {
        if (event.type === "task") {
          waiting.get(keyOf(event.agentId, event.taskId))?.wake(event.event.n);
        } else if (event.type === "gone") {
          for (const taskId of event.taskIds) {
            waiting.get(keyOf(event.agentId, taskId))?.close();
          }
        }
      }
    },

    wait({ agentId, taskId }, after, options = {}): Promise<WaitEnd> {
      if (closed) {
        return Promise.resolve("ended");
      }
      const key = keyOf(agentId, taskId);
      let waiters = waiting.get(key);
      if (waiters === undefined) {
        waiters = createWaiters(clock, () => waiting.delete(key));
        waiting.set(key, waiters);
      }
      return waiters.enter(after, options).ended;
    },

    close(): void {
      closed = true;
      for (const waiters of waiting.values()) {
        waiters.close();
      }
    },
  };
}
