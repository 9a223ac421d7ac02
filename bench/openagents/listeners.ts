// A thousand agents that listen (`BENCH_LISTENERS`), by streams and by long polls, at five events a second each: what comes, in which
// order, how late.

import { join } from "node:path";
import { startCompanion } from "../shared/programs.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { message, register, sendTogether } from "./agents.ts";
import type { Heard } from "./listener-load.ts";
import { startOpenAgents } from "./server.ts";

const listeners = Number(process.env.BENCH_LISTENERS ?? 1_000);
/** Five events a second for each. */
const perSecond = 5 * listeners;
const seconds = 10;
const everyMs = 20;

export async function measureListeners(): Promise<void> {
  using store = storeDirectory("openagents");
  for (const [how, what] of [["stream", "streams"] as const, ["poll", "long polls"] as const]) {
    await using server = await startOpenAgents([store.flag, `--max-agents=${3 * listeners}`]);
    const agents = await register(server.url, how, listeners);
    const [sender] = await register(server.url, `${how}-sender`, 1);
    if (sender === undefined) {
      throw new Error("a sender");
    }
    await using load = await startCompanion(join(import.meta.dirname, "listener-load.ts"), [server.url, how]);
    await load.ask({ listen: agents });
    const cpu = server.usage.cpuSeconds();
    const begin = performance.now();
    let sent = 0;
    while (sent < perSecond * seconds) {
      // Open loop: what is late is made up for.
      const due = Math.min(
        perSecond * seconds,
        Math.floor(((performance.now() - begin) / 1_000) * perSecond),
      );
      if (due > sent) {
        const first = sent;
        sent = Math.min(due, first + 1_000);
        const batch = Array.from({ length: sent - first }, (_, index) => {
          const to = agents[(first + index) % listeners]?.id ?? "";
          const sequence = Math.floor((first + index) / listeners);
          return message(sender.id, to, { sequence, at: Date.now(), text: "Is the report there?" });
        });
        await sendTogether(server.url, sender, batch);
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    const tookSeconds = (performance.now() - begin) / 1_000;
    const heard = await load.ask<Heard>({ until: sent });
    row(`${count(listeners)} ${what}: events per second`, `${count(sent / tookSeconds)}/s`, {
      value: sent / tookSeconds,
      target: { atLeast: perSecond * 0.98, unit: "/s" },
    });
    row("lost, twice or out of order", `${heard.wrong} of ${count(heard.events)}`, {
      value: heard.wrong + (sent - heard.events),
      target: { atMost: 0 },
    });
    row(
      "from the send to the listener",
      `p50 ${count(heard.p50Ms)} ms, p99 ${count(heard.p99Ms)} ms; the server took ${count((server.usage.cpuSeconds() - cpu) / tookSeconds)} processors, ${count(server.usage.residentMb())} MB`,
    );
  }
}
