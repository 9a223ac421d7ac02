// What durability costs: AgentKeeper with --data-dir beside etcd and beside a bare handler with the same kind of store, on
// the same disk, under the same load generator, in turns. `BENCH_SPAN_MS` is the time of each measurement, `BENCH_ROUNDS`
// how many turns there are; of figures and of the ratios within a turn the median counts.

import { clientDelayMs, etcdDelayMs, keeperDelayMs } from "./durable/delay.ts";
import { measureLoad, type Throughput } from "./durable/load.ts";
import { type Kind, registerAgent, startServer } from "./durable/servers.ts";
import { buildTools } from "./durable/tools.ts";
import { median } from "./shared/quantiles.ts";
import { beginTable, count, row } from "./shared/report.ts";

const spanSeconds = Number(process.env.BENCH_SPAN_MS ?? 10_000) / 1_000;
const turns = Number(process.env.BENCH_ROUNDS ?? 3);

const names: Readonly<Record<Kind, string>> = {
  etcd: "etcd 3.7, Put of 256 B",
  bare: "bare handler, one SQLite transaction per turn",
  ours: "AgentKeeper, AcquireLease",
};
const kinds: readonly Kind[] = ["etcd", "bare", "ours"];

export async function run(): Promise<void> {
  buildTools();
  beginTable("durable changes on one disk");
  for (const callers of [1, 16, 100]) {
    await compare(callers);
  }
  await compareDelays();
}

async function compare(callers: number): Promise<void> {
  const outcomes: Record<Kind, Throughput[]> = { etcd: [], bare: [], ours: [] };
  for (let turn = 0; turn < turns; turn += 1) {
    for (const kind of kinds) {
      // A fresh store each time, so that none works on a larger one than the others.
      await using server = await startServer(kind);
      outcomes[kind].push(await measureLoad(server, callers, spanSeconds));
    }
  }
  const typical = (kind: Kind, field: keyof Throughput): number =>
    median(outcomes[kind].map((outcome) => outcome[field]));
  const who = callers === 1 ? "1 caller" : `${callers} callers`;
  for (const kind of kinds) {
    const all = outcomes[kind].map((outcome) => count(outcome.perSecond)).join(", ");
    row(
      `${who}: ${names[kind]}`,
      `${count(typical(kind, "perSecond"))}/s, p99 ${count(typical(kind, "p99Ms"))} ms, CPU ${count(typical(kind, "serverMicroseconds"))} us (turns: ${all})`,
    );
  }
  for (const [peer, least] of [
    ["bare", 0.7],
    ["etcd", 0.5],
  ] as const) {
    const ratio = median(
      outcomes.ours.map(
        (outcome, turn) => outcome.perSecond / (outcomes[peer][turn]?.perSecond ?? Number.NaN),
      ),
    );
    row(`${who}: ours / ${peer}`, ratio.toFixed(2), { value: ratio, target: { atLeast: least } });
  }
}

async function compareDelays(): Promise<void> {
  const ours: number[] = [];
  const asUsed: number[] = [];
  const theirs: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    await using keeper = await startServer("ours");
    const agentId = await registerAgent(keeper.port);
    ours.push(await keeperDelayMs(keeper.port, agentId));
    asUsed.push(await clientDelayMs(keeper.port, agentId));
    await using etcd = await startServer("etcd");
    theirs.push(await etcdDelayMs(etcd.port));
  }
  row("etcd: put to watch event, p50", `${count(median(theirs))} ms`);
  row("AgentKeeper: durable acquire to watch event, p50", `${count(median(ours))} ms`, {
    value: median(ours),
    target: { atMost: 1.2, unit: " ms" },
  });
  row("the same through our client", `${count(median(asUsed))} ms`);
  const ratio = median(ours) / median(theirs);
  row("acquire to event, ours / etcd", ratio.toFixed(2), { value: ratio, target: { atMost: 1 } });
}
