// Callers that call one after the other, mostly posts over kept connections, several servers in turns: the frame of load programs.

import { Agent, request } from "node:http";
import type { Load, LoadTimes } from "./load.ts";
import { quantile } from "./quantiles.ts";

/** One request. */
export interface Post {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Where a share of the load goes. */
export interface PostTarget {
  /** Called before each slice; `isWarmUp` before those that are not measured. */
  begin(isWarmUp: boolean): void | Promise<void>;
  /** What a caller posts next; `undefined` ends the slice for it. */
  next(caller: number): Post | undefined;
  /** Whether an answer of 2xx is a good one; without it none is read. */
  isGood?(text: string): boolean;
}

/** Where a share of the load goes, whatever it goes over. */
export interface CallTarget {
  begin(isWarmUp: boolean): void | Promise<void>;
  /** Calls once; false ends the slice for the caller. @throws {Error} for an answer that is not a good one */
  call(caller: number): Promise<boolean>;
  end?(): void | Promise<void>;
}

/** Posts to all targets in turns and prints what each did. */
export function postInTurns(targets: readonly PostTarget[], times: LoadTimes): Promise<void> {
  return callInTurns(
    targets.map((target) => posting(target, times.callers)),
    times,
  );
}

/** Posts over connections that are kept. */
export function posting(target: PostTarget, callers: number): CallTarget {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  return {
    begin: (isWarmUp) => target.begin(isWarmUp),
    async call(caller) {
      const next = target.next(caller);
      if (next !== undefined) {
        await post(agent, next, target.isGood);
      }
      return next !== undefined;
    },
    end: () => agent.destroy(),
  };
}

/** Calls all targets in turns and prints what each did. */
export async function callInTurns(
  targets: readonly CallTarget[],
  { callers, sliceMs, slices, warmSlices = 12 }: LoadTimes,
): Promise<void> {
  const running = targets.map((target) => ({
    target,
    timesMs: [] as number[],
    slices: [] as number[],
    tookMs: 0,
    calls: 0,
  }));
  for (let turn = -warmSlices; turn < slices; turn += 1) {
    for (const each of running) {
      await each.target.begin(turn < 0);
      const { timesMs, tookMs } = await slice(each.target, callers, sliceMs);
      each.calls += timesMs.length;
      if (turn >= 0) {
        each.timesMs.push(...timesMs);
        each.slices.push((timesMs.length / tookMs) * 1_000);
        each.tookMs += tookMs;
      }
    }
  }
  const loads = running.map(({ timesMs, tookMs, slices: perSlice, calls }): Load => {
    return {
      perSecond: (timesMs.length / tookMs) * 1_000,
      p50Ms: quantile(timesMs, 0.5),
      p99Ms: quantile(timesMs, 0.99),
      slices: perSlice,
      calls,
    };
  });
  console.log(JSON.stringify(loads));
  for (const { target } of running) {
    await target.end?.();
  }
}

/** Calls for a while; answers the time of each call, and how long it took altogether. */
async function slice(
  target: CallTarget,
  callers: number,
  sliceMs: number,
): Promise<{ readonly timesMs: number[]; readonly tookMs: number }> {
  const timesMs: number[] = [];
  const begin = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (performance.now() - begin < sliceMs) {
        const startedAt = performance.now();
        if (!(await target.call(caller))) {
          break;
        }
        timesMs.push(performance.now() - startedAt);
      }
    }),
  );
  return { timesMs, tookMs: performance.now() - begin };
}

/** Posts once. @throws {Error} for an answer that is not a good one */
export function post(
  agent: Agent,
  { url, headers, body }: Post,
  isGood?: (text: string) => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: "POST",
        agent,
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          ...headers,
        },
      },
      (response) => {
        let text = "";
        if (isGood === undefined) {
          response.resume();
        } else {
          response.setEncoding("utf8").on("data", (piece: string) => {
            text += piece;
          });
        }
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300 && isGood?.(text) !== false) {
            resolve();
          } else {
            reject(new Error(`HTTP ${status} ${text}`));
          }
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
