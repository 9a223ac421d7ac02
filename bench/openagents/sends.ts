// Durable sends per second from agent to agent, over HTTP and over gRPC, beside the official network, which keeps them in memory.

import { join } from "node:path";
import { describeLoad, type Load, type LoadTimes, ratioRow, runLoad } from "../shared/load.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { register } from "./agents.ts";
import { type Network, officialPython, startOfficial, startOpenAgents } from "./server.ts";

const callers = 16;
const turns = 10;
export const sendLoad = join(import.meta.dirname, "send-load.ts");

/** Processor time per call of a load, in microseconds, of a server from now on. */
export function usedSince({ usage }: Network): (load: Load) => number {
  const before = usage.cpuSeconds();
  return ({ calls }) => ((usage.cpuSeconds() - before) / calls) * 1e6;
}

/** What holds on a machine that others load too. */
export function processorRow(what: string, oursUs: number, theirsUs: number): void {
  row(
    `processor time of the server per ${what}`,
    `${count(oursUs)} us, the official network's ${count(theirsUs)} us: ${count(theirsUs / oursUs)} times`,
  );
}

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
    const usedUs = usedSince(ours);
    const [load] = await runLoad(sendLoad, times, [await targetOf(ours)]);
    row(
      `sends over ${wire}, durable, ${callers} callers`,
      `${describeLoad(load)}; ${count(usedUs(load))} us of processor time each`,
      { value: load.perSecond, target: { atLeast: 4_000, unit: "/s" } },
    );
    if (official === undefined) {
      row("the official network", "no Python here");
      continue;
    }
    const targets = [await targetOf(ours), await targetOf(official)] as const;
    const used = [usedSince(ours), usedSince(official)] as const;
    const [sent, theirs] = await runLoad(sendLoad, times, targets);
    row(`ours in turns with the official network over ${wire}`, describeLoad(sent));
    row(`the official network over ${wire}, in memory`, describeLoad(theirs));
    ratioRow(`sends over ${wire}, ours / official`, sent, theirs, { atLeast: 20 });
    processorRow("send", used[0](sent), used[1](theirs));
  }
}
