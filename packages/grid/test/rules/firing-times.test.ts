// When schedules fire: every vector of cron expressions and of phrases, at every clock change among them.
import { describe, expect, it } from "vitest";
import { cronProblem, nextFiring, readCron } from "../../src/local/rules/schedules/time/cron.ts";
import { readPhrase } from "../../src/local/rules/schedules/time/phrase.ts";
import { isZone } from "../../src/local/rules/schedules/time/zone.ts";
import { vectors } from "../vectors.ts";

function firings(expressions: readonly string[], timezone: string, startMs: number, count: number): string[] {
  const found: string[] = [];
  for (let at: number | undefined = startMs; found.length < count; ) {
    at = nextFiring(expressions, timezone, at);
    if (at === undefined) {
      break;
    }
    found.push(new Date(at).toISOString().replace(".000Z", "Z"));
  }
  return found;
}

describe("cron", () => {
  it.each(vectors.cron)("G85 G86 G87 $cron in $timezone from $start", ({ cron, timezone, start, next }) => {
    expect(firings(cron, timezone, Date.parse(start), next.length)).toEqual(next);
  });

  it.each(vectors.cronRefused)("G84 refuses $cron with $reason", ({ cron, reason }) => {
    expect(cronProblem([cron], "UTC", Date.UTC(2026, 0, 1))).toMatchObject({
      problem: reason,
      expression: cron,
    });
  });

  it.each(Object.entries(vectors.cronMacros))("G84 %s is %s", (macro, expression) => {
    expect(readCron(macro)).toEqual(readCron(expression));
    expect(readCron(macro.toUpperCase())).toEqual(readCron(expression));
  });

  it.each([
    ["61 * * * *", "minute"],
    ["0 24 * * *", "hour"],
    ["0 0 32 * *", "day"],
    ["0 0 1 foo *", "month"],
    ["0 0 * * 1-9", "weekday"],
    ["0 0 * * * *", null],
  ])("G84 names the field of %s", (expression, field) => {
    expect(readCron(expression)).toEqual({ problem: "bad_cron", expression, field });
  });

  it.each([
    ["*/90 * * * *", "0 * * * *"],
    ["0 */100 * * *", "0 0 * * *"],
    ["0 0 * * 5/2", "0 0 * * 5,0"],
    ["0 0 * FEB-apr/2 *", "0 0 * 2,4 *"],
    ["0 0 * * mon-wed", "0 0 * * 1-3"],
  ])("G84 %s fires as %s does", (expression, same) => {
    const start = Date.UTC(2026, 0, 1);
    expect(firings([expression], "UTC", start, 6)).toEqual(firings([same], "UTC", start, 6));
  });
});

describe("phrases", () => {
  it.each(vectors.phrasesRecurring)("G88 $phrase in $timezone", (vector) => {
    const { phrase, timezone, start, cronExprs, effectiveTimezone, next } = vector;
    const plan = readPhrase(phrase, timezone, Date.parse(start));
    expect(plan).toEqual({ kind: "cron", expressions: cronExprs, timezone: effectiveTimezone });
    expect(firings(cronExprs, effectiveTimezone, Date.parse(start), next.length)).toEqual(next);
  });

  it.each(vectors.phrasesInterval)("G88 $phrase", ({ phrase, timezone, start, intervalSeconds }) => {
    expect(readPhrase(phrase, timezone, Date.parse(start))).toEqual({
      kind: "interval",
      seconds: intervalSeconds,
      timezone,
    });
  });

  it.each(vectors.phrasesOnce)(
    "G88 $phrase in $timezone from $start",
    ({ phrase, timezone, start, fireAt }) => {
      expect(readPhrase(phrase, timezone, Date.parse(start))).toMatchObject({
        kind: "once",
        atMs: Date.parse(fireAt),
      });
    },
  );

  it.each(vectors.phrasesRefused)("G88 refuses $phrase", ({ phrase, start, reason }) => {
    expect(readPhrase(phrase, "UTC", Date.parse(start))).toEqual({ problem: reason });
  });

  it.each([
    "every 1st at 9am",
    "every month on the 2th",
    "hourly at 9am",
    "every day at 9",
    "every day at 9am,",
    "in 1.5 hours",
    "next tomorrow at 9am",
    "every day at 9am EST please",
  ])("G88 refuses %s", (phrase) => {
    expect(readPhrase(phrase, "UTC", Date.UTC(2026, 2, 5))).toEqual({ problem: "unparsable_schedule" });
  });
});

describe("zones", () => {
  it.each(["Europe/Berlin", "Asia/Kolkata", "US/Eastern", "UTC"])("G86 %s is a zone", (name) => {
    expect(isZone(name)).toBe(true);
  });

  it.each(["europe/berlin", "PST", "IST", "+01:00", "Europe/Nowhere", ""])("G86 %s is none", (name) => {
    expect(isZone(name)).toBe(false);
  });

  it("G88 a phrase may write a zone in any case", () => {
    expect(readPhrase("every day at 9am in europe/BERLIN", "UTC", 0)).toMatchObject({
      timezone: "Europe/Berlin",
    });
  });
});
