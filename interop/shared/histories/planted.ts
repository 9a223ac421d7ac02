// Faults that are put into a good recording, one at a time: the checker must find each of them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Check, Checker } from "./check.ts";
import type { CallLine, DaemonLine } from "./recording.ts";

/** A recording that may be changed. */
export interface Pages<Call extends CallLine, Event extends object, Final extends object> {
  calls: Call[];
  log: Event[];
  seen: { file: string; events: Event[] }[];
  daemon: DaemonLine[];
  final: Final;
  /** What was written down after all else, by a recording that does so. */
  afterwards: Afterwards | undefined;
}

/** `afterwards.json`: a store that was put back from a copy, and what came of it. */
export interface Afterwards {
  /** Whether a watcher that had seen more than the copy holds was told so. */
  readonly gapTold: boolean;
  /** In the order in which they were given, after all others; as decimal digits. */
  readonly tokens: readonly string[];
}

/** A fault in a service's recordings. */
export interface Plant<Call extends CallLine, Event extends object, Final extends object> {
  readonly name: string;
  /** Changes the recording. @throws NoPlace if it has no place for the fault. */
  plant(pages: Pages<Call, Event, Final>): void;
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
  if (!existsSync(file)) {
    return [];
  }
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Line => JSON.parse(line));
}

function readPages<Call extends CallLine, Event extends object, Final extends object>(
  folder: string,
): Pages<Call, Event, Final> {
  return {
    calls: readLines(join(folder, "calls.jsonl")),
    log: readLines(join(folder, "log.jsonl")),
    seen: readdirSync(folder)
      .filter((file) => file.startsWith("seen-"))
      .map((file) => ({ file, events: readLines(join(folder, file)) })),
    daemon: readLines(join(folder, "daemon.jsonl")),
    final: JSON.parse(readFileSync(join(folder, "final.json"), "utf8")),
    afterwards: readLines<Afterwards>(join(folder, "afterwards.json"))[0],
  };
}

function writePages(folder: string, pages: Pages<CallLine, object, object>): void {
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
  if (pages.afterwards !== undefined) {
    write("afterwards.json", [pages.afterwards]);
  }
}

/** A recording in which a fault has no place: that is no fault of the checker's. */
export class NoPlace extends Error {}

/** Plants a fault into a copy of the first recording that has a place for it, and has that checked. */
export function tryPlant<Call extends CallLine, Event extends object, Final extends object>(
  checker: Checker,
  recordings: readonly string[],
  plant: Plant<Call, Event, Final>,
): PlantOutcome {
  for (const recording of recordings) {
    const folder = `${recording}-planted`;
    try {
      const pages = readPages<Call, Event, Final>(recording);
      plant.plant(pages);
      writePages(folder, pages);
      return judge(plant, checker.check(folder));
    } catch (error) {
      if (!(error instanceof NoPlace)) {
        throw error;
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { name: plant.name, problem: "no recording has a place for it", seenBy: [] };
}

type Expected = Pick<Plant<CallLine, object, object>, "name" | "seenBy" | "unseenBy">;

function judge(plant: Expected, checks: readonly Check[]): PlantOutcome {
  const seenBy = checks.filter((check) => check.found > 0).map(({ id }) => id);
  const missing = plant.seenBy.filter((id) => !seenBy.includes(id));
  const wrong = plant.unseenBy?.filter((id) => seenBy.includes(id)) ?? [];
  let problem: string | undefined;
  if (missing.length > 0) {
    problem = `not seen by ${missing.join(", ")}`;
  } else if (wrong.length > 0) {
    problem = `seen by ${wrong.join(", ")}, which is taken to be unable to`;
  }
  return { name: plant.name, problem, seenBy };
}
