// What is queued for an agent, fetched over any transport: at once, waiting, with acknowledgement, or as a stream.
import { randomUUID } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import type { CommandOf, Polled } from "../../rules/model/commands.ts";
import { isRefusal, type Refusal } from "../../rules/model/refusal.ts";
import type { Surface } from "../context.ts";
import { eventJson, overflowJson } from "./event-json.ts";

/** Events of one answer, as texts. */
export interface Fetched {
  readonly events: readonly string[];
  /** The place of each, which a stream acknowledges by. */
  readonly places: readonly number[];
  readonly next: number;
  readonly ended: boolean;
}

/** So many events are written before others have their turn: an answer may have tens of thousands. */
const writtenAtOnce = 1_000;

/** What a poll may leave open. */
export type PollOptions = Partial<Omit<CommandOf<"poll">, "type" | "agentId" | "secretHash">>;

export async function fetchEvents(
  { engine, metrics }: Surface,
  agentId: string,
  secretHash: string,
  { limit = Number.POSITIVE_INFINITY, ack = null, waitMs = 0, stream = null }: PollOptions = {},
  signal?: AbortSignal,
): Promise<Fetched | Refusal> {
  const startedAt = performance.now();
  const polled = await engine.run<"poll">(
    { type: "poll", agentId, secretHash, limit, ack, waitMs, stream },
    signal === undefined ? {} : { signal },
  );
  if (isRefusal(polled)) {
    metrics.countAuthFailure();
    return polled;
  }
  metrics.timePoll(waitMs > 0 ? 0 : performance.now() - startedAt);
  return await written(
    agentId,
    polled,
    engine.peek(({ prefix }) => prefix),
    engine.now().wall,
  );
}

async function written(agentId: string, polled: Polled, prefix: string, nowMs: number): Promise<Fetched> {
  const events: string[] = [];
  const places: number[] = [];
  if (polled.dropped > 0) {
    events.push(overflowJson(agentId, polled, randomUUID(), nowMs));
    places.push((polled.entries[0]?.seq ?? polled.next + 1) - 1);
  }
  for (const [index, entry] of polled.entries.entries()) {
    if (index > 0 && index % writtenAtOnce === 0) {
      await setImmediate();
    }
    events.push(eventJson(prefix, agentId, entry));
    places.push(entry.seq);
  }
  return { events, places, next: polled.next, ended: polled.ended };
}
