// The queue of an agent as server-sent events: each with its place, by which a reader that comes back acknowledges.
import type { SseEvent } from "@x/core/service";
import { isRefusal, type Refusal } from "../../rules/model/refusal.ts";
import type { Surface } from "../context.ts";
import { type Fetched, fetchEvents } from "./polling.ts";

/** How long a stream asks at a time, so that it shows in between that its agent is there. */
const turnMs = 15_000;

/** So many events it takes at a time. */
const mostAtOnce = 1_000;

/**
 * What lies so far back in a stream has arrived: no socket holds as much. It need not be acknowledged any more, or a stream that
 * lives for long would fill its agent's queue.
 */
const mostUnderwayBytes = 16 * 1024 * 1024;

/** A mark is set every so many bytes. */
const markBytes = 1024 * 1024;

let streams = 0;

/** Takes over from whoever waited for the events of this agent. */
export async function eventStream(
  surface: Surface,
  agentId: string,
  secretHash: string,
  lastEventId: number | undefined,
): Promise<((signal: AbortSignal) => AsyncGenerator<SseEvent, void>) | Refusal> {
  streams += 1;
  const id = streams;
  const first = await fetchEvents(surface, agentId, secretHash, {
    limit: mostAtOnce,
    ack: lastEventId ?? null,
    stream: { id, opens: true, after: lastEventId ?? null },
  });
  if (isRefusal(first)) {
    return first;
  }
  return async function* read(signal) {
    const underway = createUnderway();
    let fetched: Fetched | Refusal = first;
    while (!isRefusal(fetched) && !fetched.ended && !signal.aborted) {
      const { events, places, next } = fetched;
      for (const [index, data] of events.entries()) {
        yield { id: String(places[index] ?? next), data };
        underway.add(places[index] ?? next, data.length);
      }
      fetched = await fetchEvents(
        surface,
        agentId,
        secretHash,
        {
          limit: mostAtOnce,
          ack: underway.arrived(),
          waitMs: turnMs,
          stream: { id, opens: false, after: next },
        },
        signal,
      );
    }
  };
}

/** Counts what was written, and knows what must have been read by then. */
function createUnderway(): { add(place: number, bytes: number): void; arrived(): number | null } {
  const marks: { readonly place: number; readonly at: number }[] = [];
  let written = 0;
  let markedAt = 0;
  return {
    add(place, bytes) {
      written += bytes;
      if (written - markedAt >= markBytes) {
        markedAt = written;
        marks.push({ place, at: written });
      }
    },
    arrived() {
      let place: number | null = null;
      while (marks[0] !== undefined && written - marks[0].at >= mostUnderwayBytes) {
        place = marks.shift()?.place ?? null;
      }
      return place;
    },
  };
}
