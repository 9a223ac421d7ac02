// From the yield of a handler in one process to the reader in another, alone and among as many as an agent takes.

import { join } from "node:path";
import { runForJson } from "../shared/programs.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { anyUrl, startCoreProcess, startHandler } from "./server.ts";

interface Delays {
  readonly firstMs: readonly number[];
  readonly delaysMs: readonly number[];
}

const program = join(import.meta.dirname, "stream-load.ts");
const many = 100;

export async function measureStreams(): Promise<void> {
  await using core = await startCoreProcess();
  await using handler = await startHandler({ core: core.address, kind: "stream", urls: [anyUrl] });
  const [url = ""] = handler.urls;
  const alone = await runForJson<Delays>(process.execPath, [program, url, 1, 8]);
  const firstMs = quantile(alone.firstMs, 0.5);
  row("yield to reader, first piece", `${count(firstMs)} ms`, {
    value: firstMs,
    target: { atMost: 5, unit: " ms" },
  });
  const { delaysMs } = await runForJson<Delays>(process.execPath, [program, url, many, 3]);
  const p50Ms = quantile(delaysMs, 0.5);
  row(
    `yield to reader, ${many} readers of one task`,
    `${delaysMs.length} pieces, p50 ${count(p50Ms)} ms, p99 ${count(quantile(delaysMs, 0.99))} ms`,
  );
}
