// How long a send takes to the event at the other side, and what a thousand open streams change about it.

import { join } from "node:path";
import { runForJson, startCompanion } from "../shared/programs.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { agentOf, newSeeds, register } from "./agents.ts";
import { startGrid } from "./server.ts";

const messages = 1_000;
const streams = 1_000;
const here = import.meta.dirname;

export async function measureEvents(): Promise<void> {
  using store = storeDirectory("grid");
  await using server = await startGrid([store.flag]);
  const measure = async (what: string, atMostMs: number): Promise<void> => {
    const pair = newSeeds(2);
    await register(server.url, pair.map(agentOf));
    const program = join(here, "event-load.ts");
    const timesMs = await runForJson<number[]>(process.execPath, [program, server.url, ...pair, messages]);
    const p50Ms = quantile(timesMs, 0.5);
    row(what, `p50 ${count(p50Ms)} ms, p99 ${count(quantile(timesMs, 0.99))} ms`, {
      value: p50Ms,
      target: { atMost: atMostMs, unit: " ms p50" },
    });
  };
  await measure("durable send to the other side's event", 3);
  const seeds = newSeeds(streams);
  await register(server.url, seeds.map(agentOf));
  const before = server.usage.residentMb();
  await using _open = await startCompanion(join(here, "streams.ts"), [server.url, ...seeds]);
  const each = ((server.usage.residentMb() - before) / streams) * 1_000;
  await measure(`the same with ${count(streams)} more open streams (${count(each)} KB each)`, 10);
}
