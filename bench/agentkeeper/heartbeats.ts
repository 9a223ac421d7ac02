// What the heartbeats of a large team take of the daemon.

import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startDaemon } from "../shared/daemon.ts";
import { startCompanion } from "../shared/programs.ts";
import { count, row } from "../shared/report.ts";

const agents = 2_000;
const ttlSeconds = 30;

export async function measureHeartbeats(): Promise<void> {
  await using daemon = await startDaemon();
  await using load = await startCompanion(join(import.meta.dirname, "agents.ts"), [
    daemon.port,
    agents,
    ttlSeconds,
  ]);
  // Two rounds of heartbeats, whole, wherever in a round this begins.
  const spanMs = ttlSeconds * 1_000;
  const begin = performance.now();
  const cpuBefore = daemon.usage.cpuSeconds();
  await pause(spanMs);
  const share = ((daemon.usage.cpuSeconds() - cpuBefore) / (performance.now() - begin)) * 1e5;
  const { alive } = await load.ask<{ alive: number }>({});
  row(
    `${count(agents)} agents with ttl ${ttlSeconds}, a connection each: daemon`,
    `${count(share)} % of a core, ${count(daemon.usage.residentMb())} MB, ${count(alive)} agents alive`,
    { value: share, target: { atMost: 10, unit: " %" } },
  );
}
