// Bookings as callers see them: times, bodies, losses, idempotency headers.
import { expect, test } from "vitest";
import { at, startTeam } from "./fixture.ts";

test("AD-10 a commit is 201 with an id, no expiry and a row in the audit log", async () => {
  await using team = await startTeam();
  const { status, body } = await team.b.commit(at("10:00"), at("10:30"));
  expect(status).toBe(201);
  expect(body).toMatchObject({
    booking_id: expect.stringMatching(/^bkg_[0-9A-Z]{26}$/),
    status: "COMMITTED",
    expires_at: null,
    hold_id: null,
    agent_priority: 2,
    bump_window_seconds: 30,
  });
  expect(body).not.toHaveProperty("conferencing");
  const row = await team.b.get(`/v1/audit/${body.audit_event_id}`);
  expect([row.status, row.body.type, row.body.resource]).toEqual([200, "booking.committed", body.booking_id]);
});

test("AD-11 the loser's 409 names the winner, its own rank, a row and free slots", async () => {
  await using team = await startTeam();
  const won = await team.b.commit(at("10:00"), at("10:30"));
  const lost = await team.c.commit(at("10:00"), at("10:30"));
  expect(lost.status).toBe(409);
  expect(lost.body).toMatchObject({
    error: "outranked",
    reason: "outranked",
    detail: expect.any(String),
    winning_booking_id: won.body.booking_id,
    winning_agent_id: team.b.agentId,
    winning_agent_priority: 2,
    winning_status: "COMMITTED",
    winning_hold_id: null,
    your_priority: 5,
    request_id: lost.headers.get("x-request-id"),
  });
  expect(lost.body.alternatives).toContainEqual({ start: at("10:30"), end: at("11:00") });
  const row = await team.c.get(`/v1/audit/${lost.body.audit_event_id}`);
  expect(row.body).toMatchObject({ type: "booking.rejected", resource: won.body.booking_id });
});

test("AD-16 AD-18 times that cannot be are 400 and name their field", async () => {
  await using team = await startTeam();
  const cases: [string, string, object, string | undefined][] = [
    [at("10:00"), at("10:00"), {}, "end"],
    [at("10:00"), at("09:00"), {}, "end"],
    [at("10:00").slice(0, 19), at("10:30"), {}, "start"],
    [at("10:00"), "tomorrow", {}, "end"],
    ["2030-02-30T10:00:00Z", at("10:30"), {}, "start"],
    [at("10:00"), at("18:05"), {}, "end"],
    [at("10:00"), at("10:30"), { mode: "book" }, "mode"],
    [at("10:00"), at("10:30"), { mode: null }, "mode"],
    [at("10:00"), at("10:30"), { metadata: { title: "x".repeat(501) } }, "metadata"],
    [at("10:00"), at("10:30"), { buffer_before_min: 241 }, "buffer_before_min"],
    [at("10:00"), at("10:30"), { bump_window_seconds: -1 }, "bump_window_seconds"],
    [at("10:00"), at("10:30"), { title: "x".repeat(501) }, "title"],
    [at("10:00"), at("10:30"), { metadata: [] }, "metadata"],
    [at("10:00"), at("10:30"), { metadata: { x: "x".repeat(17_000) } }, "metadata"],
    [
      at("10:00"),
      at("10:30"),
      { metadata: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [index, 0])) },
      "metadata",
    ],
    [at("10:00", -1), at("10:30", -1), {}, "end"],
    [at("10:00", 367), at("10:30", 367), {}, "start"],
  ];
  for (const [start, end, more, field] of cases) {
    const { status, body } = await team.a.commit(start, end, more);
    expect([start, end, more, status, body.error, body.field]).toEqual([
      start,
      end,
      more,
      400,
      "invalid_request",
      field,
    ]);
  }
  expect((await team.a.commit(at("10:00"), at("18:00"))).status).toBe(201);
});

test("AD-17 every spelling of an instant is the same one; answers are in +00:00 with six digits or none", async () => {
  await using team = await startTeam();
  const day = at("10:00").slice(0, 10);
  const spelled = [
    [`${day}T12:00:00+02:00`, `${day}T10:30:00Z`],
    [`${day}T11:00:00.1239+0000`, `${day}T06:30:00-05:00`],
  ];
  const bodies = [];
  for (const [start = "", end = ""] of spelled) {
    bodies.push((await team.a.commit(start, end)).body);
  }
  expect(bodies).toMatchObject([
    { start: at("10:00"), end: at("10:30") },
    { start: `${day}T11:00:00.123000+00:00`, end: at("11:30") },
  ]);
});

test("AD-19 what users wrote comes back as it was; the title on top wins over that of the metadata", async () => {
  await using team = await startTeam();
  const invitee = { name: "Zoë 🎈", email: "z@example.com", vip: true };
  const metadata = { title: "from metadata", nested: { list: [1, "é"] } };
  const both = await team.a.commit(at("10:00"), at("10:30"), { title: "on top", invitee, metadata });
  expect(both.body).toMatchObject({ title: "on top", invitee, metadata });
  const inner = await team.a.commit(at("11:00"), at("11:30"), { metadata });
  expect(inner.body.title).toBe("from metadata");
  const exact = await team.a.post(
    "/v1/bookings",
    `{"start":"${at("12:00")}","end":"${at("12:30")}","metadata":{"n":9007199254740993,"x":1.0}}`,
  );
  expect(exact.text).toContain(`"metadata":{"n":9007199254740993,"x":1.0}`);
  const asWritten = await team.a.post(
    "/v1/bookings",
    `{"start":"${at("13:00")}","end":"${at("13:30")}","metadata":{"b":1.10,"a":1E2}}`,
  );
  expect(asWritten.text).toContain(`"metadata":{"b":1.10,"a":1E2}`);
  const other = await team.b.get(`/v1/bookings/${both.body.booking_id}`);
  expect(other.body).toMatchObject({ title: "on top", invitee: null, metadata: null });
});

test("AD-2.3-size metadata may have 16 KiB as it is written, whatever its characters", async () => {
  await using team = await startTeam();
  const frame = Buffer.byteLength(`{"k":""}`);
  for (const [index, character] of ["x", "é", "日", "😀"].entries()) {
    const count = Math.floor((16_384 - frame) / Buffer.byteLength(character));
    const time = [at(`1${index}:00`), at(`1${index}:30`)] as const;
    const over = await team.a.commit(...time, { metadata: { k: character.repeat(count + 1) } });
    expect([over.status, over.body.field]).toEqual([400, "metadata"]);
    const most = await team.a.commit(...time, { metadata: { k: character.repeat(count) } });
    expect([most.status, most.body.metadata]).toEqual([201, { k: character.repeat(count) }]);
  }
});

test("AD-20 another owner's calendar is another one", async () => {
  await using team = await startTeam();
  const stranger = await (await team.signIn("other@example.com")).agent(1);
  const booked = await team.a.commit(at("10:00"), at("10:30"));
  expect((await stranger.commit(at("10:00"), at("10:30"))).status).toBe(201);
  for (const answer of [
    await stranger.get(`/v1/bookings/${booked.body.booking_id}`),
    await stranger.send("DELETE", `/v1/bookings/${booked.body.booking_id}`),
    await stranger.get(`/v1/audit/${booked.body.audit_event_id}`),
    await stranger.get(
      `/v1/availability?range_start=${encodeURIComponent(at("10:00"))}&range_end=${encodeURIComponent(at("11:00"))}&user_id=${team.owner.userId}`,
    ),
  ]) {
    expect([answer.status, answer.body.error]).toEqual([404, "not_found"]);
  }
});

test("AD-23 a meeting link is there only when it was asked for", async () => {
  await using team = await startTeam({ conferencingBaseUrl: "https://meet.example.com/" });
  const asked = await team.a.commit(at("10:00"), at("10:30"), { with_conferencing: true });
  expect(asked.body.conferencing).toMatchObject({
    status: "attached",
    provider: "jitsi",
    url: expect.stringMatching(/^https:\/\/meet\.example\.com\/agentdraft-[a-z2-7]{20}$/),
  });
  expect((await team.a.commit(at("11:00"), at("11:30"))).body).not.toHaveProperty("conferencing");
});

test("AD-24 an evicted booking says by whom, and its agent reads it", async () => {
  await using team = await startTeam();
  const weak = await team.c.commit(at("10:00"), at("10:30"));
  const strong = await team.a.commit(at("10:00"), at("10:30"));
  expect(strong.status).toBe(201);
  const read = await team.c.get(`/v1/bookings/${weak.body.booking_id}`);
  expect(read.body).toMatchObject({
    status: "EVICTED",
    evicted_by: { agent_id: team.a.agentId, priority: 1, booking_id: strong.body.booking_id },
  });
  const events = await team.c.get("/v1/audit?after=0&limit=1000");
  const types = (events.body.events as { type: string }[]).map(({ type }) => type);
  expect(types.slice(-2)).toEqual(["booking.evicted", "booking.committed"]);
});

test("AD-45 a hold is released by its id, again without harm, by nobody else; a commit is no hold", async () => {
  await using team = await startTeam();
  const hold = await team.b.hold(at("10:00"), at("10:30"));
  expect(hold.body).toMatchObject({ status: "HOLD", hold_id: hold.body.booking_id });
  const path = `/v1/holds/${hold.body.booking_id}/release`;
  expect((await team.c.post(path)).body.error).toBe("not_owner");
  const released = await team.b.post(path);
  expect([released.status, released.body]).toMatchObject([
    200,
    { status: "RELEASED", hold_id: hold.body.booking_id, audit_event_id: expect.stringMatching(/^aud_/) },
  ]);
  expect((await team.b.post(path)).status).toBe(200);
  const commit = await team.c.commit(at("10:00"), at("10:30"));
  expect(commit.status).toBe(201);
  const wrong = await team.c.post(`/v1/holds/${commit.body.booking_id}/release`);
  expect([wrong.status, wrong.body.error]).toEqual([400, "not_a_hold"]);
  expect((await team.b.post("/v1/holds/bkg_unknown/release")).status).toBe(404);
});

test("AD-52 AD-53 a repeat gives the original body and says so, also after a cancel", async () => {
  await using team = await startTeam();
  const key = { "idempotency-key": "one" };
  const first = await team.a.commit(at("10:00"), at("10:30"), {}, key);
  const again = await team.a.commit(at("10:00"), at("10:30"), {}, key);
  expect([again.status, again.text]).toEqual([201, first.text]);
  expect(first.headers.get("idempotent-replayed")).toBeNull();
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect(again.headers.get("agentdraft-current-status")).toBe("COMMITTED");
  await team.a.send("DELETE", `/v1/bookings/${first.body.booking_id}`);
  const after = await team.a.commit(at("10:00"), at("10:30"), {}, key);
  expect([after.status, after.text, after.headers.get("agentdraft-current-status")]).toEqual([
    201,
    first.text,
    "CANCELLED",
  ]);
  expect((await team.b.commit(at("10:00"), at("10:30"))).status).toBe(201);
});

test("AD-54 twenty equal requests at once make one booking", async () => {
  await using team = await startTeam({ arbitrationMs: 10 });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => team.a.commit(at("10:00"), at("10:30"), {}, { "idempotency-key": "k" })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
  expect(new Set(answers.map(({ body }) => body.booking_id)).size).toBe(1);
});

test("AD-55 AD-56 AD-57 a key belongs to one agent, one operation and one request", async () => {
  await using team = await startTeam();
  const key = { "idempotency-key": "k" };
  await team.a.commit(at("10:00"), at("10:30"), {}, key);
  const other = await team.a.commit(at("11:00"), at("11:30"), {}, key);
  expect([other.status, other.body.error]).toEqual([400, "idempotency_mismatch"]);
  expect((await team.b.commit(at("12:00"), at("12:30"), {}, key)).status).toBe(201);
  expect(
    (await team.a.post("/v1/bookings", { start: at("13:00"), end: at("13:30"), mode: "hold" }, key)).status,
  ).toBe(201);
});

test("AD-60 the same instant in another spelling is the same request", async () => {
  await using team = await startTeam();
  const key = { "idempotency-key": "k" };
  const day = at("10:00").slice(0, 10);
  const first = await team.a.commit(`${day}T10:00:00Z`, `${day}T10:30:00Z`, {}, key);
  const again = await team.a.commit(
    `${day}T12:00:00+02:00`,
    `${day}T10:30:00+00:00`,
    { mode: "commit" },
    key,
  );
  expect([again.status, again.body.booking_id]).toEqual([201, first.body.booking_id]);
});

test.each([["two words"], ["é"], ["x".repeat(256)]])("AD-1.2-1 the key %j is 400", async (key) => {
  await using team = await startTeam();
  const answer = await team.a.commit(at("10:00"), at("10:30"), {}, { "idempotency-key": key });
  expect([answer.status, answer.body.field]).toEqual([400, "Idempotency-Key"]);
});

test("AD-47 AD-70 AD-73 availability: holds of others hide slots unless told otherwise; a raw + is read", async () => {
  await using team = await startTeam();
  await team.a.hold(at("10:00"), at("10:30"));
  const range = `range_start=${at("10:00")}&range_end=${encodeURIComponent(at("11:00"))}`;
  const starts = async (agent: typeof team.a, more = ""): Promise<unknown[]> =>
    ((await agent.get(`/v1/availability?${range}${more}`)).body.slots as { start: string }[]).map(
      ({ start }) => start.slice(11, 16),
    );
  expect(await starts(team.b)).toEqual(["10:30"]);
  expect(await starts(team.a)).toEqual(["10:00", "10:15", "10:30"]);
  expect(await starts(team.b, "&include_holds=false")).toEqual(["10:00", "10:15", "10:30"]);
  const long = await team.a.get(`/v1/availability?range_start=${at("10:00")}&range_end=${at("10:05", 61)}`);
  expect([long.status, long.body.field]).toEqual([400, "range_end"]);
  expect((await team.a.get(`/v1/availability?${range}&include_holds=False`)).status).toBe(400);
});

test("AD-63 AD-67 AD-68 a rule that is broken is 422 with its name, for rank 1 as well", async () => {
  await using team = await startTeam();
  const rules = { business_hours: [{ days: [1, 2, 3, 4, 5, 6, 7], start: "09:00", end: "17:00" }] };
  const stored = await team.owner.send("PUT", "/v1/dashboard/rules", rules);
  expect(stored.body).toMatchObject({ ...rules, timezone: "UTC", daily_cap: null, consent_actions: [] });
  const answer = await team.a.commit(at("20:00"), at("20:30"));
  expect([answer.status, answer.body.error, answer.body.rule]).toEqual([
    422,
    "rule_violation",
    "business_hours",
  ]);
  const changed = await team.a.get("/v1/audit?type=rule.changed");
  expect(changed.body.events).toHaveLength(1);
});

test.each([
  [{ timezone: "Mars/Olympus" }, "timezone"],
  [{ timezone: "+02:00" }, "timezone"],
  [{ timezone: "europe/berlin" }, "timezone"],
  [{ timezone: "EUROPE/BERLIN" }, "timezone"],
  [{ timezone: "utc" }, "timezone"],
  [{ timezone: "asia/kolkata" }, "timezone"],
  [{ timezone: "us/eastern" }, "timezone"],
  [{ timezone: "Us/Eastern" }, "timezone"],
  [{ timezone: "PST" }, "timezone"],
  [{ timezone: "IST" }, "timezone"],
  [{ timezone: "Gmt" }, "timezone"],
  [{ timezone: "Factory" }, "timezone"],
  [{ timezone: "SystemV/AST4" }, "timezone"],
  [{ daily_cap: 1_001 }, "daily_cap"],
  [{ business_hours: [{ days: [0], start: "09:00", end: "17:00" }] }, "business_hours.0.days.0"],
  [{ business_hours: [{ days: [1], start: "17:00", end: "09:00" }] }, "business_hours.0.end"],
  [{ business_hours: [{ days: [1], start: "9:00", end: "17:00" }] }, "business_hours.0.start"],
  [{ hold_ttl_seconds: 0 }, "hold_ttl_seconds"],
])("AD-4-1 rules such as %j are 400", async (rules, field) => {
  await using team = await startTeam();
  const answer = await team.owner.send("PUT", "/v1/dashboard/rules", rules);
  expect([answer.status, answer.body.field]).toEqual([400, field]);
});

test("AD-4-1 a zone is taken in each spelling of IANA's, links too, and another is told which was meant", async () => {
  await using team = await startTeam();
  const { owner } = team;
  for (const timezone of [
    "US/Eastern",
    "Asia/Calcutta",
    "Asia/Kolkata",
    "EST",
    "GB",
    "Etc/GMT+5",
    "America/Port-au-Prince",
  ]) {
    const answer = await owner.send("PUT", "/v1/dashboard/rules", { timezone });
    expect([answer.status, answer.body.timezone]).toEqual([200, timezone]);
    expect((await team.a.get("/v1/agents/me")).body.timezone).toBe(timezone);
  }
  const detail = async (timezone: string): Promise<unknown> =>
    (await owner.send("PUT", "/v1/dashboard/rules", { timezone })).body.detail;
  expect(await detail("europe/berlin")).toMatch(/did you mean Europe\/Berlin\?/);
  expect(await detail("Amerika/New_York")).toMatch(/did you mean America\/New_York\?/);
  expect(await detail("PST")).not.toMatch(/did you mean/);
});

test("AD-19 metadata and invitee keep the order of their members, of those that look like numbers too", async () => {
  await using team = await startTeam();
  const metadata = '{"2":1,"1":{"9":1.0,"8":[{"b":1,"0":2}]},"b":3,"__proto__":4}';
  const created = await team.a.post(
    "/v1/bookings",
    `{"start":"${at("10:00")}","end":"${at("10:30")}","metadata":${metadata},"invitee":{"7":"x","name":"Ann","6":"y"}}`,
  );
  expect(created.status).toBe(201);
  const { text } = await team.a.get(`/v1/bookings/${created.body.booking_id}`);
  expect(text).toContain(`"metadata":${metadata}`);
  expect(text).toContain('"invitee":{"7":"x","name":"Ann","6":"y"}');
});
