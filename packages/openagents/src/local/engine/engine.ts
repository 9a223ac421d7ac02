// The rules at work: the kernel's engine, the feed of what workspaces log, and the bytes of files.
import { randomUUID } from "node:crypto";
import {
  createMemoryFeed,
  type Engine as EngineOf,
  type Kernel,
  type MemoryFeed,
  startEngine as start,
} from "@x/core/service";
import { createMachine, genesis } from "../rules/machine.ts";
import type { NetworkEvent, NetworkRecord } from "../rules/model/records.ts";
import type { NetworkRules } from "../rules/model/rule-options.ts";
import type { NetworkTypes } from "../rules/model/turn.ts";
import { type Blobs, openBlobs } from "./blobs.ts";

/** So many of the newest entries of logs are followed in memory; who is further behind reads the log itself. */
const keptEvents = 10_000;

export interface Engine extends EngineOf<NetworkTypes> {
  /** What comes into the logs of workspaces. */
  readonly logged: MemoryFeed<NetworkEvent>;
  readonly blobs: Blobs;
  /** Of this start. */
  readonly startedMs: number;
  readonly startId: string;
}

/** @throws {JournalError} as the kernel's engine does */
export async function startEngine(options: {
  readonly kernel: Kernel<NetworkRecord>;
  readonly rules: NetworkRules;
  /** Where the store lies; `undefined` for one in memory. */
  readonly directory: string | undefined;
}): Promise<Engine> {
  const { kernel, rules, directory } = options;
  const logged = createMemoryFeed<NetworkEvent>({
    placeOf: ({ message }) => message.seq,
    retain: keptEvents,
    clock: kernel.clock,
  });
  const engine = await start<NetworkTypes>({
    ...kernel,
    machine: createMachine(rules),
    genesis: () => genesis(rules, randomUUID()),
    feed: logged,
    // A snapshot of a usual state costs less than a start that reads more records than this.
    snapshotEveryRecords: 30_000,
  });
  logged.skipTo(engine.peek(({ messages }) => messages));
  try {
    const known = engine.peek(({ workspaces }) =>
      [...workspaces.values()].flatMap(({ files }) => [...files.keys()]),
    );
    const blobs = await openBlobs(directory, new Set(known));
    return Object.assign(engine, {
      logged,
      blobs,
      startedMs: engine.now().wall,
      startId: randomUUID(),
    });
  } catch (error) {
    await engine.close();
    throw error;
  }
}
