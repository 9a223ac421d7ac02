// Whether an agent takes what is said to it: one that stays in the network and fetches nothing looks alive and is not.
import { type Markup, state } from "@x/core/service";
import type { Inhabitant } from "../workspace/encode.ts";

/** So long after its last fetch an agent counts as slow, and so long as one that does not listen. */
const slowMs = 10_000;
const deafMs = 60_000;

/** As one word: `listening`, `slow`, `not listening`, or for members of the workspace `online` and `offline`. */
export function fetchState({ fetchedMs, joinedMs, online }: Inhabitant, nowMs: number): Markup {
  if (fetchedMs === undefined) {
    return online ? state("online", "good") : state("offline", "quiet");
  }
  const ageMs = nowMs - (fetchedMs ?? joinedMs);
  if (ageMs < slowMs) {
    return state(fetchedMs === null ? "new" : "listening", "good");
  }
  return ageMs < deafMs ? state("slow", "warn") : state("not listening", "bad");
}
