// Who waits for the next event of one task: woken once it is durable.
import { type Clock, type FeedWriter, type WaitEnd, type WaitOptions } from "@x/core/service";
import { keyOf } from "../rules/model/entities.ts";
import type { BinduEvent } from "../rules/model/records.ts";

interface TaskRef {
  readonly agentId: string;
  readonly taskId: string;
}

/** The events of tasks as they happen. */
export interface TaskChanges extends FeedWriter<BinduEvent> {
  /** Waits for an event behind a number; `ended` also where the task is gone. */
  wait(of: TaskRef, after: number, options?: WaitOptions): Promise<WaitEnd>;
}
