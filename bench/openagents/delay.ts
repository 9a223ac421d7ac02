// How long a durable send takes to the handler at the other side, both by our client, by push.

import { join } from "node:path";
import { runForJson } from "../shared/programs.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { startOpenAgents } from "./server.ts";

const messages = 1_000;

export async function measureDelay(): Promise<void> {
  using store = storeDirectory("openagents");
  await using server = await startOpenAgents([store.flag]);
  const program = join(import.meta.dirname, "delay-load.ts");
  const timesMs = await runForJson<number[]>(process.execPath, [program, server.url, messages]);
  const p50Ms = quantile(timesMs, 0.5);
  row("durable send to handler", `p50 ${count(p50Ms)} ms, p99 ${count(quantile(timesMs, 0.99))} ms`, {
    value: p50Ms,
    target: { atMost: 3, unit: " ms p50" },
  });
}
