// Callers that post one request after the other over kept connections: `post-load.ts URL CALLERS MILLISECONDS KEYS KIND`.
// KIND `commit` books a fresh slot each time; `empty` posts an empty object to the URL itself.

import { Agent, request } from "node:http";
import { quantile } from "../shared/quantiles.ts";

const [url = "", callersText, spanText, keysText = "", kind] = process.argv.slice(2);
const callers = Number(callersText);
const spanMs = Number(spanText);
const keys = keysText.split(",");
const agent = new Agent({ keepAlive: true, maxSockets: callers });
const fiveMinutesMs = 300_000;
const firstSlot = Math.ceil((Date.now() + 86_400_000) / fiveMinutesMs);
/** Slots within the 365 days that can be booked; each calendar has its own. */
const slots = 100_000;
const used = new Map<string, number>();

function bodyFor(key: string): string {
  if (kind === "empty") {
    return "{}";
  }
  const index = used.get(key) ?? 0;
  if (index >= slots) {
    throw new Error("all slots of a year are taken");
  }
  used.set(key, index + 1);
  const start = new Date((firstSlot + index) * fiveMinutesMs);
  const end = new Date(start.getTime() + fiveMinutesMs);
  return JSON.stringify({ start: start.toISOString(), end: end.toISOString(), mode: "commit" });
}

function post(key: string): Promise<void> {
  const body = bodyFor(key);
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

async function load(forMs: number): Promise<{ calls: number; seconds: number; timesMs: number[] }> {
  const timesMs: number[] = [];
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async (_, index) => {
      const key = keys[index % keys.length] ?? "";
      while (performance.now() - begin < forMs) {
        const startedAt = performance.now();
        await post(key);
        timesMs.push(performance.now() - startedAt);
      }
    }),
  );
  return { calls: timesMs.length, seconds: (performance.now() - begin) / 1_000, timesMs };
}

await load(spanMs / 3);
const { calls, seconds, timesMs } = await load(spanMs);
console.log(
  JSON.stringify({
    perSecond: calls / seconds,
    p50Ms: quantile(timesMs, 0.5),
    p99Ms: quantile(timesMs, 0.99),
  }),
);
agent.destroy();
