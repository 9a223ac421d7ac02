// A full house: 10,000 agents and 100,000 leases. What it takes in memory, and how late leases end in it.

import { fromBinary } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { LeaseSchema, LeaseService, RegistryService } from "@x/agentkeeper/proto";
import { createGrpcTransport } from "@x/core/rpc";
import { startDaemon } from "../shared/daemon.ts";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";

const agents = 10_000;
const leases = 100_000;
const shortLeases = 5_000;
const callers = 100;

export async function measurePopulation(): Promise<void> {
  await using daemon = await startDaemon();
  await using transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${daemon.port}` });
  const registry = createClient(RegistryService, transport);
  const leasing = createClient(LeaseService, transport);

  const agentIds: string[] = [];
  await together(agents, async (index) => {
    const card = {
      name: `agent-${index}`,
      description: "one of many",
      version: "1.0.0",
      tools: ["browser", "http_client"],
    };
    agentIds.push((await registry.register({ card, ttlSeconds: 86_400 })).agentId);
  });
  const acquire = async (taskId: string, index: number, ttlSeconds: number): Promise<void> => {
    await leasing.acquireLease({ taskId, agentId: agentIds[index % agents] ?? "", ttlSeconds });
  };
  const grantsFrom = performance.now();
  await together(leases, (index) => acquire(`task:${index}`, index, 86_400));
  const grantsPerSecond = leases / ((performance.now() - grantsFrom) / 1_000);
  const residentMb = daemon.usage.residentMb();
  row(
    `${count(agents)} agents, ${count(leases)} leases and their events: daemon`,
    `${count(residentMb)} MB, ${count(daemon.usage.peakMb())} MB at most; granted at ${count(grantsPerSecond)}/s`,
    { value: residentMb, target: { atMost: 500, unit: " MB" } },
  );

  const latenessMs: number[] = [];
  const through = Promise.withResolvers<void>();
  const watching = new AbortController();
  const events = registry.watch({ topics: ["lease.expired"] }, { signal: watching.signal });
  const reading = (async () => {
    for await (const { payload } of events) {
      const wallMs = performance.timeOrigin + performance.now();
      const { expiresAt } = fromBinary(LeaseSchema, payload?.value ?? new Uint8Array());
      latenessMs.push(expiresAt === undefined ? Number.NaN : wallMs - timestampMs(expiresAt));
      if (latenessMs.length === shortLeases) {
        through.resolve();
      }
    }
  })();
  await together(shortLeases, (index) => acquire(`short:${index}`, index, 2 + (index % 3)));
  await through.promise;
  watching.abort();
  await reading.catch(() => undefined);
  row(
    `end of ${count(shortLeases)} short leases among them, after the promised time`,
    `p50 ${count(quantile(latenessMs, 0.5))} ms, p99 ${count(quantile(latenessMs, 0.99))} ms`,
    { value: quantile(latenessMs, 0.99), target: { atMost: 50, unit: " ms p99" } },
  );
}

/** Runs numbered jobs, up to a hundred at once. */
async function together(jobs: number, job: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < jobs) {
      next += 1;
      await job(next - 1);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
}
