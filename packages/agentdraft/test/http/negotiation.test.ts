// Counter-proposals over HTTP: their limits, who may answer them, and how a meeting moves.
import { expect, test } from "vitest";
import { at, startTeam } from "./fixture.ts";

const slots = (count: number): { start: string; end: string }[] =>
  Array.from({ length: count }, (_, index) => ({ start: at(`1${index}:00`), end: at(`1${index}:30`) }));

test("AD-98a a counter has 1 to 5 slots and a note of at most 500 characters", async () => {
  await using team = await startTeam();
  const won = await team.b.commit(at("09:00"), at("09:30"));
  const path = `/v1/bookings/${won.body.booking_id}/counter`;
  for (const [body, field] of [
    [{ proposed: [] }, "proposed"],
    [{ proposed: slots(6) }, "proposed"],
    [{ proposed: slots(1), note: "x".repeat(501) }, "note"],
    [{ proposed: [{ start: at("10:00"), end: at("10:00") }] }, "proposed.0"],
    [{}, "proposed"],
  ] as const) {
    const answer = await team.c.post(path, body);
    expect([body, answer.status, answer.body.field]).toEqual([body, 400, field]);
  }
  const proposed = await team.c.post(path, { proposed: slots(5), note: "é".repeat(500) });
  expect([proposed.status, proposed.body.counter_id]).toEqual([201, expect.stringMatching(/^ctr_/)]);
});

test("AD-98a only the winner answers; accepting moves its booking and frees the slot", async () => {
  await using team = await startTeam({ bumpWindowSeconds: 0 });
  const won = await team.b.commit(at("09:00"), at("09:30"), { title: "Sync" });
  const path = `/v1/bookings/${won.body.booking_id}`;
  const proposed = await team.c.post(`${path}/counter`, { proposed: slots(2), note: "please" });
  const answer = `${path}/counters/${proposed.body.counter_id}`;
  const foreign = await team.c.post(`${answer}/accept`, { slot_index: 0 });
  expect([foreign.status, foreign.body.error]).toEqual([403, "not_owner"]);
  await team.a.commit(at("10:00"), at("10:30"));
  const taken = await team.b.post(`${answer}/accept`, { slot_index: 0 });
  expect([taken.status, taken.body.error]).toEqual([409, "slot_taken"]);
  const accepted = await team.b.post(`${answer}/accept`, { slot_index: 1 });
  expect([accepted.status, accepted.body.status]).toEqual([200, "accepted"]);
  const moved = await team.b.get(`/v1/bookings/${accepted.body.accepted_booking_id}`);
  expect(moved.body).toMatchObject({ status: "COMMITTED", start: at("11:00"), title: "Sync" });
  expect((await team.b.get(path)).body.status).toBe("CANCELLED");
  expect((await team.c.commit(at("09:00"), at("09:30"))).status).toBe(201);
  const list = await team.c.get(`${path}/counters`);
  expect(list.body.counters).toMatchObject([{ counter_id: proposed.body.counter_id, status: "accepted" }]);
  expect((await team.b.post(`${answer}/accept`, { slot_index: 5 })).status).toBe(400);
});

test("AD-2.4-list bookings come in pages, oldest first, by status and time, and none twice", async () => {
  await using team = await startTeam();
  const made: unknown[] = [];
  for (let index = 0; index < 5; index++) {
    made.push((await team.a.commit(at(`1${index}:00`), at(`1${index}:30`))).body.booking_id);
  }
  await team.a.send("DELETE", `/v1/bookings/${made[2]}`);
  const seen: unknown[] = [];
  let cursor: unknown = null;
  do {
    const more = cursor === null ? "" : `&cursor=${encodeURIComponent(String(cursor))}`;
    const { status, body } = await team.b.get(`/v1/bookings?limit=2${more}`);
    expect(status).toBe(200);
    seen.push(...(body.bookings as { booking_id: string }[]).map(({ booking_id }) => booking_id));
    cursor = body.next_cursor;
  } while (cursor !== null);
  expect(seen).toEqual(made);
  const ids = async (query: string): Promise<unknown> =>
    ((await team.b.get(`/v1/bookings?${query}`)).body.bookings as { booking_id: string }[]).map(
      ({ booking_id }) => booking_id,
    );
  expect(await ids("status=CANCELLED")).toEqual([made[2]]);
  expect(await ids(`from=${encodeURIComponent(at("13:00"))}`)).toEqual(made.slice(3));
  expect(await ids(`to=${encodeURIComponent(at("11:00"))}`)).toEqual(made.slice(0, 1));
  for (const query of ["limit=0", "limit=101", "limit=x", "status=GONE", "from=yesterday", "cursor=forged"]) {
    const refused = await team.b.get(`/v1/bookings?${query}`);
    expect([query, refused.status, refused.body.error]).toEqual([query, 400, "invalid_request"]);
  }
});
