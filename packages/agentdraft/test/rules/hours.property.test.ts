// Hours against another reading of them: every minute of a booking asked of the clock itself.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hoursOf } from "../../src/local/rules/bookings/owner-rules.ts";
import { noRules, type WeeklyWindow } from "../../src/local/rules/model/views.ts";
import { zoneOf } from "../../src/local/rules/time/zone.ts";
import { minute } from "./world.ts";

/** Zones with a whole hour, half an hour and no summer time, whose clocks change at midnight, or by odd minutes. */
const names = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Santiago",
  "America/Havana",
  "America/St_Johns",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "Asia/Beirut",
  "Africa/Cairo",
  "Africa/Casablanca",
  "Antarctica/Troll",
  "Pacific/Chatham",
  "Pacific/Apia",
];

const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** What a clock of the zone shows, as people would read it from the wall. */
function wallClock(timeZone: string): (ms: number) => { weekday: number; time: string } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
  return (ms) => {
    const [weekday = "", time = ""] = format.format(ms).split(/,? /);
    return { weekday: weekdays.indexOf(weekday) + 1, time };
  };
}

const time = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

const quarter = fc.integer({ min: 0, max: 96 }).map((count) => count * 15);
const window: fc.Arbitrary<WeeklyWindow> = fc
  .tuple(fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), quarter, quarter)
  .filter(([, from, to]) => from !== to)
  .map(([days, from, to]) => ({ days, start: time(Math.min(from, to)), end: time(Math.max(from, to)) }));

/** The quarters of an hour next to each change of a zone's clock between two dates, and some that are not. */
function changesOf(name: string, fromMs: number, toMs: number): number[] {
  const found: number[] = [];
  const zone = zoneOf(name);
  const ahead = (ms: number): number => {
    const { day, msOfDay } = zone.local(ms);
    return day * 86_400_000 + msOfDay - ms;
  };
  for (let ms = fromMs; ms < toMs; ms += 15 * minute) {
    if (ahead(ms) !== ahead(ms - 15 * minute)) {
      found.push(ms);
    }
  }
  return found;
}

const from = Date.UTC(2030, 0, 1);
const to = Date.UTC(2031, 0, 1);
const moments = names.flatMap((name) => [
  ...changesOf(name, from, to).map((ms) => [name, ms] as const),
  [name, Date.UTC(2030, 5, 9)] as const,
]);

describe("hours", () => {
  it("AD-69 a booking is open when the clock shows business hours in each of its minutes, and no focus in any", () => {
    expect(moments.length).toBeGreaterThan(names.length + 10);
    const clocks = new Map(names.map((name) => [name, wallClock(name)]));
    fc.assert(
      fc.property(
        fc.constantFrom(...moments),
        fc.integer({ min: -36 * 12, max: 36 * 12 }),
        fc.integer({ min: 1, max: 96 }),
        fc.array(window, { maxLength: 5 }),
        fc.array(window, { maxLength: 2 }),
        ([timezone, aroundMs], shift, length, businessHours, focusBlocks) => {
          const startMs = aroundMs + shift * 5 * minute;
          const endMs = startMs + length * 5 * minute;
          const clock = clocks.get(timezone) ?? wallClock(timezone);
          const isIn = (windows: readonly WeeklyWindow[], ms: number): boolean => {
            const shown = clock(ms);
            return windows.some(
              ({ days, start, end }) =>
                days.includes(shown.weekday) && start <= shown.time && shown.time < end,
            );
          };
          const minutes = Array.from(
            { length: (endMs - startMs) / minute / 5 },
            (_, i) => startMs + i * 5 * minute,
          );
          const expected =
            businessHours.length > 0 && !minutes.every((ms) => isIn(businessHours, ms))
              ? "business_hours"
              : minutes.some((ms) => isIn(focusBlocks, ms))
                ? "focus_block"
                : undefined;
          const rules = { ...noRules, timezone, businessHours, focusBlocks };
          expect(hoursOf(rules)(startMs, endMs)?.rule).toBe(expected);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
