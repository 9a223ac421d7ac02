// A service's checker: a Go program, built once, that reads a recording and prints what it found.
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";

/** One promise, and where it was broken. */
export interface Check {
  readonly id: string;
  readonly name: string;
  /** How much it looked at: partitions, events or calls. */
  readonly examined: number;
  readonly found: number;
  readonly violations: readonly string[] | null;
}

export interface Checker {
  build(): void;
  check(folder: string): Check[];
}

/** @param source the folder of the Go program, which stands on the module in `checker` here */
export function checkerOf(source: string, program: string): Checker {
  return {
    build(): void {
      mkdirSync(dirname(program), { recursive: true });
      execFileSync("go", ["build", "-o", program, "."], { cwd: source, stdio: "inherit" });
    },
    check: (folder) => JSON.parse(execFileSync(program, [folder], { encoding: "utf8", maxBuffer: 2 ** 26 })),
  };
}
