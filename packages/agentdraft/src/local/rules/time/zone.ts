// Local time of the owner: what the clocks of an IANA zone show at an instant, and back.

export interface LocalTime {
  /** Days since 1970-01-01, by the local date. */
  readonly day: number;
  /** Milliseconds since local midnight, by the local clock. */
  readonly msOfDay: number;
}

export interface Zone {
  local(instantMs: number): LocalTime;
  /**
   * The instant at which the local clock shows so many minutes after the midnight of a day. Where it shows that twice,
   * the earlier or the later one; where it never does, the instant as far after the gap.
   */
  instant(day: number, minutes: number, which: "earlier" | "later"): number;
}

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** Clocks change at whole quarters of an hour. */
const quarterMs = 15 * minuteMs;
/** Offsets that one zone remembers: about a third of a year of quarters. */
const offsetsKept = 10_000;
/** Zones that are remembered: there are more names than anybody needs. */
const zonesKept = 64;

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
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
  const known = new Map<number, number>();
  return (instantMs) => {
    const quarter = Math.floor(instantMs / quarterMs);
    let offset = known.get(quarter);
    if (offset === undefined) {
      const at = quarter * quarterMs;
      const parts: { [part: string]: number } = {};
      for (const { type, value } of format.formatToParts(at)) {
        parts[type] = Number(value);
      }
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
      offset = Date.UTC(year, month - 1, day, hour, minute, second) - at;
      if (known.size >= offsetsKept) {
        known.clear();
      }
      known.set(quarter, offset);
    }
    return offset;
  };
}

function createZone(offsetAt: (instantMs: number) => number): Zone {
  return {
    local(instantMs: number): LocalTime {
      const shown = instantMs + offsetAt(instantMs);
      const day = Math.floor(shown / dayMs);
      return { day, msOfDay: shown - day * dayMs };
    },

    instant(day: number, minutes: number, which: "earlier" | "later"): number {
      const shown = day * dayMs + minutes * minuteMs;
      const before = shown - offsetAt(shown - dayMs);
      const after = shown - offsetAt(shown + dayMs);
      const hits = [before, after].filter((instant) => instant + offsetAt(instant) === shown);
      if (hits.length === 0) {
        return before;
      }
      return which === "earlier" ? Math.min(...hits) : Math.max(...hits);
    },
  };
}

/** The ISO weekday of a local day: 1 for Monday. */
export const weekdayOf = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1;
