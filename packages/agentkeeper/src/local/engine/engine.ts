// The rules at work: the kernel's engine, and the events that watches may start behind.
import { randomUUID } from "node:crypto";
import {
  createMemoryFeed,
  type Engine as EngineOf,
  type Kernel,
  type MemoryFeed,
  type Now,
  startEngine as start,
  systemClock,
} from "@x/core/service";
import { createMachine, genesis, type KeeperRules, restored } from "../rules/machine.ts";
import type { KeeperRecord } from "../rules/model/records.ts";
import type { KeeperTypes } from "../rules/model/turn.ts";
import type { BusEvent } from "../rules/model/views.ts";
import { risingSecond } from "./token-clock.ts";

/** What the rules start with. */
export interface EngineOptions {
  readonly kernel: Kernel<KeeperRecord>;
  readonly rules: KeeperRules;
  /** Events that are kept for watches that start in the past. */
  readonly eventRetention: number;
  /** How many bytes an event counts for in one answer of the feed. */
  readonly sizeOf: (event: BusEvent) => number;
}

export interface Engine extends EngineOf<KeeperTypes> {
  /** The newest events. */
  readonly feed: MemoryFeed<BusEvent>;
  /** Names the store. */
  readonly logId: string;
}

/** @throws {JournalError} as the kernel's engine does */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { kernel, rules, eventRetention, sizeOf } = options;
  const feed = createMemoryFeed<BusEvent>({
    placeOf: ({ sequence }) => sequence,
    retain: eventRetention,
    sizeOf,
    clock: kernel.clock,
  });
  /** From which second on tokens count. */
  const secondOf = ({ wall }: Now): number => {
    const seconds = Math.floor(wall / 1_000);
    return kernel.clock === systemClock ? risingSecond(seconds) : seconds;
  };
  const engine = await start<KeeperTypes>({
    ...kernel,
    machine: {
      ...createMachine(rules),
      restored: (history, now) => restored(history, secondOf(now)),
    },
    genesis: (now) => genesis(randomUUID(), secondOf(now)),
    feed,
    restored: feed.append,
    keepRestored: feed.capacity,
    replayableMarks: eventRetention,
  });
  const logId = engine.peek((state) => {
    feed.skipTo(state.sequence);
    return state.logId;
  });
  return Object.assign(engine, { feed, logId });
}
