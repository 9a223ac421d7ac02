// What Prometheus sees of a server. No label ever carries an id or a text of an agent.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Answered } from "@x/core/service";
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { taskStates } from "../../wire/forms.ts";
import { isOnline } from "../rules/model/state.ts";
import type { Engine } from "./engine.ts";

export interface GridMetrics {
  countAnswer(answered: Answered): void;
  countRefusal(reason: string): void;
}

const latencyBuckets = [0.001, 0.002_5, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

/** @param directory where the store lies; `undefined` for one in memory */
export function createMetrics(
  registry: Registry,
  engine: Engine,
  directory: string | undefined,
): GridMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: "xgrid_requests_total",
    help: "Answers by route and HTTP status",
    labelNames: ["route", "code"],
    registers,
  });
  const latency = new Histogram({
    name: "xgrid_request_seconds",
    help: "Time from the first line of a request to its answer, by route",
    labelNames: ["route"],
    buckets: latencyBuckets,
    registers,
  });
  const failures = new Counter({
    name: "xgrid_auth_failures_total",
    help: "Requests that were not let in, by reason",
    labelNames: ["reason"],
    registers,
  });
  const fires = new Counter({
    name: "xgrid_schedule_fires_total",
    help: "Firings of schedules",
    registers,
  });

  const gauge = (
    name: string,
    help: string,
    label: string,
    count: () => ReadonlyMap<string, number>,
  ): void => {
    new Gauge({
      name,
      help,
      labelNames: [label],
      registers,
      collect() {
        for (const [value, amount] of count()) {
          this.set({ [label]: value }, amount);
        }
      },
    });
  };
  gauge("xgrid_nodes", "Nodes, by whether they are online", "online", () =>
    engine.peek((state, { wall }) =>
      counted(["true", "false"], state.nodes.values(), (node) => String(isOnline(state, node, wall))),
    ),
  );
  gauge("xgrid_tasks", "Tasks by state", "state", () =>
    engine.peek(({ tasks }) => counted(taskStates, tasks.values(), ({ state }) => state)),
  );
  gauge("xgrid_rooms", "Rooms by state", "state", () =>
    engine.peek(({ rooms }) =>
      counted(["open", "closed"], rooms.values(), ({ closed }) => (closed === null ? "open" : "closed")),
    ),
  );
  gauge("xgrid_schedules", "Schedules by status", "status", () =>
    engine.peek(({ schedules }) =>
      counted(["active", "paused", "completed"], schedules.values(), ({ status }) => status),
    ),
  );
  new Gauge({
    name: "xgrid_sse_streams",
    help: "Open streams",
    registers,
    collect() {
      this.set(engine.notices.open);
    },
  });
  new Gauge({
    name: "xgrid_log_bytes",
    help: "Bytes of the data directory; 0 without one",
    registers,
    async collect() {
      this.set(directory === undefined ? 0 : await bytesIn(directory));
    },
  });
  let droppedBefore = 0;
  new Counter({
    name: "xgrid_sse_dropped_total",
    help: "Streams that were ended because their readers were too slow",
    registers,
    collect() {
      this.inc(engine.notices.dropped - droppedBefore);
      droppedBefore = engine.notices.dropped;
    },
  });
  engine.observe({
    onEvents(events) {
      for (const { notices } of events) {
        fires.inc(notices.filter((notice) => notice.notifyType === "schedule").length);
      }
    },
  });

  return {
    countAnswer({ route, status, durationMs }): void {
      requests.inc({ route, code: String(status) });
      latency.observe({ route }, durationMs / 1_000);
    },
    countRefusal: (reason) => failures.inc({ reason }),
  };
}

function counted<Item>(
  values: readonly string[],
  items: Iterable<Item>,
  labelOf: (item: Item) => string,
): ReadonlyMap<string, number> {
  const counts = new Map(values.map((value) => [value, 0]));
  for (const item of items) {
    counts.set(labelOf(item), (counts.get(labelOf(item)) ?? 0) + 1);
  }
  return counts;
}

/** Files come and go meanwhile. */
async function bytesIn(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
