// What a call costs a client: one program with our client and one with a client in Python, serial, in turns, on one server.

import { runForJson } from "./programs.ts";
import { median } from "./quantiles.ts";
import { count, row } from "./report.ts";

interface Cost {
  readonly calls: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const rounds = 3;

/** Two programs of the same work; each prints its calls, their seconds and its own processor seconds. */
export interface ClientPrograms {
  /** What they do. */
  readonly what: string;
  readonly ours: string;
  readonly peer: { readonly name: string; readonly python: string | undefined; readonly program: string };
  /** Ours may cost so much of the peer's. @default 0.5 */
  readonly atMost?: number;
  /** What a program is given; asked for anew for each run. */
  readonly args: () => Promise<readonly (string | number)[]>;
  /** Whether the time of a call counts, instead of the client's processor time. @default false */
  readonly isJudgedByTime?: boolean;
}

/** Rows of the processor time per call, and of ours beside the peer's. */
export async function compareClients({
  what,
  ours,
  peer,
  atMost = 0.5,
  args,
  isJudgedByTime = false,
}: ClientPrograms): Promise<void> {
  const costs: { ours: Cost[]; peer: Cost[] } = { ours: [], peer: [] };
  for (let round = 0; round < rounds; round += 1) {
    costs.ours.push(await runForJson<Cost>(process.execPath, [ours, ...(await args())]));
    if (peer.python !== undefined) {
      costs.peer.push(await runForJson<Cost>(peer.python, [peer.program, ...(await args())]));
    }
  }
  const cpu = (runs: readonly Cost[]): number =>
    median(runs.map(({ cpuSeconds, calls }) => (cpuSeconds / calls) * 1e6));
  const time = (runs: readonly Cost[]): number =>
    median(runs.map(({ seconds, calls }) => (seconds / calls) * 1e6));
  const describe = (runs: readonly Cost[]): string =>
    `${count(time(runs))} us per call, CPU ${count(cpu(runs))} us`;
  row(`${what}, our client, serial`, describe(costs.ours));
  if (peer.python === undefined) {
    row(peer.name, "no Python here");
    return;
  }
  row(`${what}, ${peer.name}, serial`, describe(costs.peer));
  const [judged, measure] = isJudgedByTime ? (["time", time] as const) : (["client CPU", cpu] as const);
  const ratio = measure(costs.ours) / measure(costs.peer);
  row(`${judged} per call, ours / Python`, ratio.toFixed(2), { value: ratio, target: { atMost } });
}
