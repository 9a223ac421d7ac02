// Our own wire: tasks that are safe to create twice, claims with a bound and a token, and an end for what nobody needs.
import { create } from "@bufbuild/protobuf";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { FencingTokenSchema, TaskStatus } from "../../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { durationOf } from "../../src/wire/duration.ts";
import { failureOf, type RawKeeper, startRawKeeper } from "./raw.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const tokenOf = (value: bigint | undefined) => create(FencingTokenSchema, { value: value ?? 0n });

async function createOne(keeper: RawKeeper, type = "work", more = {}): Promise<string> {
  const { task } = await keeper.ext.tasks.createTask({ type, ttlSeconds: 600, ...more });
  return task?.task?.id ?? "";
}

describe("tasks of the additive wire", () => {
  it("AK-EXT-CreateTask a repeat with the same key answers the first task, whatever has become of it", async () => {
    await using keeper = await startRawKeeper();
    const agentId = await keeper.agent();
    const request = { type: "work", input: bytes("in"), ttlSeconds: 90, idempotencyKey: "invoice-42" };
    const first = await keeper.ext.tasks.createTask(request);
    expect(first).toMatchObject({
      created: true,
      task: { ttlSeconds: 90, lostCount: 0, task: { type: "work", status: TaskStatus.PENDING } },
    });
    const repeated = await keeper.ext.tasks.createTask(request);
    expect(repeated).toEqual({ ...first, created: false });
    await keeper.ext.tasks.claimTask({ agentId });
    await keeper.connection.tasks.completeTask({ taskId: first.task?.task?.id ?? "", agentId });
    const late = await keeper.ext.tasks.createTask(request);
    expect(late).toMatchObject({
      created: false,
      task: { task: { id: first.task?.task?.id, status: TaskStatus.COMPLETED } },
    });
    expect((await keeper.ext.tasks.createTask({ ...request, idempotencyKey: "other" })).created).toBe(true);
    expect(await createOne(keeper)).not.toBe(await createOne(keeper));
    const { tasks } = await keeper.connection.tasks.listTasks({});
    expect(tasks).toHaveLength(4);
    // A status that this wire does not know is no task's.
    expect((await keeper.connection.tasks.listTasks({ status: 9 as TaskStatus })).tasks).toEqual([]);
    expect(
      await failureOf(keeper.ext.tasks.createTask({ ...request, idempotencyKey: "k".repeat(257) })),
    ).toMatchObject({ code: "field_too_long" });
  });

  it("AK-EXT-ClaimTask answers at once, in time, or for ever, and only tasks of the types asked for", async () => {
    await using keeper = await startRawKeeper();
    const agentId = await keeper.agent();
    const none = await keeper.ext.tasks.claimTask({ agentId, wait: durationOf(0) });
    expect(none.task).toBeUndefined();
    const later = await keeper.ext.tasks.claimTask({ agentId, wait: durationOf(1) });
    expect(later.task).toBeUndefined();
    const parse = await createOne(keeper, "parse");
    const wrongType = await keeper.ext.tasks.claimTask({ agentId, types: ["fetch"], wait: durationOf(0) });
    expect(wrongType.task).toBeUndefined();
    const claimed = await keeper.ext.tasks.claimTask({ agentId, types: ["fetch", "parse"] });
    const { lease } = await keeper.ext.leases.getLease({ taskId: parse });
    expect(claimed.task).toMatchObject({
      ttlSeconds: 600,
      token: { value: lease?.lease?.token?.value },
      task: { id: parse, status: TaskStatus.CLAIMED, claimedByAgentId: agentId },
    });
    const { tasks } = await keeper.connect().loadExt();
    const waiting = tasks.claimTask({ agentId, types: ["fetch"] }, { timeoutMs: 0 });
    await createOne(keeper, "parse");
    const fetching = await createOne(keeper, "fetch");
    expect((await waiting).task?.task?.id).toBe(fetching);
    expect(
      await failureOf(keeper.ext.tasks.claimTask({ agentId: "nobody", wait: durationOf(0) })),
    ).toMatchObject({ code: "agent_not_found" });
    expect(await failureOf(keeper.ext.tasks.claimTask({ agentId, wait: durationOf(-1) }))).toMatchObject({
      code: "ttl_out_of_range",
    });
  });

  it("AK-EXT-ClaimTask who cancels gets no task, and the task stays for the next", async () => {
    await using keeper = await startRawKeeper();
    const [impatient, patient] = [await keeper.agent(), await keeper.agent()];
    const cancel = new AbortController();
    const cancelled = failureOf(
      keeper.ext.tasks.claimTask({ agentId: impatient }, { signal: cancel.signal, timeoutMs: 0 }),
    );
    await keeper.ext.server.getServerInfo({});
    const { tasks } = await keeper.connect().loadExt();
    const waiting = tasks.claimTask({ agentId: patient }, { timeoutMs: 0 });
    cancel.abort();
    await cancelled;
    const id = await createOne(keeper);
    expect((await waiting).task?.task).toMatchObject({ id, claimedByAgentId: patient });
  });

  it("AK-EXT-CompleteTask AK-EXT-FailTask ask for the token of the claim", async () => {
    await using keeper = await startRawKeeper();
    const agentId = await keeper.agent();
    const id = await createOne(keeper, "work", { maxRetries: 1 });
    const first = (await keeper.ext.tasks.claimTask({ agentId })).task?.token?.value ?? 0n;
    const named = { taskId: id, agentId };
    for (const token of [undefined, tokenOf(0n), tokenOf(first + 1n)]) {
      const shown = token === undefined ? {} : { token };
      for (const call of [
        keeper.ext.tasks.completeTask({ ...named, ...shown }),
        keeper.ext.tasks.failTask({ ...named, ...shown }),
      ]) {
        expect(await failureOf(call)).toMatchObject({
          code: "lease_token_mismatch",
          grpcCode: "PERMISSION_DENIED",
        });
      }
    }
    const failed = await keeper.ext.tasks.failTask({ ...named, token: tokenOf(first), reason: "boom" });
    expect(failed.task).toMatchObject({
      task: { status: TaskStatus.PENDING, retryCount: 1, failureReason: "boom" },
    });
    expect(failed.task?.token).toBeUndefined();
    const second = (await keeper.ext.tasks.claimTask({ agentId })).task?.token?.value ?? 0n;
    expect(second).toBeGreaterThan(first);
    // A claim that was lost cannot complete anything, though the agent is the same.
    const late = keeper.ext.tasks.completeTask({ ...named, token: tokenOf(first) });
    expect(await failureOf(late)).toMatchObject({ code: "lease_token_mismatch" });
    const output = bytes("out");
    const done = await keeper.ext.tasks.completeTask({ ...named, token: tokenOf(second), output });
    expect(done.task).toMatchObject({ task: { status: TaskStatus.COMPLETED, output } });
    expect(done.task?.finishedAt).toBeDefined();
    const repeated = await keeper.ext.tasks.completeTask({ ...named, token: tokenOf(second), output });
    expect(repeated).toEqual(done);
  });

  it("AK-EXT-CancelTask ends what waits and what is claimed, and refuses what has ended", async () => {
    await using keeper = await startRawKeeper();
    const agentId = await keeper.agent();
    const waiting = await createOne(keeper);
    const cancelled = await keeper.ext.tasks.cancelTask({ taskId: waiting, reason: "not needed" });
    expect(cancelled.task).toMatchObject({
      task: { status: TaskStatus.DEAD, failureReason: "not needed", claimedByAgentId: "" },
    });
    const claimed = await createOne(keeper);
    const { task } = await keeper.ext.tasks.claimTask({ agentId });
    expect(task?.task?.id).toBe(claimed);
    await keeper.ext.tasks.cancelTask({ taskId: claimed, reason: "" });
    expect(await failureOf(keeper.ext.leases.getLease({ taskId: claimed }))).toMatchObject({
      code: "lease_not_held",
    });
    for (const call of [
      keeper.ext.tasks.cancelTask({ taskId: claimed }),
      keeper.ext.tasks.completeTask({ taskId: claimed, agentId, token: tokenOf(task?.token?.value) }),
    ]) {
      expect(await failureOf(call)).toMatchObject({
        code: "task_not_claimed",
        grpcCode: "FAILED_PRECONDITION",
      });
    }
    expect(await failureOf(keeper.ext.tasks.cancelTask({ taskId: "nothing" }))).toMatchObject({
      code: "task_not_found",
    });
  });

  it("AK-EXT-ListTasks filters, tells what only details hold, and leaves the data out unless asked", async () => {
    await using keeper = await startRawKeeper();
    const agentId = await keeper.agent();
    const [parse, fetching] = [
      await createOne(keeper, "parse", { input: bytes("in") }),
      await createOne(keeper, "fetch"),
    ];
    const token = (await keeper.ext.tasks.claimTask({ agentId })).task?.token;
    const ids = async (request: Parameters<typeof keeper.ext.tasks.listTasks>[0]) =>
      (await keeper.ext.tasks.listTasks(request)).tasks.map(({ task }) => task?.id);
    expect(token?.value).toBeGreaterThan(0n);
    expect(await ids({})).toEqual([parse, fetching]);
    expect(await ids({ type: "fetch" })).toEqual([fetching]);
    expect(await ids({ statuses: [TaskStatus.CLAIMED] })).toEqual([parse]);
    expect(await ids({ statuses: [TaskStatus.CLAIMED, TaskStatus.PENDING] })).toEqual([parse, fetching]);
    const bare = await keeper.ext.tasks.listTasks({ type: "parse" });
    expect(bare.tasks[0]).toMatchObject({ ttlSeconds: 600, task: { input: new Uint8Array(0) } });
    // Only the claimer is told its token.
    expect(bare.tasks[0]?.token).toBeUndefined();
    const full = await keeper.ext.tasks.listTasks({ type: "parse", withData: true });
    expect(full.tasks[0]?.task?.input).toEqual(bytes("in"));
    await waitUntil(async () => (await keeper.ext.server.getServerInfo({})).lastSequence === full.sequence);
  });
});
