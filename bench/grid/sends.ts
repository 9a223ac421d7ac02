// Durable signed sends per second, beside a handler on the same kit that verifies the same signatures and answers.

import { join } from "node:path";
import { describeLoad, type LoadTimes, ratioRow, runLoad } from "../shared/load.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { agentOf, newSeeds, register } from "./agents.ts";
import { startBare, startGrid } from "./server.ts";

const callers = 32;
const turns = 10;
const program = join(import.meta.dirname, "send-load.ts");

export async function measureSends(spanMs: number): Promise<void> {
  const seeds = newSeeds(callers);
  const times: LoadTimes & { seeds: readonly string[] } = {
    callers,
    sliceMs: spanMs / turns,
    slices: turns,
    seeds,
  };
  using store = storeDirectory("grid");
  await using durable = await startGrid([store.flag]);
  await register(durable.url, seeds.map(agentOf));
  {
    await using bare = await startBare(seeds);
    const [verified, sent] = await runLoad(program, times, [{ url: bare.url }, { url: durable.url }]);
    row(`verify and answer, on the same kit, ${callers} callers`, describeLoad(verified));
    row(`message/send, durable, ${callers} callers`, describeLoad(sent));
    row("p99 of durable sends", `${count(sent.p99Ms)} ms`, {
      value: sent.p99Ms,
      target: { atMost: 25, unit: " ms" },
    });
    ratioRow("durable sends / verify and answer", sent, verified, { atLeast: 0.6 });
  }
  await using inMemory = await startGrid();
  await register(inMemory.url, seeds.map(agentOf));
  const [sent] = await runLoad(program, times, [{ url: inMemory.url }]);
  row(`message/send, in memory, ${callers} callers`, describeLoad(sent));
}
