// Durable sends per second from agent to agent, over HTTP and over gRPC, beside the official network, which keeps them in memory.

import { join } from "node:path";
import { describeLoad, type LoadTimes, ratioRow, runLoad } from "../shared/load.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { register } from "./agents.ts";
import { officialPython, startOfficial, startOpenAgents } from "./server.ts";

const callers = 16;
const turns = 10;
export const sendLoad = join(import.meta.dirname, "send-load.ts");

export async function measureSends(spanMs: number): Promise<void> {
  const times: LoadTimes & { what: string } = {
    callers,
    sliceMs: spanMs / turns,
    slices: turns,
    what: "messages",
  };
  using store = storeDirectory("openagents");
  await using ours = await startOpenAgents([store.flag]);
  const python = officialPython();
  await using official = python === undefined ? undefined : await startOfficial(python);
  for (const wire of ["HTTP", "gRPC"] as const) {
    const targetOf = async ({ url, grpcUrl }: { url: string; grpcUrl: string }) => ({
      url,
      ...(wire === "gRPC" ? { grpcUrl } : {}),
      agents: await register(url, wire.toLowerCase(), callers),
    });
    const [load] = await runLoad(sendLoad, times, [await targetOf(ours)]);
    row(`sends over ${wire}, durable, ${callers} callers`, describeLoad(load), {
      value: load.perSecond,
      target: { atLeast: 4_000, unit: "/s" },
    });
    if (official === undefined) {
      row("the official network", "no Python here");
      continue;
    }
    const [sent, theirs] = await runLoad(sendLoad, times, [await targetOf(ours), await targetOf(official)]);
    row(`the official network over ${wire}, in memory`, describeLoad(theirs));
    row(`ours in turns with it over ${wire}`, `${count(sent.perSecond)}/s`);
    ratioRow(`sends over ${wire}, ours / official`, sent, theirs, { atLeast: 20 });
  }
}
