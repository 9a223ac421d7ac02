// The rules at work: the kernel's engine, and the events that watches may start behind.
import { randomUUID } from "node:crypto";
import {
  type Clock,
  createMemoryFeed,
  type Engine as EngineOf,
  type Journal,
  type Log,
  type MemoryFeed,
  startEngine as start,
  systemClock,
} from "@x/core/service";
import { createMachine, genesis, type KeeperRules } from "../rules/machine.ts";
import type { KeeperRecord } from "../rules/model/records.ts";
import type { KeeperTypes } from "../rules/model/turn.ts";
import type { BusEvent } from "../rules/model/views.ts";

export interface EngineOptions {
  readonly rules: KeeperRules;
  readonly log: Log;
  readonly clock?: Clock;
  readonly journal: Journal<KeeperRecord>;
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
  const { rules, log, clock = systemClock, journal, eventRetention, sizeOf } = options;
  const feed = createMemoryFeed<BusEvent>({
    placeOf: ({ sequence }) => sequence,
    retain: eventRetention,
    sizeOf,
    clock,
  });
  const engine = await start<KeeperTypes>({
    machine: createMachine(rules),
    journal,
    genesis: (now) => genesis(randomUUID(), now),
    feed,
    restored: feed.append,
    keepRestored: feed.capacity,
    replayableMarks: eventRetention,
    clock,
    log,
  });
  const logId = engine.peek((state) => {
    feed.skipTo(state.sequence);
    return state.logId;
  });
  return Object.assign(engine, { feed, logId });
}
