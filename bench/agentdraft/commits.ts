// Commits per second over HTTP: in memory and durable, on one calendar and on sixteen, beside an empty handler on the same
// HTTP stack.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startServerProcess } from "../shared/daemon.ts";
import { runForJson } from "../shared/programs.ts";
import { median } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { createAgents, startDraft } from "./calendar.ts";

interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const callers = 32;
const turns = Number(process.env.BENCH_ROUNDS ?? 5);
const here = import.meta.dirname;
const work = join(here, "..", "..", ".work", "bench-agentdraft");

export async function measureCommits(spanMs: number): Promise<void> {
  await compareWithEmpty(spanMs);
  for (const [calendars, durable] of [
    [1, false],
    [16, false],
    [16, true],
  ] as const) {
    row(nameOf(calendars, durable), describe(await measure(spanMs, calendars, durable)));
  }
}

/** In turns, for the machine is faster at one time than at another; of figures and of the ratios within a turn the median counts. */
async function compareWithEmpty(spanMs: number): Promise<void> {
  const empties: Load[] = [];
  const commits: Load[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    empties.push(await measureEmpty(spanMs));
    commits.push(await measure(spanMs, 1, true));
  }
  row(`empty POST handler on the same stack, ${callers} callers`, describe(typical(empties)));
  row(nameOf(1, true), describe(typical(commits)));
  const { perSecond, p99Ms } = typical(commits);
  row("durable commits per second", count(perSecond), {
    value: perSecond,
    target: { atLeast: 5_000, unit: "/s" },
  });
  row("p99 of durable commits", `${count(p99Ms)} ms`, {
    value: p99Ms,
    target: { atMost: 20, unit: " ms" },
  });
  const ratios = commits.map((load, turn) => load.perSecond / (empties[turn]?.perSecond ?? Number.NaN));
  const ratio = median(ratios);
  row(
    "durable commits / empty handler",
    `${ratio.toFixed(2)} (turns: ${ratios.map((each) => each.toFixed(2)).join(", ")})`,
    {
      value: ratio,
      target: { atLeast: 0.5 },
    },
  );
}

function typical(loads: readonly Load[]): Load {
  const middle = (field: keyof Load): number => median(loads.map((load) => load[field]));
  return { perSecond: middle("perSecond"), p50Ms: middle("p50Ms"), p99Ms: middle("p99Ms") };
}

const nameOf = (calendars: number, durable: boolean): string =>
  `commits, ${durable ? "durable" : "in memory"}, ${calendars === 1 ? "one calendar" : "16 calendars"}, ${callers} callers, W = 0`;

function describe({ perSecond, p50Ms, p99Ms }: Load): string {
  return `${count(perSecond)}/s, p50 ${count(p50Ms)} ms, p99 ${count(p99Ms)} ms`;
}

async function measure(spanMs: number, calendars: number, durable: boolean): Promise<Load> {
  mkdirSync(work, { recursive: true });
  const directory = mkdtempSync(join(work, "store-"));
  try {
    await using server = await startDraft([
      "--arbitration-ms=0",
      ...(durable ? [`--data-dir=${directory}`] : []),
    ]);
    const keys: string[] = [];
    for (let calendar = 0; calendar < calendars; calendar += 1) {
      const [agent] = await createAgents(server.url, 1);
      keys.push(agent?.apiKey ?? "");
    }
    return await post(`${server.url}/v1/bookings`, spanMs, keys, "commit");
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function measureEmpty(spanMs: number): Promise<Load> {
  await using server = await startServerProcess(join(here, "empty-server.ts"), []);
  const url = `http://${/http=(\S+)/.exec(server.readyLine)?.[1]}/empty`;
  return await post(url, spanMs, ["none"], "empty");
}

function post(url: string, spanMs: number, keys: readonly string[], kind: string): Promise<Load> {
  const program = join(here, "post-load.ts");
  return runForJson<Load>(process.execPath, [program, url, callers, spanMs, keys.join(","), kind]);
}
