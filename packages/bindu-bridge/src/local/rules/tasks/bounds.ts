// What a task may hold.
import type { Task } from "../model/entities.ts";
import { limits } from "../model/limits.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { storable, weigh } from "../model/weight.ts";

/** Why a task cannot hold so much more; `undefined` where it can. */
export const overfull = ({ bytes }: Task, more: unknown): Refusal | undefined =>
  bytes + weigh(storable(more)) > limits.bytesOfTask
    ? refuse("too_much", `a task holds at most ${limits.bytesOfTask} bytes`)
    : undefined;
