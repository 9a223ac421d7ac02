// A long history: a server that has stored 1,000,000 events (`BENCH_EVENTS`), how soon it is back, and its memory.

import { count, row } from "../shared/report.ts";
import { storeDirectory } from "../shared/store-directory.ts";
import { type BenchAgent, channelPost, message, register, sendTogether } from "./agents.ts";
import { startOpenAgents } from "./server.ts";

const events = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const agents = 20;
const atOnce = 1_000;

export async function measureHistory(): Promise<void> {
  using store = storeDirectory("openagents");
  {
    await using server = await startOpenAgents([store.flag]);
    const begin = performance.now();
    await fill(server.url, await register(server.url, "history", agents));
    row(`${count(events)} events are stored`, `in ${count((performance.now() - begin) / 1_000)} s`);
    memoryRow("with them", server.usage.residentMb(), server.usage.peakMb());
    await server.stop("SIGKILL");
  }
  for (const left of ["killed", "stopped"]) {
    const begin = performance.now();
    await using server = await startOpenAgents([store.flag]);
    const readyMs = performance.now() - begin;
    row(`start on what a server left that was ${left}`, `${count(readyMs)} ms`, {
      value: readyMs,
      target: { atMost: 2_000, unit: " ms" },
    });
    memoryRow("after the start", server.usage.residentMb(), server.usage.peakMb());
  }
}

/** Messages between two and posts to all in turns, as many of these as of those. */
async function fill(url: string, members: readonly BenchAgent[]): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      while (next < events) {
        next += atOnce;
        const turn = next / atOnce;
        const from = members[turn % agents];
        const to = members[(turn + 7) % agents];
        if (from === undefined || to === undefined) {
          throw new Error("there are agents");
        }
        await sendTogether(
          url,
          from,
          Array.from({ length: atOnce }, (_, index) =>
            index % 20 === 0
              ? channelPost(from.id)
              : message(from.id, to.id, { index, text: "Is the report there?" }),
          ),
        );
      }
    }),
  );
}

function memoryRow(when: string, residentMb: number, peakMb: number): void {
  row(`memory ${when}`, `${count(residentMb)} MB, ${count(peakMb)} MB at most`, {
    value: residentMb,
    target: { atMost: 600, unit: " MB" },
  });
}
