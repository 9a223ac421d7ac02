// What durability costs: AgentKeeper with --data-dir beside etcd and beside a bare handler with the same store, on the same
// disk, under the same load generator, in turns. `BENCH_SPAN_MS` is the time of each measurement, `BENCH_ROUNDS` how many
// turns there are; the median of the turns counts.

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AgentKeeperClient } from "@x/agentkeeper";
import { etcdDelayMs, keeperDelayMs } from "./durable/delay.ts";
import { type Server, startEtcd, startNode } from "./durable/servers.ts";
import { buildTools, type Load, type Outcome, runLoad } from "./durable/tools.ts";
import { median } from "./shared/quantiles.ts";
import { beginTable, count, row } from "./shared/report.ts";

const spanMs = Number(process.env.BENCH_SPAN_MS ?? 5_000);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
const root = join(import.meta.dirname, "..");
const disk = join(root, ".work", "bench-durable");
const daemonFile = join(root, "packages", "agentkeeper", "dist", "bin", "agentkeeper.js");

/** A key that no call has used before, as ghz writes it. */
const freshKey = "{{.UUID}}";

interface Peer {
  readonly name: string;
  readonly load: Load;
}

export async function run(): Promise<void> {
  buildTools();
  rmSync(disk, { recursive: true, force: true });
  mkdirSync(disk, { recursive: true });
  try {
    await using etcd = await startEtcd(join(disk, "etcd"));
    await using bare = await startNode([join(import.meta.dirname, "durable", "bare.ts"), join(disk, "bare")]);
    await using keeper = await startNode([
      daemonFile,
      "--addr=127.0.0.1:0",
      "--metrics-addr=off",
      "--log-level=warn",
      `--data-dir=${join(disk, "keeper")}`,
    ]);
    const agentId = await registerAgent(keeper);
    beginTable("durable changes on one disk");
    for (const callers of [1, 16, 100]) {
      await compare(callers, [
        { name: "etcd Put", load: etcdLoad(etcd) },
        { name: "bare handler", load: acquireLoad(bare, agentId) },
        { name: "AcquireLease", load: acquireLoad(keeper, agentId) },
      ]);
    }
    const [ours, theirs] = [await keeperDelayMs(keeper.port, agentId), await etcdDelayMs(etcd.port)];
    row("etcd: put to watch event, p50", `${count(theirs)} ms`);
    row("ours: acquire to watch event, p50", `${count(ours)} ms (${count(ours / theirs)}x)`, {
      value: ours / theirs,
      target: { atMost: 1, unit: "x of etcd" },
    });
  } finally {
    rmSync(disk, { recursive: true, force: true });
  }
}

async function registerAgent({ port }: Server): Promise<string> {
  const client = new AgentKeeperClient({ host: "127.0.0.1", port });
  const { agentId } = await client.register({
    name: "load",
    description: "",
    version: "",
    ttlSeconds: 86_400,
  });
  await client.close();
  return agentId;
}

function acquireLoad({ port }: Server, agentId: string): Load {
  return {
    port,
    protoFolder: join(root, "proto"),
    proto: "agentkeeper/v1/agentkeeper.proto",
    call: "agentkeeper.v1.LeaseService.AcquireLease",
    data: { task_id: freshKey, agent_id: agentId, ttl_seconds: 3_600 },
  };
}

function etcdLoad({ port }: Server): Load {
  return {
    port,
    protoFolder: join(import.meta.dirname, "durable", "proto"),
    proto: "etcdserverpb/rpc.proto",
    call: "etcdserverpb.KV.Put",
    // As long as the record of a lease.
    data: { key: freshKey, value: "x".repeat(160) },
  };
}

async function compare(callers: number, peers: readonly Peer[]): Promise<void> {
  const outcomes = new Map<string, Outcome[]>(peers.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, load } of peers) {
      outcomes.get(name)?.push(await runLoad(load, callers, spanMs));
    }
  }
  const perSecond = (name: string): number =>
    median((outcomes.get(name) ?? []).map((outcome) => outcome.perSecond));
  const p99 = (name: string): string =>
    count(median((outcomes.get(name) ?? []).map((outcome) => outcome.p99Ms)));
  const [etcd, bare, ours] = [perSecond("etcd Put"), perSecond("bare handler"), perSecond("AcquireLease")];
  const who = callers === 1 ? "1 caller" : `${callers} callers`;
  for (const { name } of peers) {
    row(`${who}: ${name}`, `${count(perSecond(name))}/s, p99 ${p99(name)} ms`);
  }
  row(`${who}: ours / bare handler`, `${count(ours / bare)}x`, {
    value: ours / bare,
    target: { atLeast: 0.7, unit: "x" },
  });
  row(`${who}: ours / etcd`, `${count(ours / etcd)}x`, {
    value: ours / etcd,
    target: { atLeast: 0.5, unit: "x" },
  });
}
