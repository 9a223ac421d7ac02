// The checker as the suite runs it: a Go program, built once, that reads a recording and prints what it found.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

export const work: string = join(import.meta.dirname, "..", "..", ".work", "linearizability");
const checker: string = join(work, "checker");

/** One promise, and where it was broken. */
export interface Check {
  readonly id: string;
  readonly name: string;
  /** How much it looked at: partitions, events or calls. */
  readonly examined: number;
  readonly found: number;
  readonly violations: readonly string[] | null;
}

export function buildChecker(): void {
  mkdirSync(work, { recursive: true });
  execFileSync("go", ["build", "-o", checker, "."], {
    cwd: join(import.meta.dirname, "checker"),
    stdio: "inherit",
  });
}

export function checkRecording(folder: string): Check[] {
  return JSON.parse(execFileSync(checker, [folder], { encoding: "utf8", maxBuffer: 2 ** 26 }));
}
