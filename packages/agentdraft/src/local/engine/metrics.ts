// What Prometheus sees of a server. No label ever carries an id or a text of a user.
import type { Answered } from "@x/core/service";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { AuditEvent } from "../rules/model/views.ts";
import type { Arbiter } from "./engine.ts";

export interface DraftMetrics {
  countEvents(events: readonly AuditEvent[]): void;
  countAnswer(answered: Answered): void;
  /** So many commits were decided together. */
  observeGroup(size: number): void;
}

const latencyBuckets = [0.001, 0.002_5, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

export function createMetrics(registry: Registry, arbiter: () => Arbiter): DraftMetrics {
  const registers = [registry];
  const commits = new Counter({
    name: "agentdraft_commits_total",
    help: "Commits by what became of them: committed, or the reason of the rejection",
    labelNames: ["result"],
    registers,
  });
  const holds = new Counter({
    name: "agentdraft_holds_total",
    help: "Holds by what became of them: created, or the reason of the rejection",
    labelNames: ["result"],
    registers,
  });
  const evictions = new Counter({
    name: "agentdraft_evictions_total",
    help: "Commits that a stronger one evicted",
    registers,
  });
  const groups = new Histogram({
    name: "agentdraft_arbitration_group_size",
    help: "Commits that were decided together at the end of an arbitration window",
    buckets: [1, 2, 3, 5, 8, 13, 21, 50, 100],
    registers,
  });
  const latency = new Histogram({
    name: "agentdraft_request_seconds",
    help: "Time from the first line of a request to its answer, by route and status",
    labelNames: ["method", "route", "status"],
    buckets: latencyBuckets,
    registers,
  });
  new Gauge({
    name: "agentdraft_commits_open",
    help: "Commits that have no answer yet, those in an arbitration window included",
    registers,
    collect() {
      this.set(arbiter().openCommits);
    },
  });

  return {
    countEvents(events): void {
      let committed = 0;
      for (const { type, data } of events) {
        switch (type) {
          case "booking.committed":
            committed += 1;
            break;
          case "booking.rejected":
            commits.inc({ result: reasonOf(data.reason) });
            break;
          case "booking.evicted":
            evictions.inc();
            break;
          case "hold.created":
            holds.inc({ result: "created" });
            break;
          case "hold.rejected":
            holds.inc({ result: reasonOf(data.reason) });
            break;
        }
      }
      if (committed > 0) {
        commits.inc({ result: "committed" }, committed);
      }
    },
    countAnswer({ method, route, status, durationMs }): void {
      latency.observe({ method, route, status }, durationMs / 1_000);
    },
    observeGroup: (size) => groups.observe(size),
  };
}

const reasonOf = (reason: unknown): string => (typeof reason === "string" ? reason : "rejected");
