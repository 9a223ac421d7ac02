// A refusal is a reply: what the rules answer when a command may not be carried out. Nothing has changed then.
import { isRefusal as isRefusalOf } from "@x/core/service";
import type { TaskState } from "../../../wire/dialect.ts";

export type RefusalReason =
  | "url_served"
  | "too_many_agents"
  | "agent_not_found"
  | "task_not_found"
  | "task_exists"
  /** Continued or subscribed to after its end. */
  | "task_terminal"
  | "not_cancelable"
  | "context_mismatch"
  | "context_not_found"
  | "push_not_found"
  | "push_mismatch"
  | "too_many_pushes"
  /** An idempotency key that came with another message. */
  | "key_reused"
  /** More than may wait, or be stored. */
  | "too_much"
  /** A turn that is not the running one any more. */
  | "stale";

export interface Refusal {
  readonly refused: RefusalReason;
  readonly detail: string;
  /** The state of the task that was meant. */
  readonly state?: TaskState;
}

export const isRefusal: (reply: unknown) => reply is Refusal = isRefusalOf<Refusal>;

export const refuse = (refused: RefusalReason, detail: string, state?: TaskState): Refusal => ({
  refused,
  detail,
  ...(state === undefined ? {} : { state }),
});
