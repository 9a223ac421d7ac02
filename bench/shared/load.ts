// What a load of posts did, and how two that took turns stand to each other.

import { runForJson } from "./programs.ts";
import { median, quantile } from "./quantiles.ts";
import { count, row, type Target } from "./report.ts";

/** What a target did in its slices. */
export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Calls per second of each slice. */
  readonly slices: readonly number[];
  /** Calls of all slices, also of those that only warm up. */
  readonly calls: number;
}

/** How a load is spread over time. */
export interface LoadTimes {
  readonly callers: number;
  /** How long one target is posted to before it is the next one's turn, in milliseconds. */
  readonly sliceMs: number;
  readonly slices: number;
  /** Slices before those that are measured: V8 has compiled everything that counts after some seconds of load. @default 12 */
  readonly warmSlices?: number;
}

/** Runs a load program, which is given the times and its targets, and prints a load for each of these. */
export function runLoad<Targets extends readonly unknown[]>(
  program: string,
  times: LoadTimes,
  targets: readonly [...Targets],
): Promise<{ [Index in keyof Targets]: Load }> {
  return runForJson(process.execPath, [program, JSON.stringify({ ...times, targets })]);
}

export function describeLoad({ perSecond, p50Ms, p99Ms }: Load): string {
  return `${count(perSecond)}/s, p50 ${count(p50Ms)} ms, p99 ${count(p99Ms)} ms`;
}

/** A row for the ratio of two loads that took turns: of the ratios within a turn the median counts. */
export function ratioRow(what: string, ours: Load, theirs: Load, target: Target): void {
  const ratios = ours.slices.map((each, turn) => each / (theirs.slices[turn] ?? Number.NaN));
  row(
    `${what}, median of ${ratios.length} turns`,
    `${median(ratios).toFixed(2)} (a tenth below ${quantile(ratios, 0.1).toFixed(2)}, a tenth above ${quantile(ratios, 0.9).toFixed(2)})`,
    { value: median(ratios), target },
  );
}
