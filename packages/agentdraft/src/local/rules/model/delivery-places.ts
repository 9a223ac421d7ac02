// The lines in which deliveries to webhooks wait, and the places in which they are under way.
import { createDeadlineHeap, type Deadline, type DeadlineHeap } from "@x/core/service";
import type { Delivery } from "./state.ts";

/** The deliveries of one webhook that wait for an attempt. */
export interface DueQueue {
  /** At wall times. */
  readonly due: DeadlineHeap<Delivery>;
  /** How its latest attempt went. Volatile: a fresh start makes no difference to who was slow. */
  pace: "unknown" | "prompt" | "slow";
  /** Volatile. */
  underWay: number;
  /** Where it stands among the others while it may have another place. */
  turn: { readonly among: DeadlineHeap<DueQueue>; readonly deadline: Deadline<DueQueue> } | undefined;
}

/** Who is next, and who has a place. Rebuilt from what waits, so all of it is volatile. */
export interface DeliveryPlaces {
  /** By the time of their earliest delivery; who was given a place stands behind those that waited. */
  readonly waiting: DeadlineHeap<DueQueue>;
  readonly waitingSlow: DeadlineHeap<DueQueue>;
  /** The deliveries under way, and whether their endpoints were slow. */
  readonly underWay: Map<string, boolean>;
  slowUnderWay: number;
}

export const createPlaces = (): DeliveryPlaces => ({
  waiting: createDeadlineHeap<DueQueue>(),
  waitingSlow: createDeadlineHeap<DueQueue>(),
  underWay: new Map(),
  slowUnderWay: 0,
});

export const createDueQueue = (): DueQueue => ({
  due: createDeadlineHeap<Delivery>(),
  pace: "unknown",
  underWay: 0,
  turn: undefined,
});
