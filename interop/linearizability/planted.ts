// Faults that are put into a good recording, one at a time: the checker must find each of them.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Check, checkRecording } from "./check.ts";
import type { CallLine, DaemonLine, EventLine, FinalState } from "./recording.ts";

/** A recording that may be changed. */
export interface Pages {
  calls: CallLine[];
  log: EventLine[];
  seen: { file: string; events: EventLine[] }[];
  daemon: DaemonLine[];
  final: FinalState;
}

export interface Plant {
  readonly name: string;
  /** Changes the recording. Throws if it has no place for the fault. */
  plant(pages: Pages): void;
  /** The checks that must see it. */
  readonly seenBy: readonly string[];
  /** Checks that cannot see it, which shows why the others are needed. */
  readonly unseenBy?: readonly string[];
}

/** What came of one planted fault; no problem if it was found as it should. */
export interface PlantOutcome {
  readonly name: string;
  readonly problem: string | undefined;
  readonly seenBy: readonly string[];
}

function readLines<Line>(file: string): Line[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Line => JSON.parse(line));
}

function readPages(folder: string): Pages {
  return {
    calls: readLines(join(folder, "calls.jsonl")),
    log: readLines(join(folder, "log.jsonl")),
    seen: readdirSync(folder)
      .filter((file) => file.startsWith("seen-"))
      .map((file) => ({ file, events: readLines(join(folder, file)) })),
    daemon: readLines(join(folder, "daemon.jsonl")),
    final: JSON.parse(readFileSync(join(folder, "final.json"), "utf8")),
  };
}

function writePages(folder: string, pages: Pages): void {
  mkdirSync(folder, { recursive: true });
  const write = (file: string, lines: readonly object[]): void =>
    writeFileSync(join(folder, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  write("calls.jsonl", pages.calls);
  write("log.jsonl", pages.log);
  for (const { file, events } of pages.seen) {
    write(file, events);
  }
  write("daemon.jsonl", pages.daemon);
  writeFileSync(join(folder, "final.json"), JSON.stringify(pages.final));
}

/** Plants a fault into a copy of a recording and has it checked. */
export function tryPlant(recording: string, plant: Plant): PlantOutcome {
  const folder = `${recording}-planted`;
  try {
    const pages = readPages(recording);
    plant.plant(pages);
    writePages(folder, pages);
    const failed = checkRecording(folder)
      .filter((check: Check) => check.found > 0)
      .map(({ id }) => id);
    const missing = plant.seenBy.filter((id) => !failed.includes(id));
    const wrong = plant.unseenBy?.filter((id) => failed.includes(id)) ?? [];
    const problem =
      missing.length > 0
        ? `not seen by ${missing.join(", ")}`
        : wrong.length > 0
          ? `seen by ${wrong.join(", ")}, which is taken to be unable to`
          : undefined;
    return { name: plant.name, problem, seenBy: failed };
  } catch (error) {
    return { name: plant.name, problem: String(error), seenBy: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
