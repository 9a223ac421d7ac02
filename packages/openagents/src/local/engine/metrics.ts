// What Prometheus sees of a network. Ids of agents stand at the depths of queues alone, and of a bounded number of them.
import type { Answered } from "@x/core/service";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Transport } from "../rules/model/entities.ts";
import type { Engine } from "./engine.ts";

export interface NetworkMetrics {
  countEvent(transport: Transport, success: boolean): void;
  countAuthFailure(): void;
  timePoll(ms: number): void;
  countAnswer(answered: Answered): void;
  /** Events so far. */
  readonly events: number;
}

/** So many agents have a label of their own: those with the longest queues. */
const mostLabels = 100;

export function createMetrics(registry: Registry, engine: Engine): NetworkMetrics {
  const registers = [registry];
  const events = new Counter({
    name: "x_openagents_events_total",
    help: "Events that agents sent, by transport and result",
    labelNames: ["transport", "result"],
    registers,
  });
  const failures = new Counter({
    name: "x_openagents_auth_failures_total",
    help: "Requests whose secret, password or token was refused",
    registers,
  });
  const polls = new Histogram({
    name: "x_openagents_poll_seconds",
    help: "Time to answer a poll that does not wait",
    buckets: [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
    registers,
  });
  const fsync = new Histogram({
    name: "x_openagents_log_fsync_seconds",
    help: "Time to make the records of a turn durable",
    buckets: [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1],
    registers,
  });
  const requests = new Counter({
    name: "x_openagents_requests_total",
    help: "Answers over HTTP by route and status",
    labelNames: ["route", "code"],
    registers,
  });
  new Gauge({
    name: "x_openagents_agents",
    help: "Agents that are registered",
    registers,
    collect() {
      this.set(engine.peek(({ agents }) => agents.size));
    },
  });
  new Gauge({
    name: "x_openagents_queue_depth",
    help: `Events that wait for an agent; the ${mostLabels} longest queues`,
    labelNames: ["agent"],
    registers,
    collect() {
      this.reset();
      for (const [agent, depth] of longestQueues(engine)) {
        this.set({ agent }, depth);
      }
    },
  });
  new Gauge({
    name: "x_openagents_fetch_age_seconds",
    help: `Time since an agent last fetched its events; the ${mostLabels} longest`,
    labelNames: ["agent"],
    registers,
    collect() {
      this.reset();
      for (const [agent, seconds] of oldestFetches(engine)) {
        this.set({ agent }, seconds);
      }
    },
  });
  new Counter({
    name: "x_openagents_queue_dropped_total",
    help: "Events that were dropped from full queues",
    registers,
    collect() {
      this.reset();
      this.inc(engine.peek(({ counts }) => counts.dropped));
    },
  });
  engine.observe({
    onAppend({ appendMs }) {
      fsync.observe(appendMs / 1_000);
    },
  });
  let total = 0;
  return {
    countEvent(transport, success) {
      total += 1;
      events.inc({ transport, result: success ? "accepted" : "refused" });
    },
    countAuthFailure: () => failures.inc(),
    timePoll: (ms) => polls.observe(ms / 1_000),
    countAnswer: ({ route, status }) => requests.inc({ route, code: status }),
    get events() {
      return total;
    },
  };
}

function longestQueues(engine: Engine): [string, number][] {
  const depths = engine.peek(({ agents }) =>
    [...agents.values()].map(({ facts, queue, takenTo }): [string, number] => [
      facts.id,
      Math.min(queue.entries.length, queue.lastSeq - takenTo),
    ]),
  );
  return depths.sort(([, a], [, b]) => b - a).slice(0, mostLabels);
}

function oldestFetches(engine: Engine): [string, number][] {
  const ages = engine.peek(({ agents }, { mono }) =>
    [...agents.values()].flatMap(({ facts, fetchedMono }): [string, number][] =>
      fetchedMono === null ? [] : [[facts.id, (mono - fetchedMono) / 1_000]],
    ),
  );
  return ages.sort(([, a], [, b]) => b - a).slice(0, mostLabels);
}
