// What Prometheus sees of a daemon. No label ever carries an id or a text of a user.
import { Counter, Gauge, type Registry } from "prom-client";
import type { Engine } from "./engine.ts";
import { extServices, services } from "./services.ts";

/** Metrics of one daemon. */
export interface KeeperMetrics {
  /** A call has come in; counted at once, so that blocked claims and open streams show. */
  countCall(path: string): void;
  /** A call has ended with an error of this gRPC status, in its canonical name. */
  countError(path: string, code: string): void;
  /** Calls and errors of all methods, and events of all topics, since the start. */
  totals(): { readonly calls: number; readonly errors: number; readonly events: number };
}

/** Every method of the wire, as the full path of its calls. */
const methodPaths: ReadonlySet<string> = new Set(
  [...services, ...extServices].flatMap((service) =>
    service.methods.map((method) => `/${service.typeName}/${method.name}`),
  ),
);

/** @param watchers how many watches are open */
export function createMetrics(registry: Registry, engine: Engine, watchers: () => number): KeeperMetrics {
  const registers = [registry];
  // Counting a call is on the path of every call: a map of numbers, read when somebody scrapes.
  const calls = new Map<string, number>([...methodPaths].map((path) => [path, 0]));
  const eventsByTopic = new Map<string, number>();
  let eventCount = 0;
  const errors = new Map<string, { readonly path: string; readonly code: string; count: number }>();

  new Gauge({
    name: "agentkeeper_agents_alive",
    help: "Agents currently ALIVE or UNREACHABLE",
    registers,
    collect() {
      const { alive, unreachable } = engine.peek((state) => state.agentCounts);
      this.set(alive + unreachable);
    },
  });
  new Gauge({
    name: "agentkeeper_leases_active",
    help: "Leases currently held, claims of tasks included",
    registers,
    collect() {
      this.set(engine.peek((state) => state.leases.size));
    },
  });
  new Counter({
    name: "agentkeeper_rpc_total",
    help: "gRPC calls served per method, counted at their start",
    labelNames: ["method"],
    registers,
    collect() {
      this.reset();
      for (const [method, count] of calls) {
        this.inc({ method }, count);
      }
    },
  });
  new Counter({
    name: "agentkeeper_rpc_errors_total",
    help: "gRPC calls that ended with an error, per method and status",
    labelNames: ["method", "code"],
    registers,
    collect() {
      this.reset();
      for (const { path, code, count } of errors.values()) {
        this.inc({ method: path, code }, count);
      }
    },
  });
  new Gauge({
    name: "agentkeeper_agents",
    help: "Known agents per status; the dead ones as far as they are kept",
    labelNames: ["status"],
    registers,
    collect() {
      for (const [status, count] of Object.entries(engine.peek((state) => state.agentCounts))) {
        this.set({ status: status.toUpperCase() }, count);
      }
    },
  });
  new Gauge({
    name: "agentkeeper_tasks",
    help: "Known tasks per status; the finished ones as far as they are kept",
    labelNames: ["status"],
    registers,
    collect() {
      for (const [status, count] of Object.entries(engine.peek((state) => state.taskCounts))) {
        this.set({ status: status.toUpperCase() }, count);
      }
    },
  });
  new Gauge({
    name: "agentkeeper_watchers",
    help: "Open watch streams",
    registers,
    collect() {
      this.set(watchers());
    },
  });
  new Counter({
    name: "agentkeeper_events_total",
    help: "Events published per topic",
    labelNames: ["topic"],
    registers,
    collect() {
      this.reset();
      for (const [topic, count] of eventsByTopic) {
        this.inc({ topic }, count);
      }
    },
  });
  new Gauge({
    name: "agentkeeper_event_sequence",
    help: "Sequence of the newest event",
    registers,
    collect() {
      this.set(engine.peek((state) => state.sequence));
    },
  });
  engine.observe({
    onEvents(events) {
      eventCount += events.length;
      for (const { topic } of events) {
        eventsByTopic.set(topic, (eventsByTopic.get(topic) ?? 0) + 1);
      }
    },
  });
  let callCount = 0;
  let errorCount = 0;

  return {
    countCall(path) {
      const count = calls.get(path);
      if (count !== undefined) {
        calls.set(path, count + 1);
        callCount += 1;
      }
    },
    countError(path, code) {
      if (!calls.has(path)) {
        return;
      }
      errorCount += 1;
      const key = `${code} ${path}`;
      const known = errors.get(key);
      if (known === undefined) {
        errors.set(key, { path, code, count: 1 });
      } else {
        known.count += 1;
      }
    },
    totals: () => ({ calls: callCount, errors: errorCount, events: eventCount }),
  };
}
