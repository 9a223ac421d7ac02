// The rules at work: the kernel's engine, and the streams of notices that it feeds.
import { type Engine as EngineOf, type Kernel, startEngine as start } from "@x/core/service";
import { createMachine, genesis } from "../rules/machine.ts";
import type { GridRecord } from "../rules/model/records.ts";
import type { GridRules } from "../rules/model/rule-options.ts";
import type { GridTypes } from "../rules/model/turn.ts";
import { createNotices, keptNotices, type Notices } from "./notices.ts";

export interface Engine extends EngineOf<GridTypes> {
  readonly notices: Notices;
}

/** @throws {JournalError} as the kernel's engine does */
export async function startEngine(options: {
  readonly kernel: Kernel<GridRecord>;
  readonly rules: GridRules;
}): Promise<Engine> {
  const notices = createNotices();
  const engine = await start<GridTypes>({
    ...options.kernel,
    machine: createMachine(options.rules),
    genesis,
    feed: notices,
    restored: notices.append,
    // A record carries a whole task, and takes a start five times as long as one of other services.
    snapshotEveryRecords: 20_000,
    // A reader may go on behind what it has seen, also over a restart.
    replayableMarks: keptNotices,
  });
  return Object.assign(engine, { notices });
}
