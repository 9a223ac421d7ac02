// How many events per second 200 watchers get in all, and how long after the call that caused it each one comes.

import { join } from "node:path";
import { startDaemon } from "../shared/daemon.ts";
import { startCompanion } from "../shared/programs.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import type { Burst } from "./publisher.ts";
import type { Seen } from "./watchers.ts";

const here = import.meta.dirname;
const watchers = 200;
/** As many load processes as leave the machine time for the daemon. */
const processes = 2;

const forms = [
  { kind: "plain", connections: 1, label: "plain watch, 2 connections" },
  { kind: "plain", connections: watchers / processes, label: "plain watch, 200 connections" },
  { kind: "client", connections: 1, label: "our client, 2 connections" },
  { kind: "client", connections: watchers / processes, label: "our client, 200 connections" },
] as const;

export async function measureDeliveries(spanMs: number): Promise<void> {
  for (const { kind, connections, label } of forms) {
    await using daemon = await startDaemon();
    await using publisher = await startCompanion(join(here, "publisher.ts"), [daemon.port]);
    await using readers = new AsyncDisposableStack();
    const groups = await Promise.all(
      Array.from({ length: processes }, async () =>
        readers.use(
          await startCompanion(join(here, "watchers.ts"), [
            daemon.port,
            watchers / processes,
            kind,
            connections,
          ]),
        ),
      ),
    );
    const round = async (burst: Burst): Promise<Seen[]> => {
      const { lastSequence } = await publisher.ask<{ lastSequence: number }>(burst);
      return Promise.all(groups.map((group) => group.ask<Seen>({ upTo: lastSequence })));
    };

    await round({ pairs: 500, callers: 16, everyMs: 0 });
    const begin = performance.now();
    const cpuBefore = daemon.usage.cpuSeconds();
    let deliveries = 0;
    let disorders = 0;
    // Each burst is read to its end before the next one, and is shorter than what may wait for a watcher.
    while (performance.now() - begin < spanMs) {
      for (const seen of await round({ pairs: 1_000, callers: 16, everyMs: 0 })) {
        deliveries += seen.deliveries;
        disorders += seen.disorders;
      }
    }
    const seconds = (performance.now() - begin) / 1_000;
    const daemonCpu = daemon.usage.cpuSeconds() - cpuBefore;
    row(
      `deliveries to 200 watchers, ${label}`,
      `${count(deliveries / seconds)}/s; daemon CPU ${count((daemonCpu / deliveries) * 1e6)} us each, ${count((daemonCpu / seconds) * 100)} % of a core`,
      { value: deliveries / seconds, target: { atLeast: 50_000, unit: "/s" } },
    );
    if (disorders > 0) {
      row(`events out of order, ${label}`, count(disorders), { value: disorders, target: { atMost: 0 } });
    }

    const calm = await round({ pairs: Math.ceil(spanMs / 20), callers: 1, everyMs: 20 });
    const latencies = calm.flatMap((seen) => seen.latenciesMs);
    row(
      `acquire call to event, 50 calls/s to 200 watchers, ${label}`,
      `p50 ${count(quantile(latencies, 0.5))} ms, p99 ${count(quantile(latencies, 0.99))} ms`,
    );
  }
}

/** The delay that one watcher sees when nothing else goes on. */
export async function measureDelay(spanMs: number): Promise<void> {
  await using daemon = await startDaemon();
  await using publisher = await startCompanion(join(here, "publisher.ts"), [daemon.port]);
  for (const kind of ["plain", "client"]) {
    await using watcher = await startCompanion(join(here, "watchers.ts"), [daemon.port, 1, kind, 1]);
    const latencies: number[] = [];
    for (const pairs of [500, Math.ceil(spanMs / 5)]) {
      const { lastSequence } = await publisher.ask<{ lastSequence: number }>({
        pairs,
        callers: 1,
        everyMs: 5,
      });
      const seen = await watcher.ask<Seen>({ upTo: lastSequence });
      // The first round warms the code up.
      latencies.splice(0, latencies.length, ...seen.latenciesMs);
    }
    row(
      `acquire call to event, one watcher (${kind === "client" ? "our client" : "plain watch"}), 200 calls/s`,
      `p50 ${count(quantile(latencies, 0.5))} ms, p99 ${count(quantile(latencies, 0.99))} ms`,
      { value: quantile(latencies, 0.5), target: { atMost: 1.2, unit: " ms p50" } },
    );
  }
}
