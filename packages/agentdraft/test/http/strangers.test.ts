// What those may cause who have shown no right to anything.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createFakeClock } from "@x/core/testing";
import { expect, test } from "vitest";
import { type Answer, type Caller, startDraft } from "./fixture.ts";

const ask = (caller: Caller, email: string): Promise<Answer> => caller.post("/v1/auth/magic-link", { email });

async function statusesOf(count: number, call: (index: number) => Promise<Answer>): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < count; index += 1) {
    statuses.push((await call(index)).status);
  }
  return statuses;
}

const each = (count: number, status: number): number[] => Array.from({ length: count }, () => status);

test("AD-10-flood one network asks for twenty links at once and one more every five seconds, of whatever shape", async () => {
  const clock = createFakeClock({ wall: Date.now() });
  await using draft = await startDraft({ dev: false, clock });
  const { anyone } = draft;
  expect(await statusesOf(15, (index) => ask(anyone, `o${index}@example.com`))).toEqual(each(15, 200));
  expect(await statusesOf(5, () => ask(anyone, "no address"))).toEqual(each(5, 400));
  const late = await ask(anyone, "late@example.com");
  expect([
    late.status,
    late.body.error,
    late.headers.get("retry-after"),
    late.body.retry_after_seconds,
  ]).toEqual([429, "rate_limited", "5", 5]);
  await clock.advance(5_000);
  expect(await statusesOf(2, () => ask(anyone, "late@example.com"))).toEqual([200, 429]);
});

test("AD-10-flood one address is sent five links at once, in whatever case it is written; others get theirs", async () => {
  await using draft = await startDraft({ dev: false, clock: createFakeClock({ wall: Date.now() }) });
  const { anyone } = draft;
  const spellings = ["me@example.com", "ME@example.com", "me@EXAMPLE.com"];
  expect(await statusesOf(7, (index) => ask(anyone, spellings[index % 3] ?? ""))).toEqual([
    ...each(5, 200),
    ...each(2, 429),
  ]);
  expect((await ask(anyone, "you@example.com")).status).toBe(200);
});

test("AD-10-flood after a hundred wrong keys and tokens a network is told to wait, and right ones are still taken", async () => {
  await using draft = await startDraft({ dev: false, clock: createFakeClock({ wall: Date.now() }) });
  const owner = await draft.signIn();
  const agent = await owner.agent();
  await ask(draft.anyone, "owner@example.com");
  const wrong = draft.withKey("avs_live_00000000000000000000000000000000");
  expect(await statusesOf(60, () => wrong.get("/v1/agents/me"))).toEqual(each(60, 401));
  const token = { token: "wrong" };
  expect(await statusesOf(40, () => draft.anyone.post("/v1/auth/verify", token))).toEqual(each(40, 401));
  expect((await wrong.get("/v1/agents/me")).status).toBe(429);
  expect((await draft.anyone.post("/v1/auth/verify", token)).status).toBe(429);
  expect((await agent.get("/v1/agents/me")).status).toBe(200);
  expect((await draft.signIn("other@example.com")).cookie).not.toBe("");
});

test("AD-10-flood development and `off` know no such limit, unless one is given", async () => {
  await using dev = await startDraft({ dev: true });
  await using off = await startDraft({ dev: false, signInLimit: "off" });
  const clock = createFakeClock({ wall: Date.now() });
  await using given = await startDraft({ dev: true, clock, signInLimit: { perSecond: 1, burst: 4 } });
  expect(await statusesOf(30, () => ask(dev.anyone, "me@example.com"))).toEqual(each(30, 200));
  expect(await statusesOf(30, () => ask(off.anyone, "me@example.com"))).toEqual(each(30, 200));
  expect(await statusesOf(2, () => ask(given.anyone, "me@example.com"))).toEqual([200, 429]);
  expect(await statusesOf(3, (index) => ask(given.anyone, `${index}@example.com`))).toEqual([200, 200, 429]);
});

test("AD-10-forget the store forgets links and sessions that are over", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "draft-"));
  try {
    const draft = await startDraft({ dataDir, clock: "virtual" });
    const session = await draft.signIn();
    for (let index = 0; index < 20; index += 1) {
      await ask(draft.anyone, `o${index}@example.com`);
    }
    await draft.server.advance(7 * 86_400_000);
    // Whatever happens next.
    const owner = await draft.signIn("later@example.com");
    expect((await session.get("/v1/dashboard/me")).status).toBe(401);
    expect((await owner.get("/v1/dashboard/me")).status).toBe(200);
    await draft.server.close();
    using store = new DatabaseSync(join(dataDir, "store.db"), { readOnly: true });
    const count = (sql: string): unknown => Object.values(store.prepare(sql).get() ?? {})[0];
    expect(count("SELECT count(*) FROM journal WHERE CAST(payload AS TEXT) LIKE '%tokenHash%'")).toBe(0);
    const text = String(count("SELECT group_concat(CAST(payload AS TEXT)) FROM snapshot_part"));
    expect(text).toContain("later@example.com");
    expect(text).not.toContain("o7@example.com");
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});
