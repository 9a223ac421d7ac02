// Callers that post one booking after the other over kept connections, to several servers in turns: `post-load.ts PLAN`.

import { Agent, request } from "node:http";
import { quantile } from "../shared/quantiles.ts";

/** Where a share of the load goes. */
export interface LoadTarget {
  readonly url: string;
  /** Of calendars that are filled before anything is measured, so that both sides are warm and the others empty. */
  readonly warmKeys: readonly string[];
  /** The callers' keys, one after the other. */
  readonly keys: readonly string[];
  /** Nothing is booked there, so that slots may come again. */
  readonly forgets?: boolean;
}

export interface LoadPlan {
  readonly callers: number;
  /** How long one target is posted to before it is the next one's turn, in milliseconds. */
  readonly sliceMs: number;
  readonly slices: number;
  readonly targets: readonly LoadTarget[];
}

/** What a target did in its slices. */
export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Calls per second of each slice. */
  readonly slices: readonly number[];
}

/** V8 has compiled everything that counts after some seconds of load. */
const warmSlices = 12;
const fiveMinutesMs = 300_000;
const firstSlot = Math.ceil((Date.now() + 86_400_000) / fiveMinutesMs);
/** Slots within the 365 days that can be booked; each calendar has its own. */
const slots = 104_000;
const used = new Map<string, number>();

function nextBooking(key: string, forgets: boolean): string {
  const next = used.get(key) ?? 0;
  used.set(key, next + 1);
  if (next >= slots && !forgets) {
    throw new Error("all slots of a year are taken; measure for a shorter time");
  }
  const index = next % slots;
  const start = new Date((firstSlot + index) * fiveMinutesMs);
  const end = new Date(start.getTime() + fiveMinutesMs);
  return JSON.stringify({ start: start.toISOString(), end: end.toISOString(), mode: "commit" });
}

function post(agent: Agent, { url, forgets = false }: LoadTarget, key: string): Promise<void> {
  const body = nextBooking(key, forgets);
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: "POST",
        agent,
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
        },
      },
      (response) => {
        response.resume();
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) {
            resolve();
          } else {
            reject(new Error(`HTTP ${status}`));
          }
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Posts for a while; answers the time of each call, and how long it took altogether. */
async function slice(
  agent: Agent,
  target: LoadTarget,
  keys: readonly string[],
): Promise<{ readonly timesMs: number[]; readonly tookMs: number }> {
  const timesMs: number[] = [];
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: plan.callers }, async (_, index) => {
      const key = keys[index % keys.length] ?? "";
      while (performance.now() - begin < plan.sliceMs) {
        const startedAt = performance.now();
        await post(agent, target, key);
        timesMs.push(performance.now() - startedAt);
      }
    }),
  );
  return { timesMs, tookMs: performance.now() - begin };
}

const plan = JSON.parse(process.argv[2] ?? "") as LoadPlan;
const running = plan.targets.map((target) => ({
  ...target,
  agent: new Agent({ keepAlive: true, maxSockets: plan.callers }),
  timesMs: [] as number[],
  slices: [] as number[],
  tookMs: 0,
}));
for (let turn = -warmSlices; turn < plan.slices; turn += 1) {
  for (const target of running) {
    const { agent, warmKeys, keys } = target;
    const { timesMs, tookMs } = await slice(agent, target, turn < 0 ? warmKeys : keys);
    if (turn >= 0) {
      target.timesMs.push(...timesMs);
      target.slices.push((timesMs.length / tookMs) * 1_000);
      target.tookMs += tookMs;
    }
  }
}
console.log(
  JSON.stringify(
    running.map(
      ({ timesMs, tookMs, slices }): Load => ({
        perSecond: (timesMs.length / tookMs) * 1_000,
        p50Ms: quantile(timesMs, 0.5),
        p99Ms: quantile(timesMs, 0.99),
        slices,
      }),
    ),
  ),
);
for (const { agent } of running) {
  agent.destroy();
}
