// The decision table once more, as slow and as plain as it can be: a list of bookings, looked through from end to end.
import type { BookingStatus } from "../../src/local/rules/model/views.ts";

const bucketMs = 5 * 60_000;

export interface ModelBooking {
  readonly id: string;
  readonly agent: number;
  readonly rank: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly beforeMin: number;
  readonly afterMin: number;
  readonly bornMs: number;
  /** Commits only. */
  readonly frozenMs: number;
  /** Holds only. */
  readonly endsMs: number;
  status: BookingStatus;
}

export interface ModelRequest {
  readonly id: string;
  readonly mode: "commit" | "hold";
  readonly agent: number;
  readonly rank: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly beforeMin: number;
  readonly afterMin: number;
  readonly bumpMs: number;
  readonly holdMs: number;
}

export type ModelAnswer = { readonly done: string } | { readonly lost: string; readonly winner: string };

type Timed = Pick<ModelBooking, "startMs" | "endMs" | "beforeMin" | "afterMin">;

/** Every bucket that is touched, one by one. */
function buckets({ startMs, endMs, beforeMin, afterMin }: Timed): Set<number> {
  const touched = new Set<number>();
  for (let ms = startMs - beforeMin * 60_000; ms < endMs + afterMin * 60_000; ms += 60_000) {
    touched.add(Math.floor(ms / bucketMs));
  }
  return touched;
}

export interface Model {
  readonly bookings: readonly ModelBooking[];
  write(request: ModelRequest, nowMs: number): ModelAnswer;
  /** Release or cancel by the owner. */
  end(id: string, nowMs: number): void;
  expire(nowMs: number): void;
  /** Fails if two live bookings share a bucket. */
  overbooked(): string | undefined;
}

export function createModel(): Model {
  const bookings: ModelBooking[] = [];
  const live = (): ModelBooking[] =>
    bookings.filter(({ status }) => status === "HOLD" || status === "COMMITTED");

  const expire = (nowMs: number): void => {
    for (const booking of bookings) {
      if (booking.status === "HOLD" && nowMs >= booking.endsMs) {
        booking.status = "EXPIRED";
      }
    }
  };

  /** The table of section 3.2, a line each. */
  const verdict = (request: ModelRequest, blocker: ModelBooking, nowMs: number): string | undefined => {
    const own = blocker.agent === request.agent;
    const warm = nowMs < blocker.frozenMs;
    const stronger = request.rank < blocker.rank;
    const same = request.rank === blocker.rank;
    if (request.mode === "commit" && blocker.status === "HOLD") {
      return own || stronger || same ? undefined : "held";
    }
    if (request.mode === "commit") {
      if (own) return "own_booking";
      if (!warm) return "frozen";
      if (same) return "tie";
      return stronger ? undefined : "outranked";
    }
    if (blocker.status === "HOLD") {
      return !own && stronger ? undefined : "held";
    }
    if (own) return "own_booking";
    return warm ? "outranked" : "frozen";
  };

  return {
    bookings,
    expire,

    write(request: ModelRequest, nowMs: number): ModelAnswer {
      expire(nowMs);
      const wanted = buckets(request);
      const blockers = live().filter((booking) => [...buckets(booking)].some((bucket) => wanted.has(bucket)));
      const lost = blockers
        .map((blocker) => ({ blocker, reason: verdict(request, blocker, nowMs) }))
        .filter(({ reason }) => reason !== undefined)
        .sort(
          ({ blocker: a }, { blocker: b }) =>
            a.rank - b.rank || a.bornMs - b.bornMs || (a.id < b.id ? -1 : 1),
        );
      const [worst] = lost;
      if (worst !== undefined) {
        return { lost: worst.reason ?? "", winner: worst.blocker.id };
      }
      const promoted = blockers.find(
        ({ status, agent, startMs, endMs }) =>
          request.mode === "commit" &&
          status === "HOLD" &&
          agent === request.agent &&
          startMs === request.startMs &&
          endMs === request.endMs,
      );
      for (const blocker of blockers) {
        if (blocker.status === "COMMITTED") {
          blocker.status = "EVICTED";
        } else {
          blocker.status = blocker.agent === request.agent ? "CONSUMED" : "INVALIDATED";
        }
      }
      const id = promoted?.id ?? request.id;
      if (promoted !== undefined) {
        bookings.splice(bookings.indexOf(promoted), 1);
      }
      const { agent, rank, startMs, endMs, beforeMin, afterMin } = request;
      bookings.push({
        id,
        agent,
        rank,
        startMs,
        endMs,
        beforeMin,
        afterMin,
        bornMs: nowMs,
        frozenMs: nowMs + request.bumpMs,
        endsMs: nowMs + request.holdMs,
        status: request.mode === "commit" ? "COMMITTED" : "HOLD",
      });
      return { done: id };
    },

    end(id: string, nowMs: number): void {
      expire(nowMs);
      for (const booking of bookings) {
        if (booking.id === id && booking.status === "HOLD") {
          booking.status = "RELEASED";
        } else if (booking.id === id && booking.status === "COMMITTED") {
          booking.status = "CANCELLED";
        }
      }
    },

    overbooked(): string | undefined {
      const holders = new Map<number, string>();
      for (const booking of live()) {
        for (const bucket of buckets(booking)) {
          const holder = holders.get(bucket);
          if (holder !== undefined) {
            return `${holder} and ${booking.id} share bucket ${bucket}`;
          }
          holders.set(bucket, booking.id);
        }
      }
      return undefined;
    },
  };
}
