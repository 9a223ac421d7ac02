// Commits per second over HTTP: in memory and durable, on one calendar and on sixteen, beside an empty handler on the same
// HTTP stack.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startServerProcess } from "../shared/daemon.ts";
import { runForJson } from "../shared/programs.ts";
import { count, row } from "../shared/report.ts";
import { createAgents, startDraft } from "./calendar.ts";

interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const callers = 32;
const here = import.meta.dirname;
const work = join(here, "..", "..", ".work", "bench-agentdraft");

export async function measureCommits(spanMs: number): Promise<void> {
  const empty = await measureEmpty(spanMs);
  row(`empty POST handler on the same stack, ${callers} callers`, describe(empty));
  for (const calendars of [1, 16]) {
    for (const durable of [false, true]) {
      const load = await measure(spanMs, calendars, durable);
      const what = `commits, ${durable ? "durable" : "in memory"}, ${calendars === 1 ? "one calendar" : "16 calendars"}, ${callers} callers, W = 0`;
      row(what, describe(load));
      if (durable && calendars === 1) {
        row("durable commits per second", count(load.perSecond), {
          value: load.perSecond,
          target: { atLeast: 5_000, unit: "/s" },
        });
        row("p99 of durable commits", `${count(load.p99Ms)} ms`, {
          value: load.p99Ms,
          target: { atMost: 20, unit: " ms" },
        });
        const ratio = load.perSecond / empty.perSecond;
        row("durable commits / empty handler", ratio.toFixed(2), { value: ratio, target: { atLeast: 0.5 } });
      }
    }
  }
}

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
