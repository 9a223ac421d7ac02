// Our own wire: leases with a line to wait in, lock delays, details, lists and fences.
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { FencingTokenSchema } from "../../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { durationOf, millisecondsOf } from "../../src/wire/duration.ts";
import { failureOf, type RawKeeper, startRawKeeper } from "./raw.ts";

const tokenOf = (value: bigint) => create(FencingTokenSchema, { value });

async function take(keeper: RawKeeper, taskId: string, agentId: string): Promise<bigint> {
  const { acquired, lease } = await keeper.ext.leases.acquire({ taskId, agentId, ttlSeconds: 600 });
  expect(acquired).toBe(true);
  return lease?.token?.value ?? 0n;
}

const release = (keeper: RawKeeper, taskId: string, agentId: string, token: bigint) =>
  keeper.connection.leases.releaseLease({ taskId, agentId, token: tokenOf(token) });

const waiters = async (keeper: RawKeeper, taskId: string): Promise<number> =>
  (await keeper.ext.leases.getLease({ taskId })).lease?.waiters ?? 0;

describe("leases of the additive wire", () => {
  it("AK-EXT-Acquire AK-X6 answers as AcquireLease does, with what that leaves open", async () => {
    await using keeper = await startRawKeeper();
    const [a, b] = [await keeper.agent(), await keeper.agent()];
    const first = await keeper.ext.leases.acquire({ taskId: "key", agentId: a, ttlSeconds: 600 });
    expect(first).toMatchObject({ acquired: true, alreadyHeld: false });
    expect(first.retryAfter).toBeUndefined();
    const again = await keeper.ext.leases.acquire({ taskId: "key", agentId: a, ttlSeconds: 600 });
    expect(again).toMatchObject({ acquired: true, alreadyHeld: true, lease: { token: first.lease?.token } });
    const other = await keeper.ext.leases.acquire({ taskId: "key", agentId: b });
    expect(other).toMatchObject({ acquired: false, lease: { holderAgentId: a } });
    const retryAfterMs = millisecondsOf(other.retryAfter) ?? 0;
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(600_000);
    const plain = await keeper.connection.leases.acquireLease({ taskId: "key", agentId: a });
    expect(plain.lease?.token).toEqual(first.lease?.token);
    for (const [request, code] of [
      [{ taskId: "", agentId: a }, "field_empty"],
      [{ taskId: "key", agentId: "" }, "field_empty"],
      [{ taskId: "key", agentId: a, ttlSeconds: 604_801 }, "ttl_out_of_range"],
      [{ taskId: "key", agentId: a, lockDelay: durationOf(60_001) }, "ttl_out_of_range"],
      [{ taskId: "key", agentId: a, lockDelay: durationOf(-1) }, "ttl_out_of_range"],
      [{ taskId: "key", agentId: a, wait: durationOf(-1) }, "ttl_out_of_range"],
      [{ taskId: "key", agentId: a, requestId: "x".repeat(65) }, "field_too_long"],
      [{ taskId: "key", agentId: "nobody" }, "agent_not_found"],
    ] as const) {
      expect(await failureOf(keeper.ext.leases.acquire(request))).toMatchObject({ code });
    }
  });

  it("AK-EXT-Acquire AK-X4 a repeated request gives the first answer", async () => {
    await using keeper = await startRawKeeper();
    const a = await keeper.agent();
    const request = { taskId: "key", agentId: a, ttlSeconds: 600, requestId: randomUUID() };
    const first = await keeper.ext.leases.acquire(request);
    expect(await keeper.ext.leases.acquire(request)).toEqual(first);
    const another = await keeper.ext.leases.acquire({ ...request, requestId: randomUUID() });
    expect(another.alreadyHeld).toBe(true);
  });

  it("AK-EXT-Acquire AK-X5 those in line get the key in the order in which they came", async () => {
    await using keeper = await startRawKeeper();
    const holder = await keeper.agent();
    let token = await take(keeper, "key", holder);
    const inLine: { readonly agentId: string; readonly answer: Promise<bigint> }[] = [];
    for (let place = 1; place <= 5; place += 1) {
      const agentId = await keeper.agent(`waiter-${place}`);
      const { leases } = await keeper.connect().loadExt();
      const answer = leases
        .acquire({ taskId: "key", agentId, ttlSeconds: 600, wait: durationOf(600_000) })
        .then(({ acquired, lease }) => {
          expect([acquired, lease?.holderAgentId]).toEqual([true, agentId]);
          return lease?.token?.value ?? 0n;
        });
      inLine.push({ agentId, answer });
      await waitUntil(async () => (await waiters(keeper, "key")) === place, { what: `place ${place}` });
    }
    let last = holder;
    for (const { agentId, answer } of inLine) {
      await release(keeper, "key", last, token);
      const next = await answer;
      expect(next).toBeGreaterThan(token);
      [last, token] = [agentId, next];
    }
    expect(await waiters(keeper, "key")).toBe(0);
  });

  it("AK-EXT-Acquire AK-X5 who cancels or vanishes never gets the key, and the next in line does", async () => {
    await using keeper = await startRawKeeper();
    const [holder, cancels, vanishes, patient] = [
      await keeper.agent(),
      await keeper.agent("cancels"),
      await keeper.agent("vanishes"),
      await keeper.agent("patient"),
    ];
    const token = await take(keeper, "key", holder);
    const wait = { taskId: "key", ttlSeconds: 600, wait: durationOf(600_000) };
    const cancel = new AbortController();
    const cancelled = failureOf(
      keeper.ext.leases.acquire({ ...wait, agentId: cancels }, { signal: cancel.signal }),
    );
    await waitUntil(async () => (await waiters(keeper, "key")) === 1);
    const lost = keeper.connect();
    const { leases } = await lost.loadExt();
    const vanished = failureOf(leases.acquire({ ...wait, agentId: vanishes }));
    await waitUntil(async () => (await waiters(keeper, "key")) === 2);
    const answered = keeper.ext.leases.acquire({ ...wait, agentId: patient });
    await waitUntil(async () => (await waiters(keeper, "key")) === 3);

    cancel.abort();
    await cancelled;
    await lost.close();
    await vanished;
    await waitUntil(async () => (await waiters(keeper, "key")) === 1, { what: "the line of one" });
    await release(keeper, "key", holder, token);
    const { acquired, lease } = await answered;
    expect([acquired, lease?.holderAgentId]).toEqual([true, patient]);
    // One grant after the first: nobody held the key in between.
    expect(lease?.token?.value).toBe(token + 1n);
  });

  it("AK-EXT-Acquire AK-X5 a wait ends with its time, and with its agent", async () => {
    await using keeper = await startRawKeeper();
    const [holder, waiter] = [await keeper.agent(), await keeper.agent()];
    await take(keeper, "key", holder);
    const request = { taskId: "key", agentId: waiter, ttlSeconds: 600 };
    const short = await keeper.ext.leases.acquire({ ...request, wait: durationOf(1) });
    expect(short).toMatchObject({ acquired: false, lease: { holderAgentId: holder } });
    const dying = failureOf(keeper.ext.leases.acquire({ ...request, wait: durationOf(600_000) }));
    await waitUntil(async () => (await waiters(keeper, "key")) === 1);
    await keeper.connection.registry.deregister({ agentId: waiter });
    expect(await dying).toMatchObject({ code: "agent_dead", grpcCode: "NOT_FOUND" });
    expect(await waiters(keeper, "key")).toBe(0);
  });

  it("AK-EXT-GetLease AK-EXT-ListLeases show who holds what, and who waits", async () => {
    await using keeper = await startRawKeeper();
    const [a, b] = [await keeper.agent(), await keeper.agent()];
    expect(await failureOf(keeper.ext.leases.getLease({ taskId: "key" }))).toMatchObject({
      code: "lease_not_held",
      grpcCode: "NOT_FOUND",
    });
    const token = await take(keeper, "key", a);
    await take(keeper, "other", b);
    const { task } = await keeper.ext.tasks.createTask({ type: "work", ttlSeconds: 60 });
    await keeper.ext.tasks.claimTask({ agentId: a });
    const { lease: detail } = await keeper.ext.leases.getLease({ taskId: "key" });
    expect(detail).toMatchObject({
      ttlSeconds: 600,
      claimedTask: false,
      waiters: 0,
      lease: { taskId: "key", holderAgentId: a, token: { value: token } },
    });
    const keys = async (request: Parameters<typeof keeper.ext.leases.listLeases>[0]) =>
      (await keeper.ext.leases.listLeases(request)).leases.map(({ lease }) => lease?.taskId);
    expect(await keys({})).toEqual(["key", "other", task?.task?.id]);
    expect(await keys({ taskIdPrefix: "o" })).toEqual(["other"]);
    expect(await keys({ holderAgentId: b })).toEqual(["other"]);
    const { leases, sequence } = await keeper.ext.leases.listLeases({ taskIdPrefix: "task:" });
    expect(leases).toMatchObject([{ claimedTask: true, ttlSeconds: 60 }]);
    expect(sequence).toBe((await keeper.ext.server.getServerInfo({})).lastSequence);
  });

  it("AK-EXT-ValidateFence tells the newest token from older ones, also after its lease has ended", async () => {
    await using keeper = await startRawKeeper();
    const [a, b] = [await keeper.agent(), await keeper.agent()];
    const validate = async (token: bigint) => {
      const answer = await keeper.ext.leases.validateFence({ taskId: "key", token: tokenOf(token) });
      return [answer.current, answer.currentToken?.value];
    };
    expect(await validate(0n)).toEqual([false, 0n]);
    const first = await take(keeper, "key", a);
    expect(await validate(first)).toEqual([true, first]);
    await release(keeper, "key", a, first);
    expect(await validate(first)).toEqual([true, first]);
    const second = await take(keeper, "key", b);
    expect(await validate(first)).toEqual([false, second]);
    expect(await validate(second)).toEqual([true, second]);
    expect(await validate(second + 1n)).toEqual([false, second]);
    const answer = await keeper.ext.leases.validateFence({ taskId: "key" });
    expect(answer.current).toBe(false);
  });
});
