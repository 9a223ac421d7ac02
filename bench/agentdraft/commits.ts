// Commits per second over HTTP: in memory and durable, on one calendar and on sixteen, beside an empty handler on the same
// HTTP stack.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startServer } from "../shared/daemon.ts";
import { runForJson } from "../shared/programs.ts";
import { median, quantile } from "../shared/quantiles.ts";
import { count, row } from "../shared/report.ts";
import { createAgents, type DraftServer, startDraft } from "./calendar.ts";
import type { Load, LoadPlan, LoadTarget } from "./post-load.ts";

const callers = 32;
const turns = 10;
const here = import.meta.dirname;
const work = join(here, "..", "..", ".work", "bench-agentdraft");

export async function measureCommits(spanMs: number): Promise<void> {
  await compareWithEmpty(spanMs);
  for (const [calendars, durable] of [
    [1, false],
    [16, false],
    [16, true],
  ] as const) {
    await withServer(durable, async (server) => {
      const [load] = await post(spanMs, [await bookings(server, calendars)]);
      row(nameOf(calendars, durable), describe(load));
    });
  }
}

/** In turns, for the machine is faster at one time than at another; of the ratios within a turn the median counts. */
async function compareWithEmpty(spanMs: number): Promise<void> {
  await using empty = await startServer(join(here, "empty-server.ts"), []);
  await withServer(true, async (server) => {
    const url = `http://${/http=(\S+)/.exec(empty.readyLine)?.[1]}/empty`;
    const [emptied, committed] = await post(spanMs, [
      { url, warmKeys: ["warm"], keys: ["none"], forgets: true },
      await bookings(server, 1),
    ]);
    row(`empty POST handler on the same stack, ${callers} callers`, describe(emptied));
    row(nameOf(1, true), describe(committed));
    const { perSecond, p99Ms } = committed;
    row("durable commits per second", count(perSecond), {
      value: perSecond,
      target: { atLeast: 5_000, unit: "/s" },
    });
    row("p99 of durable commits", `${count(p99Ms)} ms`, {
      value: p99Ms,
      target: { atMost: 20, unit: " ms" },
    });
    const ratios = committed.slices.map((each, turn) => each / (emptied.slices[turn] ?? Number.NaN));
    row(
      `durable commits / empty handler, median of ${turns} turns`,
      `${median(ratios).toFixed(2)} (a tenth below ${quantile(ratios, 0.1).toFixed(2)}, a tenth above ${quantile(ratios, 0.9).toFixed(2)})`,
      { value: median(ratios), target: { atLeast: 0.5 } },
    );
  });
}

const nameOf = (calendars: number, durable: boolean): string =>
  `commits, ${durable ? "durable" : "in memory"}, ${calendars === 1 ? "one calendar" : "16 calendars"}, ${callers} callers, W = 0`;

function describe({ perSecond, p50Ms, p99Ms }: Load): string {
  return `${count(perSecond)}/s, p50 ${count(p50Ms)} ms, p99 ${count(p99Ms)} ms`;
}

async function withServer(durable: boolean, work: (server: DraftServer) => Promise<void>): Promise<void> {
  const directory = storeDirectory();
  try {
    await using server = await startDraft([
      "--arbitration-ms=0",
      ...(durable ? [`--data-dir=${directory}`] : []),
    ]);
    await work(server);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function storeDirectory(): string {
  mkdirSync(work, { recursive: true });
  return mkdtempSync(join(work, "store-"));
}

/** Agents of as many calendars, and of twice as many others to warm up with. */
async function bookings({ url }: DraftServer, calendars: number): Promise<LoadTarget> {
  const keysOf = async (): Promise<string[]> => {
    const keys: string[] = [];
    for (let calendar = 0; calendar < calendars; calendar += 1) {
      const [agent] = await createAgents(url, 1);
      keys.push(agent?.apiKey ?? "");
    }
    return keys;
  };
  return {
    url: `${url}/v1/bookings`,
    warmKeys: [...(await keysOf()), ...(await keysOf())],
    keys: await keysOf(),
  };
}

function post<Targets extends readonly LoadTarget[]>(
  spanMs: number,
  targets: readonly [...Targets],
): Promise<{ [Index in keyof Targets]: Load }> {
  const plan: LoadPlan = { callers, sliceMs: spanMs / turns, slices: turns, targets };
  return runForJson(process.execPath, [join(here, "post-load.ts"), JSON.stringify(plan)]);
}
