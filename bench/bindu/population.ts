// A full house: 200 agents in one core with 50 running tasks each; what it answers then, and its memory.

import { randomUUID } from "node:crypto";
import { quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { anyUrl, sendBody, startCoreProcess, startHandler } from "./server.ts";

const agents = 200;
const tasksOfAgent = 50;
const looks = 3;

export async function measurePopulation(): Promise<void> {
  await using core = await startCoreProcess(["--handler-timeout-seconds=3600"]);
  const urls = Array.from({ length: agents }, () => anyUrl);
  await using handler = await startHandler({ core: core.address, kind: "hold", urls });
  row(`memory with ${agents} agents`, `${count(core.usage.residentMb())} MB`);
  const states = new Set<string>();
  for (const url of handler.urls) {
    const sends = Array.from({ length: tasksOfAgent }, () => post(url, sendBody(randomUUID(), false)));
    for (const answer of await Promise.all(sends)) {
      states.add(/"state":"([^"]+)"/.exec(answer)?.[1] ?? answer);
    }
  }
  row(`${count(agents * tasksOfAgent)} tasks that run`, `all sends were answered: ${[...states].join()}`);
  for (const [what, path] of [
    ["/health", "/health"],
    ["cards", "/.well-known/agent.json"],
    ["A2A cards", "/.well-known/agent-card.json"],
  ] as const) {
    const timesMs: number[] = [];
    for (let look = 0; look < looks; look += 1) {
      for (const url of handler.urls) {
        const begin = performance.now();
        const answer = await fetch(`${url}${path}`);
        await answer.text();
        timesMs.push(performance.now() - begin);
        if (answer.status !== 200) {
          throw new Error(`${url}${path} answered ${answer.status}`);
        }
      }
    }
    const p99Ms = quantile(timesMs, 0.99);
    row(`${what} of all agents, p99`, `${count(p99Ms)} ms, p50 ${count(quantile(timesMs, 0.5))} ms`, {
      value: p99Ms,
      target: { atMost: 50, unit: " ms" },
    });
  }
  const memoryMb = core.usage.residentMb();
  row("memory with all tasks", `${count(memoryMb)} MB`, {
    value: memoryMb,
    target: { atMost: 500, unit: " MB" },
  });
}

async function post(url: string, body: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  return await (await fetch(url, { method: "POST", headers, body })).text();
}
