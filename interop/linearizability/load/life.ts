// What an agent of the load works with, from its registration to its end.
import { setTimeout as delay } from "node:timers/promises";
import type { AgentKeeperClient } from "@x/agentkeeper";
import { monotonicMicros } from "../recording.ts";
import type { FencedResource } from "./fenced-resource.ts";
import type { Random } from "./random.ts";
import type { Recorder } from "./recorder.ts";

export interface Life {
  readonly client: AgentKeeperClient;
  readonly agentId: string;
  readonly random: Random;
  readonly recorder: Recorder;
  readonly resource: FencedResource;
  /** Aborts when the agent is dead, has lived long enough, or the load ends. */
  readonly signal: AbortSignal;
}

/** The pace of a load: resolves early when the signal aborts. */
export async function think(
  random: Random,
  fromMs: number,
  toMs: number,
  signal: AbortSignal,
): Promise<void> {
  await delay(random.between(fromMs, toMs), undefined, { signal, ref: true }).catch(() => undefined);
}

/**
 * A hot name for a while: the same in all processes at the same time, and new after some seconds, so that one checked
 * history does not grow without bound. The names change at different times.
 */
export function hotName(kind: string, index: number, seconds: number): string {
  const shiftMicros = index * 2_700_000;
  return `${kind}${index}-${Math.floor((monotonicMicros() + shiftMicros) / (seconds * 1_000_000))}`;
}
