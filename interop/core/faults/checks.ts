// What the attacks report to: each check counts one, and one that fails says what was seen instead.
import { setTimeout as delay } from "node:timers/promises";
import type { Counts } from "../../shared/suite.ts";

export interface Checks {
  /** @param seen What there was instead; shown where the check fails */
  that(what: string, good: boolean, seen?: unknown): void;
  counts(): Counts;
}

/** An attack on one promise of the suite. */
export type Attack = (checks: Checks) => Promise<void>;

/** Rounds or milliseconds: few by default, many with `FULL=1`. */
export function scaled(short: number, long: number): number {
  return process.env.FULL === "1" ? long : short;
}

/** Waits for what has to end by itself; `undefined` if it does not, far beyond the time that it was given. */
export async function within<Result>(promise: Promise<Result>, ms: number): Promise<Result | undefined> {
  const giveUp = new AbortController();
  const limit = delay(ms, undefined, { signal: giveUp.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, limit]);
  } finally {
    giveUp.abort();
  }
}

export function createChecks(subject: string): Checks {
  let passed = 0;
  let failed = 0;
  return {
    that(what, good, seen): void {
      passed += good ? 1 : 0;
      failed += good ? 0 : 1;
      if (!good) {
        console.log(`  FAILED ${subject}: ${what}${seen === undefined ? "" : `: ${shown(seen)}`}`);
      }
    },
    counts: () => ({ passed, failed }),
  };
}

function shown(seen: unknown): string {
  const text = typeof seen === "string" ? seen : JSON.stringify(seen);
  return (text ?? String(seen)).slice(0, 400);
}
