// The metrics of the kernel, the same for every service.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { RunnerObserver } from "../kernel/runner-options.ts";

/** What is read when somebody scrapes. */
export interface KernelGauges {
  /** Whether the store takes writes. */
  readonly healthy: boolean;
  /** Commands that wait for their turn. */
  readonly queued: number;
}

/**
 * Registers the metrics of the kernel, and answers the observer that feeds them.
 *
 * @param prefix what all metrics of the service begin with
 */
export function kernelMetrics(registry: Registry, prefix: string, engine: KernelGauges): RunnerObserver {
  const registers = [registry];
  new Gauge({
    name: `${prefix}_commands_queued`,
    help: "Commands that wait for their turn",
    registers,
    collect() {
      this.set(engine.queued);
    },
  });
  new Gauge({
    name: `${prefix}_store_healthy`,
    help: "1 while the store takes writes",
    registers,
    collect() {
      this.set(engine.healthy ? 1 : 0);
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
    onPause: () => pauses.inc(),
  };
}
