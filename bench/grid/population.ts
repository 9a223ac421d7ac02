// A full house: 10,000 agents and 100,000 tasks (`BENCH_TASKS`). How long one looks through it, what it takes in memory, and how soon
// it is back.

import { GridClient } from "@x/grid";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { agentOf, type BenchAgent, inParallel, newSeeds, register, sendTask } from "./agents.ts";
import { type GridServer, startGrid } from "./server.ts";

const nodes = 10_000;
const tasks = Number(process.env.BENCH_TASKS ?? 100_000);
/** Tasks of one agent that has a hand in everything: a fifth of all. */
const ofTheBusyOne = tasks / 5;
const looks = 200;
const words =
  "analyzes translates paints counts reads writes plans reviews finds sells financial german walls words reports drafts trips code data goods".split(
    " ",
  );

export async function measurePopulation(): Promise<void> {
  using store = storeDirectory("grid");
  const agents = newSeeds(nodes).map(agentOf);
  const busy = agentAt(agents, 0);
  {
    await using server = await startGrid([store.flag]);
    const begin = performance.now();
    await fill(server, agents);
    const took = (performance.now() - begin) / 1_000;
    await memoryRow(server, `in ${count(took)} s`);
    await using client = new GridClient({ url: server.url, identity: busy.seed });
    for (const [where, offset] of [["first", 0] as const, ["middle", ofTheBusyOne / 2] as const]) {
      await lookRow(`task/list, the ${where} 100 of ${count(ofTheBusyOne)}`, 20, async () => {
        await client.listTasks({ limit: 100, offset });
      });
    }
    await lookRow("task/list, a state that few have", 20, async () => {
      await client.listTasks({ limit: 100, state: "rejected" });
    });
    await lookRow(`search among ${count(nodes)}`, 30, async (index) => {
      await client.search(`${wordAt(index)} ${wordAt(index + 7)} ${wordAt(index + 11)}`, { limit: 100 });
    });
    await server.stop("SIGKILL");
  }
  await startRow(store.flag, "killed");
  await startRow(store.flag, "stopped");
}

async function fill({ url }: GridServer, agents: readonly BenchAgent[]): Promise<void> {
  await register(url, agents, (index) => `${wordAt(index)} ${wordAt(index + 3)} and ${wordAt(index * 7)}`);
  await inParallel(url, tasks, (index) => {
    const from = agentAt(agents, index % 5 === 0 ? 0 : index);
    const to = agentAt(agents, index + 1 + (index % 97));
    return sendTask(url, from, from === to ? agentAt(agents, 1).nodeId : to.nodeId, { checkIn: null });
  });
}

/** Starts the server on what is there, as the one before left it. */
async function startRow(flag: string, left: string): Promise<void> {
  const begin = performance.now();
  await using server = await startGrid([flag]);
  const readyMs = performance.now() - begin;
  row(`start from the data directory of a server that was ${left}`, `${count(readyMs)} ms`, {
    value: readyMs,
    target: { atMost: 2_000, unit: " ms" },
  });
  await memoryRow(server, "after a start");
}

async function memoryRow({ usage }: GridServer, when: string): Promise<void> {
  const residentMb = usage.residentMb();
  row(
    `memory, ${count(nodes)} agents and ${count(tasks)} tasks, ${when}`,
    `${count(residentMb)} MB, ${count(usage.peakMb())} MB at most`,
    { value: residentMb, target: { atMost: 600, unit: " MB" } },
  );
}

async function lookRow(
  what: string,
  atMostMs: number,
  look: (index: number) => Promise<void>,
): Promise<void> {
  const timesMs: number[] = [];
  for (let index = -looks / 4; index < looks; index += 1) {
    const begin = performance.now();
    await look(Math.abs(index));
    if (index >= 0) {
      timesMs.push(performance.now() - begin);
    }
  }
  const p50Ms = quantile(timesMs, 0.5);
  row(what, `p50 ${count(p50Ms)} ms, p99 ${count(quantile(timesMs, 0.99))} ms`, {
    value: p50Ms,
    target: { atMost: atMostMs, unit: " ms p50" },
  });
}

const wordAt = (index: number): string => words[index % words.length] ?? "";

function agentAt(agents: readonly BenchAgent[], index: number): BenchAgent {
  const agent = agents[index % agents.length];
  if (agent === undefined) {
    throw new Error("there are no agents");
  }
  return agent;
}
