// What a suite is, and where it may keep things.
import { join } from "node:path";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** What the `run.ts` of a suite's folder exports. */
export interface Suite {
  /** Makes what the suite needs of others (Python packages, Go programs, a browser) in ignored folders, unless it is there. */
  prepare?(): unknown;
  /** Prepares too, so that a suite can be run alone. */
  run(): Promise<Counts>;
}

/** An ignored folder. */
export function workFolder(name: string): string {
  return join(import.meta.dirname, "..", "..", ".work", name);
}

/** Adds up. */
export function sumOf(counts: readonly Counts[]): Counts {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}
