// One load for all three servers: the generator `ghz`, a fresh key in every request.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type DurableServer, registerAgent } from "./servers.ts";
import { ghz } from "./tools.ts";

const execute = promisify(execFile);

export interface Throughput {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Processor time of the server for one call. */
  readonly serverMicroseconds: number;
}

const ourProtos = join(import.meta.dirname, "..", "..", "proto");
const etcdProtos = join(import.meta.dirname, "proto");
/** What etcd is given to keep: as many bytes as a journaled lease of ours. */
const value = "x".repeat(256);
const connections = 8;

/** Warms the server up, then measures it. @throws when a call fails */
export async function measureLoad(
  server: DurableServer,
  callers: number,
  spanSeconds: number,
): Promise<Throughput> {
  const agentId = server.kind === "ours" ? await registerAgent(server.port) : "agent";
  const run = async (prefix: string, seconds: number): Promise<Throughput> => {
    const cpuBefore = server.usage.cpuSeconds();
    const { stdout } = await execute(ghz, [
      "--insecure",
      `--concurrency=${callers}`,
      `--connections=${Math.min(callers, connections)}`,
      `--duration=${seconds}s`,
      "--duration-stop=ignore",
      ...(server.kind === "etcd" ? putOf(prefix) : acquireOf(prefix, agentId)),
      `127.0.0.1:${server.port}`,
    ]);
    return readSummary(stdout, server.usage.cpuSeconds() - cpuBefore);
  };
  await run("warm", Math.ceil(spanSeconds / 3));
  return run("full", spanSeconds);
}

function putOf(prefix: string): string[] {
  return [
    `--proto=${join(etcdProtos, "etcdserverpb", "rpc.proto")}`,
    "--call=etcdserverpb.KV/Put",
    `--data={"key":"${prefix}-{{.RequestNumber}}","value":"${value}"}`,
  ];
}

function acquireOf(prefix: string, agentId: string): string[] {
  return [
    `--proto=${join(ourProtos, "agentkeeper", "v1", "agentkeeper.proto")}`,
    `--import-paths=${ourProtos}`,
    "--call=agentkeeper.v1.LeaseService/AcquireLease",
    `--data={"task_id":"${prefix}-{{.RequestNumber}}","agent_id":"${agentId}","ttl_seconds":86400}`,
  ];
}

function readSummary(summary: string, serverSeconds: number): Throughput {
  const failures = /\[(?!OK\])\w+\]\s+\d+ responses/.exec(summary);
  const calls = /\[OK\]\s+(\d+) responses/.exec(summary);
  const perSecond = /Requests\/sec:\s+([\d.]+)/.exec(summary);
  const p99 = /99 % in ([\d.]+) (\S+)/.exec(summary);
  if (failures !== null || calls === null || perSecond === null || p99 === null) {
    throw new Error(`the load did not go well:\n${summary}`);
  }
  return {
    perSecond: Number(perSecond[1]),
    p99Ms: Number(p99[1]) * (millisecondsIn[p99[2] ?? ""] ?? Number.NaN),
    serverMicroseconds: (serverSeconds / Number(calls[1])) * 1e6,
  };
}

const millisecondsIn: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000 };
