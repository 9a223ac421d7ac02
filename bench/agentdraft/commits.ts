// Commits per second over HTTP: in memory and durable, on one calendar and on sixteen, beside an empty handler on the same
// HTTP stack.

import { join } from "node:path";
import { startServer } from "../shared/daemon.ts";
import { describeLoad, type Load, ratioRow, runLoad } from "../shared/load.ts";
import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { createAgents, type DraftServer, startDraft } from "./calendar.ts";
import type { LoadTarget } from "./post-load.ts";

const callers = 32;
const turns = 10;
const here = import.meta.dirname;

export async function measureCommits(spanMs: number): Promise<void> {
  await compareWithEmpty(spanMs);
  for (const [calendars, durable] of [
    [1, false],
    [16, false],
    [16, true],
  ] as const) {
    await withServer(durable, async (server) => {
      const [load] = await post(spanMs, [await bookings(server, calendars)]);
      row(nameOf(calendars, durable), describeLoad(load));
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
    row(`empty POST handler on the same stack, ${callers} callers`, describeLoad(emptied));
    row(nameOf(1, true), describeLoad(committed));
    const { perSecond, p99Ms } = committed;
    row("durable commits per second", count(perSecond), {
      value: perSecond,
      target: { atLeast: 5_000, unit: "/s" },
    });
    row("p99 of durable commits", `${count(p99Ms)} ms`, {
      value: p99Ms,
      target: { atMost: 20, unit: " ms" },
    });
    ratioRow("durable commits / empty handler", committed, emptied, { atLeast: 0.5 });
  });
}

const nameOf = (calendars: number, durable: boolean): string =>
  `commits, ${durable ? "durable" : "in memory"}, ${calendars === 1 ? "one calendar" : "16 calendars"}, ${callers} callers, W = 0`;

async function withServer(durable: boolean, work: (server: DraftServer) => Promise<void>): Promise<void> {
  using store = storeDirectory("agentdraft");
  await using server = await startDraft(["--arbitration-ms=0", ...(durable ? [store.flag] : [])]);
  await work(server);
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
  return runLoad(join(here, "post-load.ts"), { callers, sliceMs: spanMs / turns, slices: turns }, targets);
}
