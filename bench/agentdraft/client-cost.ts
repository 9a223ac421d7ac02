// What a call costs the client: commit and cancel in turn with ours and with the official Python client, on one server.

import { join } from "node:path";
import { runForJson } from "../shared/programs.ts";
import { preparePython } from "../shared/python.ts";
import { median } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { createAgents, startDraft } from "./calendar.ts";

interface Load {
  readonly calls: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const here = import.meta.dirname;
const rounds = 3;
const calls = 2_000;

export async function measureClients(): Promise<void> {
  const python = preparePython("agentdraft", ["agentdraft==0.1.3"]);
  await using server = await startDraft(["--arbitration-ms=0"]);
  const costs: { ours: Load[]; python: Load[] } = { ours: [], python: [] };
  const measure = async (command: string, program: string): Promise<Load> => {
    // A calendar of its own each time: cancelled bookings leave their slots free, but their history grows.
    const [agent] = await createAgents(server.url, 1);
    return await runForJson<Load>(command, [join(here, program), server.url, agent?.apiKey ?? "", calls]);
  };
  for (let round = 0; round < rounds; round += 1) {
    costs.ours.push(await measure(process.execPath, "client-load.ts"));
    if (python !== undefined) {
      costs.python.push(await measure(python, "client-load.py"));
    }
  }
  const cpu = (loads: readonly Load[]): number =>
    median(loads.map(({ cpuSeconds, calls: made }) => (cpuSeconds / made) * 1e6));
  const time = (loads: readonly Load[]): number =>
    median(loads.map(({ seconds, calls: made }) => (seconds / made) * 1e6));
  row(
    "commit and cancel, our client, serial",
    `${count(time(costs.ours))} us per call, CPU ${count(cpu(costs.ours))} us`,
  );
  if (python === undefined) {
    row("the official Python client", "no Python here");
    return;
  }
  row(
    "commit and cancel, official Python client, serial",
    `${count(time(costs.python))} us per call, CPU ${count(cpu(costs.python))} us`,
  );
  const ratio = cpu(costs.ours) / cpu(costs.python);
  row("client CPU per call, ours / Python", ratio.toFixed(2), { value: ratio, target: { atMost: 0.5 } });
}
