// Checks of a suite that is no test run of its own: each has a title, runs after the one before, and is counted.
import type { Counts } from "./suite.ts";

/** By title. */
export type Steps = Readonly<Record<string, () => Promise<void>>>;

/** Runs all, whatever failed before; what failed is told under the suite's name. */
export async function runSteps(suite: string, steps: Steps): Promise<Counts> {
  const counts = { passed: 0, failed: 0 };
  for (const [title, step] of Object.entries(steps)) {
    try {
      await step();
      counts.passed += 1;
    } catch (error) {
      counts.failed += 1;
      console.error(`${suite}: FAILED ${title}`, error);
    }
  }
  return counts;
}
