// What AgentKeeper costs: calls beside the official Python client, watches, failover, imports, memory, time, policies.
// All load and the daemon are processes of their own. `BENCH_SPAN_MS` shortens or lengthens every measurement.

import { measureCalls } from "./agentkeeper/calls.ts";
import { measureDelay, measureDeliveries } from "./agentkeeper/deliveries.ts";
import { measureFailover } from "./agentkeeper/failover.ts";
import { measureFind } from "./agentkeeper/find.ts";
import { measureHeartbeats } from "./agentkeeper/heartbeats.ts";
import { measureImports } from "./agentkeeper/imports.ts";
import { measureStuckWatchers } from "./agentkeeper/memory.ts";
import { measurePolicies } from "./agentkeeper/policies.ts";
import { measurePopulation } from "./agentkeeper/population.ts";
import { runParts } from "./shared/report.ts";

const spanMs = Number(process.env.BENCH_SPAN_MS ?? 3_000);

export const run = (): Promise<void> =>
  runParts("AgentKeeper, in memory", {
    calls: () => measureCalls(spanMs),
    delay: () => measureDelay(spanMs),
    deliveries: () => measureDeliveries(spanMs),
    stuck: measureStuckWatchers,
    failover: () => measureFailover(spanMs),
    imports: measureImports,
    heartbeats: measureHeartbeats,
    population: measurePopulation,
    policies: measurePolicies,
    find: measureFind,
  });
