// What the kernel tells those who operate a server, the same for every service: metrics and lines of the log.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { RunnerObserver } from "../kernel/runner-options.ts";
import type { Log } from "./logger.ts";

/** What is read when somebody scrapes. */
export interface KernelGauges {
  readonly healthy: boolean;
  readonly queued: number;
}

/**
 * Registers the metrics of the kernel, and answers the observer that feeds them.
 *
 * @param prefix what all metrics of the service begin with
 * @param engine undefined while the server starts
 */
export function observeKernel(
  registry: Registry,
  prefix: string,
  log: Log,
  engine: () => KernelGauges | undefined,
): RunnerObserver {
  const registers = [registry];
  new Gauge({
    name: `${prefix}_commands_queued`,
    help: "Commands that wait for their turn",
    registers,
    collect() {
      this.set(engine()?.queued ?? 0);
    },
  });
  new Gauge({
    name: `${prefix}_store_healthy`,
    help: "1 while the store takes writes",
    registers,
    collect() {
      this.set(engine()?.healthy === true ? 1 : 0);
    },
  });
  const pauses = new Counter({
    name: `${prefix}_pauses_total`,
    help: "Times the server was stopped or blocked for so long that deadlines were moved",
    registers,
  });
  const appends = new Histogram({
    name: `${prefix}_store_sync_seconds`,
    help: "Time to make one turn's changes durable",
    buckets: [0.000_1, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
    registers,
  });
  return {
    onAppend: ({ appendMs }) => appends.observe(appendMs / 1_000),
    onPause(byMs) {
      pauses.inc();
      log.warn({ byMs: Math.round(byMs) }, "the server was paused; every open deadline moved by as much");
    },
    onFault: (error) => log.error({ err: error }, "fault in the store or in a rule"),
  };
}
