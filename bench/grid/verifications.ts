// How many signed payloads one thread can let in per second, and two.

import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { count, row } from "../shared/report.ts";
import { newSeeds } from "./agents.ts";
import type { VerifyPlan } from "./verify-thread.ts";

const program = join(import.meta.dirname, "verify-thread.ts");

export async function measureVerifications(spanMs: number): Promise<void> {
  const [one = 0] = await inThreads(1, spanMs);
  row(
    "verifications, one thread: parse, canonical text, Ed25519",
    `${count(one)}/s, ${count(1e6 / one)} us each`,
  );
  const both = (await inThreads(2, spanMs)).reduce((sum, each) => sum + each, 0);
  row("verifications, two threads", `${count(both)}/s, ${(both / one).toFixed(2)} times one`);
}

function inThreads(threads: number, spanMs: number): Promise<number[]> {
  return Promise.all(
    newSeeds(threads).map(async (seed) => {
      const plan: VerifyPlan = { seed, spanMs };
      const [perSecond] = await once(new Worker(program, { workerData: plan }), "message");
      return Number(perSecond);
    }),
  );
}
