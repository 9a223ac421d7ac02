// The owner's rules, in the owner's own time, and the free times that they leave.
import { describe, expect, it } from "vitest";
import { zoneOf } from "../../src/local/rules/time/zone.ts";
import { at, createWorld, minute, type World } from "./world.ts";

const day = (text: string): number => Date.parse(text);

describe("rules", () => {
  it("AD-63 outside business hours nothing is booked, by commit or hold", () => {
    const world = createWorld();
    const agent = world.agent(2);
    world.rules({ businessHours: [{ days: [1, 2, 3, 4, 5], start: "09:00", end: "17:00" }] });
    world.ok(world.booking(agent, "09:00", "17:00"));
    for (const mode of ["commit", "hold"] as const) {
      const violation = world.refused(world.booking(agent, "16:45", "17:15", { mode }), "rule_violation");
      expect(violation.rule).toBe("business_hours");
      expect(world.events.at(-1)).toMatchObject({
        event_id: violation.auditEventId,
        type: mode === "commit" ? "booking.rejected" : "hold.rejected",
        resource: agent,
        data: { reason: "rule_violation", rule: "business_hours" },
      });
    }
    const sunday = day("2030-01-13T10:00:00Z");
    world.refused(world.booking(agent, sunday, sunday + minute), "rule_violation");
  });

  it.each([
    ["noon", "2030-01-08T11:00:00Z", "2030-01-08T13:00:00Z"],
    ["midnight", "2030-01-08T23:45:00Z", "2030-01-09T00:15:00Z"],
    ["the end of the week", "2030-01-13T22:00:00Z", "2030-01-14T05:00:00Z"],
    ["an overlap", "2030-01-09T05:00:00Z", "2030-01-09T11:00:00Z"],
  ])("AD-4-window windows that touch are one, over %s too", (_where, start, end) => {
    const world = createWorld();
    const agent = world.agent(2);
    const days = [1, 2, 3, 4, 5, 6, 7];
    world.rules({
      businessHours: [
        { days, start: "12:00", end: "17:00" },
        { days, start: "22:00", end: "24:00" },
        { days, start: "00:00", end: "06:00" },
        { days: [3], start: "05:30", end: "09:30" },
        { days, start: "09:00", end: "12:00" },
      ],
    });
    world.ok(world.booking(agent, day(start), day(end)));
    world.refused(world.booking(agent, "16:30", "17:05"), "rule_violation");
  });

  it("AD-64 focus blocks keep their time free, weekly and dated", () => {
    const world = createWorld();
    const agent = world.agent(2);
    world.rules({
      focusBlocks: [
        { days: [1], start: "13:00", end: "15:00" },
        { startMs: at("10:00"), endMs: at("11:00") },
      ],
    });
    for (const [start, end] of [
      ["14:45", "15:15"],
      ["12:45", "13:15"],
      ["10:30", "10:45"],
    ] as const) {
      expect(world.refused(world.booking(agent, start, end), "rule_violation").rule).toBe("focus_block");
    }
    world.ok(world.booking(agent, "11:00", "13:00"));
    world.ok(world.booking(agent, "15:00", "15:30"));
  });

  it("AD-65 the daily cap counts committed bookings of the agent's day, and a cancel gives one back", () => {
    const world = createWorld();
    const [agent, other] = [world.agent(2), world.agent(2)];
    world.rules({ dailyCap: 2 });
    const { bookingId } = world.commit(agent, "09:00", "09:30").booking;
    world.hold(agent, "10:00", "10:30");
    world.commit(agent, "11:00", "11:30");
    expect(world.refused(world.booking(agent, "12:00", "12:30"), "rule_violation").rule).toBe("daily_cap");
    world.ok(world.booking(other, "12:00", "12:30"));
    const tomorrow = at("12:00") + 24 * 60 * minute;
    world.ok(world.booking(agent, tomorrow, tomorrow + minute));
    world.ok({ type: "cancelBooking", agentId: agent, bookingId });
    world.ok(world.booking(agent, "13:00", "13:30"));
  });

  it("AD-65 a booking counts on the day of its start, not of its buffers", () => {
    const world = createWorld();
    const agent = world.agent(2);
    world.rules({ dailyCap: 1 });
    const midnight = at("00:00") + 24 * 60 * minute;
    world.commit(agent, midnight, midnight + minute, { bufferBeforeMin: 60 });
    world.ok(world.booking(agent, "12:00", "12:30"));
  });

  it("AD-66 the owner's buffer keeps neighbours away", () => {
    const world = createWorld();
    const [b, c] = [world.agent(2), world.agent(5)];
    world.rules({ bufferAfterMin: 15 });
    world.commit(b, "10:00", "10:30");
    world.refused(world.booking(c, "10:30", "11:00"), "outranked");
    world.ok(world.booking(c, "10:45", "11:15"));
  });

  it("AD-67 rules bind the strongest rank too", () => {
    const world = createWorld();
    const agent = world.agent(1);
    world.rules({ maxDurationMin: 30 });
    expect(world.refused(world.booking(agent, "10:00", "10:31"), "rule_violation").rule).toBe("max_duration");
    world.ok(world.booking(agent, "10:00", "10:30"));
  });

  it("AD-68 a change of rules is in the chain, and touches no booking that is there", () => {
    const world = createWorld();
    const agent = world.agent(1);
    const { bookingId } = world.commit(agent, "10:00", "10:30").booking;
    world.types();
    world.rules({ businessHours: [{ days: [7], start: "09:00", end: "10:00" }] });
    expect(world.types()).toEqual(["rule.changed"]);
    expect(world.events.at(-1)).toMatchObject({
      actor: { kind: "user" },
      data: { business_hours: [{ days: [7], start: "09:00", end: "10:00" }], daily_cap: null },
    });
    expect(world.ok({ type: "getBooking", asker: { agentId: agent }, bookingId }).booking.status).toBe(
      "COMMITTED",
    );
  });

  it.each([
    ["timezone", { timezone: "Mars/Olympus" }],
    ["business_hours", { businessHours: [{ days: [0], start: "09:00", end: "10:00" }] }],
    ["business_hours", { businessHours: [{ days: [1], start: "10:00", end: "10:00" }] }],
    ["focus_blocks", { focusBlocks: [{ startMs: 5, endMs: 5 }] }],
    ["hold_ttl_seconds", { holdTtlSeconds: 901 }],
    ["buffer_after_min", { bufferAfterMin: -1 }],
  ] as const)("AD-4-shape %s that make no sense are refused", (field, rules) => {
    const world = createWorld();
    const before = world.ok({ type: "getRules", userId: world.owner }).rules;
    const command = { type: "setRules", userId: world.owner, rules: { ...before, ...rules } } as const;
    expect(world.refused(command, "invalid_request").field).toBe(field);
  });

  it("AD-4-ttl the owner's hold life and bump window hold where a booking does not say its own", () => {
    const world = createWorld();
    const agent = world.agent(1);
    world.rules({ holdTtlSeconds: 60, bumpWindowSeconds: 90 });
    const held = world.hold(agent, "10:00", "10:30").booking;
    expect(held.expiresAtMs).toBe(held.createdAtMs + 60_000);
    expect(world.commit(agent, "11:00", "11:30").booking.bumpWindowSeconds).toBe(90);
  });

  it("AD-2.3-window the owner's bump window is a floor: a call lengthens it, and shortens only the server's default", () => {
    const world = createWorld();
    const [strong, weak] = [world.agent(1), world.agent(1_000)];
    const windowOf = (start: string, end: string, bumpWindowSeconds: number): number | null =>
      world.commit(weak, start, end, { bumpWindowSeconds }).booking.bumpWindowSeconds;
    expect(windowOf("09:00", "09:30", 0)).toBe(0);
    world.rules({ bumpWindowSeconds: 90 });
    expect(windowOf("10:00", "10:30", 120)).toBe(120);
    expect(windowOf("11:00", "11:30", 0)).toBe(90);
    world.skip(89_999);
    world.ok(world.booking(strong, "11:00", "11:30"));
  });

  it("AD-2.3-window a booking that moves, or waited for consent, keeps to the owner's floor of that time", () => {
    const world = createWorld();
    const [gated, weak, loser] = [world.agent(5, { requiresConsent: true }), world.agent(4), world.agent(9)];
    const asked = world.refused(
      world.booking(gated, "09:00", "09:30", { bumpWindowSeconds: 0 }),
      "consent_required",
    );
    const { bookingId } = world.commit(weak, "10:00", "10:30", { bumpWindowSeconds: 0 }).booking;
    world.rules({ bumpWindowSeconds: 3_600 });
    const windowOf = (bookingId: string): number | null =>
      world.ok({ type: "getBooking", asker: { agentId: weak }, bookingId }).booking.bumpWindowSeconds;
    world.ok({
      type: "resolveConsent",
      userId: world.owner,
      consentRequestId: asked.consentRequestId,
      decision: "approved",
      note: null,
    });
    expect(windowOf(asked.holdId)).toBe(3_600);
    const counterId = world.id("ctr");
    const proposed = [{ startMs: at("11:00"), endMs: at("11:30") }];
    world.ok({ type: "proposeCounter", agentId: loser, bookingId, counterId, proposed, note: null });
    const movedBookingId = world.id("bkg");
    world.ok({ type: "acceptCounter", agentId: weak, bookingId, counterId, slotIndex: 0, movedBookingId });
    expect(windowOf(movedBookingId)).toBe(3_600);
  });
});

describe("local time", () => {
  const windows: readonly (readonly [string, string, string, string, boolean])[] = [
    // Berlin is one hour ahead in winter, two in summer.
    ["Europe/Berlin", "winter", "2030-01-07T08:00:00Z", "2030-01-07T16:00:00Z", true],
    ["Europe/Berlin", "winter, an hour early", "2030-01-08T07:59:00Z", "2030-01-08T08:30:00Z", false],
    ["Europe/Berlin", "summer", "2030-07-01T07:00:00Z", "2030-07-01T15:00:00Z", true],
    ["Europe/Berlin", "the day the clocks go forward", "2030-03-31T07:00:00Z", "2030-03-31T15:00:00Z", true],
    ["Europe/Berlin", "the day before", "2030-03-30T07:00:00Z", "2030-03-30T08:30:00Z", false],
    ["Europe/Berlin", "the day the clocks go back", "2030-10-27T08:00:00Z", "2030-10-27T16:00:00Z", true],
    [
      "America/New_York",
      "the day the clocks go forward",
      "2030-03-10T13:00:00Z",
      "2030-03-10T21:00:00Z",
      true,
    ],
    ["America/New_York", "the day the clocks go back", "2030-11-03T14:00:00Z", "2030-11-03T22:00:00Z", true],
    ["America/New_York", "an hour early on it", "2030-11-03T13:30:00Z", "2030-11-03T14:30:00Z", false],
  ];
  it.each(windows)("AD-69 nine to five in %s on %s", (timezone, _title, start, end, isFree) => {
    const world = createWorld();
    const agent = world.agent(1);
    world.rules({ timezone, businessHours: [{ days: [1, 2, 3, 4, 5, 6, 7], start: "09:00", end: "17:00" }] });
    // Close enough to be booked.
    world.skip(Math.max(0, day(start) - world.now.wall - 30 * 24 * 60 * minute));
    const command = world.booking(agent, day(start), day(end));
    if (isFree) {
      world.ok(command);
    } else {
      world.refused(command, "rule_violation");
    }
  });

  it("AD-69 a window to 24:00 takes a booking that ends at local midnight, and none beyond", () => {
    const world = createWorld();
    const agent = world.agent(1);
    world.rules({ timezone: "Europe/Berlin", businessHours: [{ days: [1], start: "20:00", end: "24:00" }] });
    world.refused(world.booking(agent, "22:30", "23:05"), "rule_violation");
    world.ok(world.booking(agent, "22:30", "23:00"));
  });

  const daily = [1, 2, 3, 4, 5, 6, 7];
  it.each([
    // 02:00 to 03:00 comes twice on 27 October 2030: from 00:00 and from 01:00 in UTC.
    ["Europe/Berlin", "02:00", "02:30", "2030-10-27T00:00:00Z", "2030-10-27T00:30:00Z", true],
    ["Europe/Berlin", "02:00", "02:30", "2030-10-27T01:00:00Z", "2030-10-27T01:30:00Z", true],
    ["Europe/Berlin", "02:00", "02:30", "2030-10-27T00:30:00Z", "2030-10-27T01:00:00Z", false],
    ["Europe/Berlin", "02:00", "02:30", "2030-10-27T01:30:00Z", "2030-10-27T01:35:00Z", false],
    ["Europe/Berlin", "02:00", "03:00", "2030-10-27T00:00:00Z", "2030-10-27T02:00:00Z", true],
    ["Europe/Berlin", "01:00", "02:00", "2030-10-27T00:15:00Z", "2030-10-27T00:45:00Z", false],
    ["Europe/Berlin", "03:00", "04:00", "2030-10-27T01:30:00Z", "2030-10-27T02:30:00Z", false],
    // 02:00 to 03:00 does not come on 31 March 2030.
    ["Europe/Berlin", "02:30", "04:00", "2030-03-31T01:00:00Z", "2030-03-31T02:00:00Z", true],
    ["Europe/Berlin", "00:00", "02:30", "2030-03-31T00:30:00Z", "2030-03-31T01:15:00Z", false],
    // Midnight does not come in Santiago on 8 September 2030, and comes twice on 7 April.
    ["America/Santiago", "00:30", "03:15", "2030-09-08T04:00:00Z", "2030-09-08T04:30:00Z", true],
    ["America/Santiago", "23:00", "24:00", "2030-04-07T02:00:00Z", "2030-04-07T04:00:00Z", true],
  ])("AD-69 %s, %s to %s: %s to %s is open: %s", (timezone, opens, closes, start, end, isOpen) => {
    const world = createWorld();
    const agent = world.agent(1);
    world.rules({ timezone, businessHours: [{ days: daily, start: opens, end: closes }] });
    world.skip(day(start) - world.now.wall - 24 * 60 * minute);
    const command = world.booking(agent, day(start), day(end));
    if (isOpen) {
      world.ok(command);
    } else {
      world.refused(command, "rule_violation");
    }
  });

  it("AD-69 two windows around the hour that the clocks leave out are one", () => {
    const world = createWorld();
    const agent = world.agent(1);
    const businessHours = [
      { days: daily, start: "00:00", end: "02:00" },
      { days: daily, start: "03:00", end: "06:00" },
    ];
    world.rules({ timezone: "Europe/Berlin", businessHours });
    world.skip(day("2030-03-29T00:00:00Z") - world.now.wall);
    world.ok(world.booking(agent, day("2030-03-31T00:30:00Z"), day("2030-03-31T01:30:00Z")));
    world.refused(
      world.booking(agent, day("2030-03-30T00:30:00Z"), day("2030-03-30T01:30:00Z")),
      "rule_violation",
    );
  });

  it.each([
    ["that the clocks leave out keeps nothing free", "2030-03-10T06:30:00Z", "2030-03-10T07:45:00Z", true],
    ["that comes twice is kept the first time", "2030-11-03T05:40:00Z", "2030-11-03T05:45:00Z", false],
    ["that comes twice is kept the second time", "2030-11-03T06:40:00Z", "2030-11-03T06:45:00Z", false],
    ["that comes twice leaves free what is between", "2030-11-03T06:00:00Z", "2030-11-03T06:30:00Z", true],
  ])("AD-69 a focus block %s", (_title, start, end, isFree) => {
    const world = createWorld();
    const agent = world.agent(1);
    const focusBlocks = [
      { days: [7], start: "02:30", end: "03:00" },
      { days: [7], start: "01:30", end: "02:00" },
    ];
    world.skip(day(start) - world.now.wall - 24 * 60 * minute);
    world.rules({
      timezone: "America/New_York",
      focusBlocks: isFree ? focusBlocks.slice(0, 1) : focusBlocks,
    });
    const command = world.booking(agent, day(start), day(end));
    if (isFree) {
      world.ok(command);
    } else {
      expect(world.refused(command, "rule_violation").rule).toBe("focus_block");
    }
  });

  it("AD-2.2-hours free slots and alternatives run over midnight, and stop where hours stop", () => {
    const world = createWorld();
    const [a, b] = [world.agent(1), world.agent(2)];
    const businessHours = [
      { days: daily, start: "23:00", end: "24:00" },
      { days: daily, start: "00:00", end: "01:00" },
    ];
    world.rules({ businessHours });
    const starts = (slots: readonly { readonly startMs: number }[]): string[] =>
      slots.map(({ startMs }) => new Date(startMs).toISOString().slice(8, 16));
    const { items } = world.ok({
      type: "listAvailability",
      agentId: a,
      userId: null,
      rangeStartMs: at("22:00"),
      rangeEndMs: at("22:00") + 4 * 60 * minute,
      durationMin: 60,
      granularityMin: 30,
      includeHolds: true,
      cursor: null,
    });
    expect(starts(items)).toEqual(["07T23:00", "07T23:30", "08T00:00"]);
    world.commit(a, "23:00", "23:30");
    const lost = world.refused(world.booking(b, "23:00", "23:30"), "outranked");
    expect(starts(lost.alternatives)).toEqual(["07T23:30", "07T23:45", "08T00:00", "08T00:15", "08T00:30"]);
  });

  it("AD-65 the day of a cap is the owner's", () => {
    const world = createWorld();
    const agent = world.agent(1);
    world.rules({ timezone: "America/New_York", dailyCap: 1 });
    world.commit(agent, "20:00", "20:30");
    // Still Monday in New York, Tuesday in UTC.
    const late = at("23:00") + 3 * 60 * minute;
    world.refused(world.booking(agent, late, late + minute), "rule_violation");
    const midnight = late + 3 * 60 * minute;
    world.ok(world.booking(agent, midnight, midnight + minute));
  });
});

describe("zones", () => {
  it.each([
    ["UTC", "2030-01-07T00:00:00Z", "2030-01-07T00:00:00Z"],
    ["Europe/Berlin", "2030-01-06T23:00:00Z", "2030-01-07T00:00:00Z"],
    ["America/New_York", "2030-07-07T04:00:00Z", "2030-07-07T00:00:00Z"],
    ["Asia/Kathmandu", "2030-01-06T18:15:00Z", "2030-01-07T00:00:00Z"],
    // Half an hour of summer time, on the other half of the earth.
    ["Australia/Lord_Howe", "2030-01-06T13:00:00Z", "2030-01-07T00:00:00Z"],
    ["Australia/Lord_Howe", "2030-07-06T13:30:00Z", "2030-07-07T00:00:00Z"],
  ])("AD-69 midnight in %s at %s is the beginning of a day", (name, instant, shown) => {
    const zone = zoneOf(name);
    const localDay = day(shown) / (24 * 60 * minute);
    expect(zone.local(day(instant))).toEqual({ day: localDay, msOfDay: 0 });
    expect(zone.local(day(instant) - 1)).toEqual({ day: localDay - 1, msOfDay: 24 * 60 * minute - 1 });
    expect(zone.startOf(localDay)).toBe(day(instant));
  });

  it.each([
    // The clocks go from 24:00 to 01:00 there; back to 23:00; over a whole day; and back to 23:01 at one minute past.
    ["America/Santiago", "2030-09-08", "2030-09-08T04:00:00Z"],
    ["America/Santiago", "2030-04-07", "2030-04-07T04:00:00Z"],
    ["Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"],
    ["Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z"],
    ["America/St_Johns", "2010-11-07", "2010-11-07T02:30:00Z"],
  ])("AD-69 in %s the day %s begins at %s", (name, shown, instant) => {
    expect(zoneOf(name).startOf(day(shown) / (24 * 60 * minute))).toBe(day(instant));
  });
});

describe("availability", () => {
  const free = (world: World, agentId: string, more: object = {}): string[] => {
    const { items } = world.ok({
      type: "listAvailability",
      agentId,
      userId: null,
      rangeStartMs: at("10:00"),
      rangeEndMs: at("12:00"),
      durationMin: 30,
      granularityMin: 15,
      includeHolds: true,
      cursor: null,
      ...more,
    });
    return items.map(({ startMs }) => new Date(startMs).toISOString().slice(11, 16));
  };
  const all = ["10:00", "10:15", "10:30", "10:45", "11:00", "11:15", "11:30"];

  it("AD-70 an empty day has a slot every quarter of an hour, and none that ends too late", () => {
    const world = createWorld();
    expect(free(world, world.agent(1))).toEqual(all);
  });

  it("AD-71 a commit takes exactly the slots that overlap it", () => {
    const world = createWorld();
    const agent = world.agent(1);
    world.commit(agent, "10:30", "11:00");
    expect(free(world, agent)).toEqual(["10:00", "11:00", "11:15", "11:30"]);
  });

  it("AD-47 a hold hides its slot from others, not from its owner; without holds it shows", () => {
    const world = createWorld();
    const [b, c] = [world.agent(2), world.agent(5)];
    world.hold(b, "10:30", "11:00");
    expect(free(world, c)).toEqual(["10:00", "11:00", "11:15", "11:30"]);
    expect(free(world, b)).toEqual(all);
    expect(free(world, c, { includeHolds: false })).toEqual(all);
  });

  it("AD-72 what two agents see free, one of them gets", () => {
    const world = createWorld();
    const [b, b2] = [world.agent(2), world.agent(2)];
    expect(free(world, b)).toContain("10:00");
    expect(free(world, b2)).toContain("10:00");
    world.ok(world.booking(b, "10:00", "10:30"));
    world.refused(world.booking(b2, "10:00", "10:30"), "outranked");
    expect(free(world, b2)).not.toContain("10:00");
  });

  it("AD-74 seven minutes fit between two bookings only by whole buckets", () => {
    const world = createWorld();
    const agent = world.agent(1);
    world.commit(agent, "10:00", "10:30");
    world.commit(agent, "10:40", "11:00");
    const slots = free(world, agent, { durationMin: 7, granularityMin: 1, rangeEndMs: at("11:00") });
    expect(slots).toEqual(["10:30", "10:31", "10:32", "10:33"]);
  });

  it("AD-2.2-now what has begun is no slot, and rules hide theirs", () => {
    const world = createWorld();
    const agent = world.agent(1);
    world.skip(at("10:20") - world.now.wall);
    expect(free(world, agent)).toEqual(all.slice(2));
    world.rules({ focusBlocks: [{ days: [1], start: "11:00", end: "11:15" }] });
    expect(free(world, agent)).toEqual(["10:30", "11:15", "11:30"]);
    world.rules({ bufferBeforeMin: 30 });
    world.commit(agent, "10:30", "10:45");
    expect(free(world, agent)).toEqual(["11:15", "11:30"]);
  });

  it("AD-2.2-cap a day on which the caller's cap is used up has no slots", () => {
    const world = createWorld();
    const [agent, other] = [world.agent(1), world.agent(2)];
    world.rules({ dailyCap: 1 });
    world.commit(agent, "09:00", "09:30");
    expect(free(world, agent)).toEqual([]);
    expect(free(world, other)).toEqual(all);
  });

  it("AD-2.2-foreign another person's calendar is not found", () => {
    const world = createWorld();
    const agent = world.agent(1);
    const other = world.person("other@example.com");
    const command = {
      type: "listAvailability",
      agentId: agent,
      userId: other,
      rangeStartMs: at("10:00"),
      rangeEndMs: at("12:00"),
      durationMin: 30,
      granularityMin: 15,
      includeHolds: true,
      cursor: null,
    } as const;
    world.refused(command, "not_found");
    world.ok({ ...command, userId: world.owner });
  });

  it("AD-2.2-pages a long answer goes on where it stopped", () => {
    const world = createWorld();
    const agent = world.agent(1);
    const command = {
      type: "listAvailability",
      agentId: agent,
      userId: null,
      rangeStartMs: at("09:00"),
      rangeEndMs: at("09:00") + 31 * 24 * 60 * minute,
      durationMin: 30,
      granularityMin: 15,
      includeHolds: true,
    } as const;
    const starts: number[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: readonly { startMs: number }[]; nextCursor: string | null } = world.ok({
        ...command,
        cursor,
      });
      expect(page.items.length).toBeLessThanOrEqual(1_000);
      starts.push(...page.items.map(({ startMs }) => startMs));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(starts).toEqual(
      Array.from({ length: 31 * 96 - 1 }, (_, index) => at("09:00") + index * 15 * minute),
    );
  });

  it("AD-16-alternatives who loses is told up to five free slots of that length", () => {
    const world = createWorld();
    const [a, c] = [world.agent(1), world.agent(5)];
    world.commit(a, "10:00", "10:30");
    world.hold(a, "11:00", "11:30");
    const { alternatives } = world.refused(world.booking(c, "10:00", "10:30"), "outranked");
    expect(alternatives.map(({ startMs, endMs }) => [startMs, endMs - startMs])).toEqual(
      ["10:30", "11:30", "11:45", "12:00", "12:15"].map((start) => [at(start), 30 * minute]),
    );
    for (const { startMs, endMs } of alternatives.slice(0, 1)) {
      world.ok(world.booking(c, startMs, endMs));
    }
  });
});
