// Numbers of the last hour: read at a steady pace into a ring that never grows, for charts.
import { type Clock, systemClock } from "../../../clock.ts";

/** Settings of {@link startSamples}. */
export interface SamplesOptions<Name extends string> {
  /**
   * Reads each number once. Must not throw. For a rate, see {@link perSecond}.
   */
  readonly read: Readonly<Record<Name, () => number>>;
  /** Between two readings, in milliseconds. @default 2_000 */
  readonly everyMs?: number;
  /** Readings that are kept. @default 1_800, which with the default pace is an hour */
  readonly keep?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** The readings so far. */
export interface Samples<Name extends string> {
  readonly everyMs: number;
  /** The readings of a number, oldest first, at most `keep` of them. */
  of(name: Name): Float64Array;
  /** How many readings were taken since the start: the number of the reading after the newest. */
  readonly taken: number;
  /** Ends the readings. Idempotent. */
  close(): void;
}

/** Starts to read. The timer keeps no process alive. */
export function startSamples<Name extends string>({
  read,
  everyMs = 2_000,
  keep = 1_800,
  clock = systemClock,
}: SamplesOptions<Name>): Samples<Name> {
  const rings = new Map<string, { readonly read: () => number; readonly ring: Float64Array }>();
  for (const [name, reader] of Object.entries<() => number>(read)) {
    rings.set(name, { read: reader, ring: new Float64Array(keep) });
  }
  let taken = 0;
  const take = (): void => {
    for (const each of rings.values()) {
      each.ring[taken % keep] = each.read();
    }
    taken += 1;
    timer = clock.setTimer(everyMs, take, { ref: false });
  };
  let timer = clock.setTimer(everyMs, take, { ref: false });
  return {
    everyMs,
    of(name) {
      const ring = rings.get(name)?.ring ?? new Float64Array(0);
      if (taken <= keep) {
        return ring.slice(0, taken);
      }
      const oldest = taken % keep;
      const ordered = new Float64Array(keep);
      ordered.set(ring.subarray(oldest));
      ordered.set(ring.subarray(0, oldest), keep - oldest);
      return ordered;
    },
    get taken() {
      return taken;
    },
    close: () => timer.cancel(),
  };
}

/** Turns a total that only grows into what it grew by per second since the last reading. */
export function perSecond(total: () => number, clock: Clock = systemClock): () => number {
  let last = total();
  let lastAt = clock.now().mono;
  return () => {
    const value = total();
    const at = clock.now().mono;
    const seconds = (at - lastAt) / 1_000;
    const rate = seconds <= 0 ? 0 : Math.max(0, value - last) / seconds;
    last = value;
    lastAt = at;
    return rate;
  };
}
