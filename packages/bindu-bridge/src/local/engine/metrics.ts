// What Prometheus sees of a core, and at the port of each agent of that agent alone. No label carries a text of a stranger.
import type { Answered } from "@x/core/service";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { taskStates } from "../../wire/dialect.ts";
import type { Engine } from "./engine.ts";
import type { HandledCall } from "./handler-calls.ts";

export interface BinduMetrics {
  countAnswer(agentId: string, answered: Answered): void;
  countCall(call: HandledCall): void;
  countHeartbeat(acknowledged: boolean): void;
  /** What stands at the port of an agent. */
  of(agentId: string): Registry;
}

/** What of an agent's requests is counted. */
interface HttpNumbers {
  readonly registry: Registry;
  readonly requests: Counter;
  readonly durations: Histogram;
  readonly requestSizes: Histogram;
  readonly answerSizes: Histogram;
}

const sizeBuckets = [256, 1_024, 4_096, 16_384, 65_536, 1_048_576, 16_777_216];

export interface MetricsOptions {
  /** The core's own. */
  readonly registry: Registry;
  readonly engine: Engine;
  /** Of one agent, or of all. */
  readonly running: (agentId?: string) => number;
  readonly openRequests: (agentId: string) => number;
}

export function createMetrics(options: MetricsOptions): BinduMetrics {
  const { registry, engine } = options;
  const agents = new Map<string, HttpNumbers>();
  const known = (): string[] =>
    engine.peek((state) =>
      [...state.agents.values()].filter(({ registered }) => registered).map(({ agentId }) => agentId),
    );
  const inFlight = (ids: readonly string[]): number =>
    ids.reduce((sum, agentId) => sum + options.openRequests(agentId), 0);
  const core = httpNumbers(registry, {
    inFlight: () => inFlight(known()),
    active: () => known().map((agentId) => [agentId, options.running(agentId)]),
  });
  const registers = [registry];

  const calls = new Counter({
    name: "bindu_handler_calls_total",
    help: "Calls of handlers by agent and status",
    labelNames: ["agent", "code"],
    registers,
  });
  const durations = new Histogram({
    name: "bindu_handler_duration_seconds",
    help: "How long calls of handlers took",
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
    registers,
  });
  const heartbeats = new Counter({
    name: "bindu_heartbeats_total",
    help: "Heartbeats, by whether they were acknowledged",
    labelNames: ["acknowledged"],
    registers,
  });
  const tasks = new Counter({
    name: "bindu_tasks_total",
    help: "States that tasks have come to",
    labelNames: ["state"],
    registers,
  });
  for (const state of taskStates) {
    tasks.inc({ state }, 0);
  }
  new Gauge({
    name: "bindu_agents_registered",
    help: "Agents that are registered",
    registers,
    collect() {
      this.set(known().length);
    },
  });
  let deadBefore = 0;
  new Counter({
    name: "a2a_push_dead_total",
    help: "Push notifications that were given up",
    registers,
    collect() {
      const dead = engine.peek(({ deadEver }) => deadEver);
      this.inc(Math.max(0, dead - deadBefore));
      deadBefore = dead;
    },
  });
  engine.observe({
    onEvents(events) {
      for (const event of events) {
        if (event.type === "submitted") {
          tasks.inc({ state: "submitted" });
        } else if (event.type === "task" && event.event.kind === "status") {
          tasks.inc({ state: event.event.state });
        }
      }
    },
  });

  const numbersOf = (agentId: string): HttpNumbers => {
    let numbers = agents.get(agentId);
    if (numbers === undefined) {
      numbers = httpNumbers(new Registry(), {
        inFlight: () => options.openRequests(agentId),
        active: () => [[agentId, options.running(agentId)]],
      });
      agents.set(agentId, numbers);
    }
    return numbers;
  };

  return {
    countAnswer(agentId, { method, route, status, durationMs, requestBytes, answerBytes }): void {
      for (const numbers of [core, numbersOf(agentId)]) {
        numbers.requests.inc({ method, endpoint: route, status: String(status) });
        numbers.durations.observe(durationMs / 1_000);
        numbers.requestSizes.observe(requestBytes);
        numbers.answerSizes.observe(answerBytes);
      }
    },
    countCall({ agentId, code, durationMs }): void {
      calls.inc({ agent: agentId, code });
      durations.observe(durationMs / 1_000);
    },
    countHeartbeat: (acknowledged) => heartbeats.inc({ acknowledged: String(acknowledged) }),
    of: (agentId) => numbersOf(agentId).registry,
  };
}

function httpNumbers(
  registry: Registry,
  now: { readonly inFlight: () => number; readonly active: () => readonly (readonly [string, number])[] },
): HttpNumbers {
  const registers = [registry];
  new Gauge({
    name: "http_requests_in_flight",
    help: "Requests that have no answer yet",
    registers,
    collect() {
      this.set(now.inFlight());
    },
  });
  new Gauge({
    name: "agent_tasks_active",
    help: "Calls of the handler that run",
    labelNames: ["agent_id"],
    registers,
    collect() {
      this.reset();
      for (const [agentId, count] of now.active()) {
        this.set({ agent_id: agentId }, count);
      }
    },
  });
  return {
    registry,
    requests: new Counter({
      name: "http_requests_total",
      help: "Answers by method, path and status",
      labelNames: ["method", "endpoint", "status"],
      registers,
    }),
    durations: new Histogram({
      name: "http_request_duration_seconds",
      help: "Time from the first line of a request to its answer",
      buckets: [0.1, 0.5, 1],
      registers,
    }),
    requestSizes: new Histogram({
      name: "http_request_size_bytes",
      help: "Bytes of the bodies of requests",
      buckets: sizeBuckets,
      registers,
    }),
    answerSizes: new Histogram({
      name: "http_response_size_bytes",
      help: "Bytes of the bodies of answers",
      buckets: sizeBuckets,
      registers,
    }),
  };
}
