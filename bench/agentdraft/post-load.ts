// Callers that post one booking after the other over kept connections, to several servers in turns: `post-load.ts PLAN`.

import type { LoadTimes } from "../shared/load.ts";
import { type PostTarget, postInTurns } from "../shared/post-load.ts";

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

function postsTo({ url, warmKeys, keys, forgets = false }: LoadTarget): PostTarget {
  let current = warmKeys;
  return {
    begin(isWarmUp) {
      current = isWarmUp ? warmKeys : keys;
    },
    next(caller) {
      const key = current[caller % current.length] ?? "";
      return { url, headers: { authorization: `Bearer ${key}` }, body: nextBooking(key, forgets) };
    },
  };
}

const { targets, ...times } = JSON.parse(process.argv[2] ?? "") as LoadTimes & {
  readonly targets: readonly LoadTarget[];
};
await postInTurns(targets.map(postsTo), times);
