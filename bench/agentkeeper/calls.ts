// What acquiring and releasing a lease costs, with our client and with the official one, against one daemon.

import { join } from "node:path";
import { startDaemon } from "../shared/daemon.ts";
import { runForJson } from "../shared/programs.ts";
import { preparePython } from "../shared/python.ts";
import { median } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";

interface Load {
  readonly calls: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

interface Cost {
  readonly perSecond: number;
  readonly serialMicroseconds: number;
  readonly clientCpuMicroseconds: number;
  readonly daemonCpuMicroseconds: number;
}

const here = import.meta.dirname;
const rounds = 3;

const official = ["agentkeeper==0.1.1", "grpcio==1.85.1", "protobuf==7.36.2"];

export async function measureCalls(spanMs: number): Promise<void> {
  const python = preparePython("agentkeeper", official);
  const loads = {
    ours: { command: process.execPath, args: [join(here, "acquire.ts")], callers: 100, label: "100 callers" },
    python: { command: python ?? "", args: [join(here, "acquire.py")], callers: 16, label: "16 threads" },
  } as const;
  const clients = python === undefined ? (["ours"] as const) : (["ours", "python"] as const);
  await using daemon = await startDaemon();
  const measure = async (client: keyof typeof loads, callers: number): Promise<Cost> => {
    const { command, args } = loads[client];
    const cpuBefore = daemon.usage.cpuSeconds();
    const load = await runForJson<Load>(command, [...args, daemon.port, callers, spanMs]);
    // The warm-up is a third of the span, with as many calls; the daemon has worked for both.
    const daemonCpu = ((daemon.usage.cpuSeconds() - cpuBefore) * 3) / 4;
    return {
      perSecond: load.calls / load.seconds,
      serialMicroseconds: (load.seconds / load.calls) * 1e6,
      clientCpuMicroseconds: (load.cpuSeconds / load.calls) * 1e6,
      daemonCpuMicroseconds: (daemonCpu / load.calls) * 1e6,
    };
  };

  const costs = new Map<string, Cost[]>();
  for (let round = 0; round < rounds; round += 1) {
    for (const client of clients) {
      for (const callers of [1, loads[client].callers]) {
        const key = `${client} ${callers === 1 ? "serial" : "together"}`;
        costs.set(key, [...(costs.get(key) ?? []), await measure(client, callers)]);
      }
    }
  }
  const typical = (key: string, field: keyof Cost): number =>
    median((costs.get(key) ?? []).map((cost) => cost[field]));

  for (const client of clients) {
    const name = client === "ours" ? "our client" : "official Python client";
    const serial = `${client} serial`;
    const together = `${client} together`;
    row(
      `acquire + release, ${name}, serial`,
      `${count(typical(serial, "serialMicroseconds"))} us per call; CPU ${count(typical(serial, "clientCpuMicroseconds"))} us client, ${count(typical(serial, "daemonCpuMicroseconds"))} us daemon`,
    );
    row(
      `acquire + release, ${name}, ${loads[client].label}`,
      `${count(typical(together, "perSecond"))} calls/s; CPU ${count(typical(together, "clientCpuMicroseconds"))} us client, ${count(typical(together, "daemonCpuMicroseconds"))} us daemon`,
    );
  }
  if (clients.length < 2) {
    row("the official Python client", "no Python here");
    return;
  }
  const ratio = (field: keyof Cost, kind: string): number =>
    typical(`ours ${kind}`, field) / typical(`python ${kind}`, field);
  judge("serial time, ours / Python", ratio("serialMicroseconds", "serial"), "atMost");
  judge("serial client CPU, ours / Python", ratio("clientCpuMicroseconds", "serial"), "atMost");
  judge("client CPU together, ours / Python", ratio("clientCpuMicroseconds", "together"), "atMost");
  judge("calls/s together, ours / Python", ratio("perSecond", "together"), "atLeast");
}

function judge(what: string, value: number, bound: "atMost" | "atLeast"): void {
  const target = bound === "atMost" ? { atMost: 1 } : { atLeast: 1 };
  row(what, value.toFixed(2), { value, target });
}
