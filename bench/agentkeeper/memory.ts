// Whether watchers that never read cost the daemon more than their bound, or the other watchers anything.

import { join } from "node:path";
import { startDaemon } from "../shared/daemon.ts";
import { startCompanion } from "../shared/programs.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import type { StuckEnd } from "./stuck.ts";
import type { Seen } from "./watchers.ts";

const here = import.meta.dirname;
const stuckWatches = 20;
/** What a minute at 1,000 events per second brings. */
const minuteOfPairs = 30_000;
const burstOfPairs = 1_000;

export async function measureStuckWatchers(): Promise<void> {
  const without = await underLoad(0);
  const withStuck = await underLoad(stuckWatches);
  for (const [label, { memoryMb, seen }] of [
    ["no stuck watcher", without],
    [`${stuckWatches} stuck watchers`, withStuck],
  ] as const) {
    const [before = 0, half = 0, end = 0] = memoryMb;
    row(
      `resident memory over 60,000 events, ${label}`,
      `${count(before)} MB before, ${count(half)} MB at half, ${count(end)} MB at the end`,
    );
    const latencies = seen.flatMap(({ latenciesMs }) => latenciesMs);
    row(
      `20 reading watchers beside it, ${label}`,
      `${count(seen.reduce((sum, { deliveries }) => sum + deliveries, 0))} deliveries, ${count(seen.reduce((sum, { disorders }) => sum + disorders, 0))} out of order, delay p50 ${count(quantile(latencies, 0.5))} ms`,
    );
  }
  // A heap that lives grows for a while by itself: what counts is what stuck watchers add to that.
  const growth = ({ memoryMb: [, half = 0, end = 0] }: typeof without): number => end - half;
  const added = growth(withStuck) - growth(without);
  row("growth in the second half, with stuck watchers less without", `${count(added)} MB`, {
    value: added,
    target: { atMost: 30, unit: " MB" },
  });
  for (const kind of ["plain", "replayable"]) {
    const ends = withStuck.ends.filter((end) => end.kind === kind);
    const statuses = [...new Set(ends.map(({ status }) => status))].join(", ");
    const bytes = quantile(
      ends.map((end) => end.bytes),
      0.5,
    );
    row(`a stuck ${kind} watch, read at last`, `${count(bytes / 1e3)} kB, then status ${statuses}`);
  }
}

async function underLoad(
  stuckCount: number,
): Promise<{ memoryMb: number[]; seen: Seen[]; ends: readonly StuckEnd[] }> {
  // Few events are kept, so that memory shows the watchers and not the log.
  await using daemon = await startDaemon(["--event-retention=1000"]);
  await using publisher = await startCompanion(join(here, "publisher.ts"), [daemon.port]);
  await using readers = await startCompanion(join(here, "watchers.ts"), [daemon.port, 20, "plain", 20]);
  await using stuck = await startCompanion(join(here, "stuck.ts"), [daemon.port, stuckCount]);
  const seen: Seen[] = [];
  const burst = async (): Promise<Seen> => {
    const { lastSequence } = await publisher.ask<{ lastSequence: number }>({
      pairs: burstOfPairs,
      callers: 16,
      everyMs: 0,
    });
    return readers.ask<Seen>({ upTo: lastSequence });
  };
  await burst();
  const memoryMb = [daemon.usage.residentMb()];
  for (let half = 0; half < 2; half += 1) {
    for (let pairs = 0; pairs < minuteOfPairs / 2; pairs += burstOfPairs) {
      seen.push(await burst());
    }
    memoryMb.push(daemon.usage.residentMb());
  }
  return { memoryMb, seen, ends: await stuck.ask<StuckEnd[]>({}) };
}
