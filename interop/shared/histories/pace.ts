// The pace of a load, and the names that its processes meet at.
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "./random.ts";
import { monotonicMicros } from "./recording.ts";

/** Waits for a random time; resolves early when the signal aborts. */
export async function think(
  random: Random,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<void> {
  await delay(random.between(fromMs, toMs), undefined, { signal, ref: true }).catch(() => undefined);
}

/**
 * A hot name for a while: the same in all processes at the same time, and new after some seconds, so that one checked
 * history does not grow without bound. The names change at different times.
 */
export function hotName(kind: string, index: number, seconds: number): string {
  const shiftMicros = index * 2_700_000;
  return `${kind}${index}-${Math.floor((monotonicMicros() + shiftMicros) / (seconds * 1_000_000))}`;
}
