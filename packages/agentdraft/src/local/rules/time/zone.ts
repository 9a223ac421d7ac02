// Local time of the owner: what the clocks of an IANA zone show at an instant, and back.
import { didYouMean, zoneNames } from "@x/core/service";

export interface LocalTime {
  /** Days since 1970-01-01, by the local date. */
  readonly day: number;
  /** Milliseconds since local midnight, by the local clock. */
  readonly msOfDay: number;
}

/** A time for which the local clock ran without a change, within one day. */
export interface LocalSpan {
  readonly day: number;
  /** Milliseconds since local midnight, by the local clock; the end is 86,400,000 at most. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface Zone {
  local(instantMs: number): LocalTime;
  /** The first instant at which the local clock shows a day, or a later one where it skips that day. */
  startOf(day: number): number;
  /** What the local clock shows from one instant to another: more than one span across midnight or a clock change. */
  spans(fromMs: number, untilMs: number): readonly LocalSpan[];
}

export const dayMs = 86_400_000;
const minuteMs = 60_000;
/** Days that one zone remembers: about three years. */
const daysKept = 1_000;
/** Zones that are remembered: there are more names than anybody needs. */
const zonesKept = 64;
/** No clock is further from UTC. */
export const farthestOffsetMs: number = 16 * 60 * minuteMs;

/** Why a name is no time zone that can be set: as IANA spells them, for clients look them up in that spelling. */
export function zoneProblem(name: string): string | undefined {
  if (!zoneNames.has(name)) {
    const lower = name.toLowerCase();
    // Among short names the nearest would be another place.
    const meant = [...zoneNames].filter((known) =>
      name.includes("/") ? known.includes("/") : known.toLowerCase() === lower,
    );
    return `expected a time zone of IANA such as Europe/Berlin, in that spelling${didYouMean(name, meant)}`;
  }
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return undefined;
  } catch {
    return `this server's runtime does not know the time zone ${name} yet`;
  }
}

const zones = new Map<string, Zone>();

/** @throws {RangeError} for a name that is no zone */
export function zoneOf(name: string): Zone {
  let zone = zones.get(name);
  if (zone === undefined) {
    zone = name === "UTC" ? createZone(() => 0) : createZone(offsetsOf(name));
    if (zones.size >= zonesKept) {
      zones.clear();
    }
    zones.set(name, zone);
  }
  return zone;
}

/** By how much the local clock is ahead of UTC at an instant. */
function offsetsOf(timeZone: string): (instantMs: number) => number {
  // Not `hour12: false`: that writes midnight as 24.
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (instantMs) => {
    const parts: { [part: string]: number } = {};
    for (const { type, value } of format.formatToParts(instantMs)) {
      parts[type] = Number(value);
    }
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - instantMs;
  };
}

/** A time for which the local clock is equally far ahead of UTC. */
interface Stretch {
  readonly untilMs: number;
  readonly aheadMs: number;
}

function createZone(offsetAt: (instantMs: number) => number): Zone {
  const known = new Map<number, readonly Stretch[]>();

  const stretchAt = (instantMs: number): Stretch => {
    const utcDay = Math.floor(instantMs / dayMs);
    let stretches = known.get(utcDay);
    if (stretches === undefined) {
      stretches = stretchesOf(offsetAt, utcDay * dayMs);
      if (known.size >= daysKept) {
        known.clear();
      }
      known.set(utcDay, stretches);
    }
    const stretch = stretches.find(({ untilMs }) => instantMs < untilMs);
    if (stretch === undefined) {
      throw new RangeError(`${instantMs} is no instant`);
    }
    return stretch;
  };

  return {
    local(instantMs: number): LocalTime {
      const shown = instantMs + stretchAt(instantMs).aheadMs;
      const day = Math.floor(shown / dayMs);
      return { day, msOfDay: shown - day * dayMs };
    },

    startOf(day: number): number {
      const midnight = day * dayMs;
      let fromMs = midnight - farthestOffsetMs;
      let stretch = stretchAt(fromMs);
      while (stretch.untilMs + stretch.aheadMs <= midnight) {
        fromMs = stretch.untilMs;
        stretch = stretchAt(fromMs);
      }
      return Math.max(fromMs, midnight - stretch.aheadMs);
    },

    spans(fromMs: number, untilMs: number): readonly LocalSpan[] {
      const spans: LocalSpan[] = [];
      for (let atMs = fromMs; atMs < untilMs; ) {
        const stretch = stretchAt(atMs);
        const shown = atMs + stretch.aheadMs;
        const day = Math.floor(shown / dayMs);
        const endMs = Math.min(stretch.untilMs, untilMs, (day + 1) * dayMs - stretch.aheadMs);
        const startMs = shown - day * dayMs;
        const last = spans.at(-1);
        // A day of UTC ends without a change of the local clock.
        const goesOn = last !== undefined && last.day === day && last.endMs === startMs;
        const span = { day, startMs: goesOn ? last.startMs : startMs, endMs: startMs + endMs - atMs };
        spans.splice(goesOn ? -1 : spans.length, 1, span);
        atMs = endMs;
      }
      return spans;
    },
  };
}

const secondMs = 1_000;

/** The stretches of a day of UTC. Clocks change at whole seconds, and not twice a day to and fro. */
function stretchesOf(offsetAt: (instantMs: number) => number, dayStartMs: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  const lastMs = dayStartMs + dayMs - secondMs;
  const lastAheadMs = offsetAt(lastMs);
  let fromMs = dayStartMs;
  let aheadMs = offsetAt(fromMs);
  while (aheadMs !== lastAheadMs) {
    let changedMs = lastMs;
    while (changedMs - fromMs > secondMs) {
      const middleMs = Math.floor((fromMs + changedMs) / 2 / secondMs) * secondMs;
      if (offsetAt(middleMs) === aheadMs) {
        fromMs = middleMs;
      } else {
        changedMs = middleMs;
      }
    }
    stretches.push({ untilMs: changedMs, aheadMs });
    fromMs = changedMs;
    aheadMs = offsetAt(fromMs);
  }
  stretches.push({ untilMs: dayStartMs + dayMs, aheadMs });
  return stretches;
}

/** The ISO weekday of a local day: 1 for Monday. */
export const weekdayOf = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1;
