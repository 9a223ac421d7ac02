// What a restart keeps and what it renews: nothing is ended by stopping and starting, however it was stopped.
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/client/connection.ts";
import { FencingTokenSchema, PolicyEffect } from "../../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { durationOf } from "../../src/wire/duration.ts";
import { dateOf } from "../../src/wire/timestamp.ts";
import { failureOf, idOf } from "../ext/raw.ts";
import { pictureOf } from "./picture.ts";
import { createStoredKeeper } from "./stored-keeper.ts";

const tokenOf = (value: bigint | undefined) => create(FencingTokenSchema, { value: value ?? 0n });
const card = (name: string, tools: string[] = []) => ({ name, description: "d", version: "1", tools });
const requestId = randomUUID();
const encoder = new TextEncoder();

/** One of everything: agents in each status, leases, a line of candidates, policies, tasks in each status. */
async function furnish(connection: Connection) {
  const { registry, leases, elections, entitlements, tasks } = connection;
  const ext = await connection.loadExt();
  const register = async (name: string, tools: string[] = []): Promise<string> =>
    (await registry.register({ card: card(name, tools), ttlSeconds: 600 })).agentId;
  const [leader, second, third] = [
    await register("leader"),
    await register("second"),
    await register("third"),
  ];
  const worker = await register("worker", ["work"]);
  const gone = await register("gone");
  await ext.leases.acquire({
    taskId: "locked",
    agentId: gone,
    ttlSeconds: 60,
    lockDelay: durationOf(60_000),
  });
  const named = idOf((await ext.registry.registerAgent({ card: card("named"), requestId })).agent);
  for (const group of ["led", "left"]) {
    for (const agentId of [leader, second, third]) {
      await elections.campaign({ group, agentId });
    }
  }
  for (const agentId of [leader, second, third]) {
    await elections.resign({ group: "left", agentId });
  }
  const { lease } = await leases.acquireLease({ taskId: "key", agentId: leader, ttlSeconds: 600 });
  const past = await leases.acquireLease({ taskId: "past", agentId: leader, ttlSeconds: 600 });
  await leases.releaseLease({ taskId: "past", agentId: leader, token: past.lease?.token ?? tokenOf(0n) });
  await entitlements.setPolicy({
    policy: { id: "p", subject: "agent:*", action: "a", resource: "r\\*", effect: PolicyEffect.DENY },
  });
  const make = async (type: string, requiredTools: string[] = []): Promise<string> => {
    const request = {
      type,
      input: encoder.encode(`in of ${type}`),
      requiredTools,
      maxRetries: 1,
      ttlSeconds: 600,
    };
    const { task } = await ext.tasks.createTask({ ...request, idempotencyKey: type });
    return task?.task?.id ?? "";
  };
  const [done, dead, claimed] = [
    await make("done", ["work"]),
    await make("dead", ["work"]),
    await make("claimed", ["work"]),
  ];
  await tasks.claimTask({ agentId: worker });
  await tasks.completeTask({ taskId: done, agentId: worker, output: encoder.encode("out") });
  await ext.tasks.cancelTask({ taskId: dead, reason: "not needed" });
  await tasks.claimTask({ agentId: worker });
  await tasks.failTask({ taskId: claimed, agentId: worker, reason: "once" });
  const claim = (await ext.tasks.claimTask({ agentId: worker })).task?.token?.value;
  const waiting = [await make("first", ["rare"]), await make("next", ["rare"])];
  await registry.deregister({ agentId: gone });
  return { leader, second, third, worker, named, claimed, claim, waiting, token: lease?.token?.value, past };
}

describe.each(["SIGTERM", "SIGKILL"] as const)("a restart after %s", (signal) => {
  it("AK-Z1 AK-Z3 AK-Z4 AK-P12 AK-FLAG-data-dir AK-X4 keeps everything, ends nothing, and tells of no event", async () => {
    await using keeper = createStoredKeeper();
    let daemon = await keeper.start();
    expect(daemon.readyLine).toContain(`store=${keeper.directory}`);
    const furnished = await furnish(keeper.connect());
    const before = await pictureOf(keeper.connect());
    const blocked = failureOf(
      keeper.connect().tasks.claimTask({ agentId: furnished.leader }, { timeoutMs: 0 }),
    );
    const line = { taskId: "key", agentId: furnished.second, wait: durationOf(600_000) };
    const { leases: queues } = await keeper.connect().loadExt();
    const inLine = failureOf(queues.acquire(line, { timeoutMs: 0 }));
    await pictureOf(keeper.connect());

    const restartedAt = Date.now();
    await daemon.stop(signal);
    expect(await blocked).toMatchObject({ grpcCode: "UNAVAILABLE", retryable: true });
    expect(await inLine).toMatchObject({ grpcCode: "UNAVAILABLE", retryable: true });
    daemon = await keeper.start();
    const connection = keeper.connect();
    const { leases, elections, tasks } = connection;
    const ext = await connection.loadExt();
    const after = await pictureOf(connection);

    const timeless = (picture: typeof before) => ({
      ...picture,
      agents: picture.agents.map((agent) => ({ ...agent, lastHeartbeatAt: undefined })),
      leases: picture.leases.map((lease) => ({ ...lease, expiresAt: undefined, waiters: 0 })),
    });
    expect(timeless(after)).toEqual(timeless(before));
    expect(before.agents).toHaveLength(6);
    expect(before.tasks).toHaveLength(5);
    // A full fresh time from readiness on.
    const now = dateOf((await ext.server.getServerInfo({})).serverTime).getTime();
    for (const { expiresAt, ttlSeconds } of after.leases) {
      expect(expiresAt.getTime()).toBeGreaterThanOrEqual(restartedAt + ttlSeconds * 1_000);
      expect(expiresAt.getTime()).toBeLessThanOrEqual(now + ttlSeconds * 1_000);
    }
    // Everything goes on under the old names and numbers.
    const { leader, second, third, worker, named, claimed, token } = furnished;
    const request = { taskId: "key", agentId: leader, token: tokenOf(token) };
    expect((await leases.renewLease(request)).lease?.token?.value).toBe(token);
    const pastToken = furnished.past.lease?.token?.value;
    const fence = await ext.leases.validateFence({ taskId: "past", token: tokenOf(pastToken) });
    expect([fence.current, fence.currentToken?.value]).toEqual([true, pastToken]);
    const locked = await ext.leases.acquire({ taskId: "locked", agentId: leader });
    expect([locked.acquired, (locked.retryAfter?.seconds ?? 0n) > 0n]).toEqual([false, true]);
    const completed = await ext.tasks.completeTask({
      taskId: claimed,
      agentId: worker,
      token: tokenOf(furnished.claim),
    });
    expect(completed.task?.task?.retryCount).toBe(1);
    await elections.resign({ group: "led", agentId: leader });
    const { election } = await ext.elections.getElection({ group: "led" });
    expect(election).toMatchObject({
      state: { leaderAgentId: second, term: 2n },
      candidateAgentIds: [third],
    });
    expect((await elections.campaign({ group: "left", agentId: third })).state?.term).toBe(5n);
    expect(idOf((await ext.registry.registerAgent({ card: card("named"), requestId })).agent)).toBe(named);
    const again = await ext.tasks.createTask({ type: "first", idempotencyKey: "first" });
    expect([again.created, again.task?.task?.id]).toEqual([false, furnished.waiting[0]]);
    const { agentId: rare } = await connection.registry.register({
      card: card("rare", ["rare"]),
      ttlSeconds: 600,
    });
    for (const id of furnished.waiting) {
      expect((await tasks.claimTask({ agentId: rare })).task?.id).toBe(id);
    }
    const next = await leases.acquireLease({ taskId: "new", agentId: leader });
    const highest = Math.max(...before.leases.map((lease) => Number(lease.token)));
    expect(Number(next.lease?.token?.value)).toBeGreaterThan(highest);
    expect(daemon.stderr()).toBe("");
  });

  it("AK-Z4 an agent that was unreachable comes back alive, with no event for it", async () => {
    await using keeper = createStoredKeeper();
    const daemon = await keeper.start();
    const { events, registry } = keeper.connect();
    const { agentId } = await registry.register({ card: card("silent"), ttlSeconds: 3 });
    for await (const { kind } of events.watch({ topics: ["agent.unreachable"], afterSequence: 0n })) {
      if (kind.case === "batch") {
        break;
      }
    }
    await daemon.stop(signal);
    await keeper.start();
    const connection = keeper.connect();
    const { agents, lastSequence } = await pictureOf(connection);
    expect(agents).toMatchObject([{ agentId, status: "ALIVE", deathCause: null }]);
    expect(lastSequence).toBe(2n);
    await connection.registry.heartbeat({ agentId });
  });
});

describe("a restart of the daemon under a client", () => {
  it("AK-Z5 agents and leases of a running program survive it", async () => {
    await using keeper = createStoredKeeper();
    const daemon = await keeper.start();
    const heartbeats: string[] = [];
    const client = keeper.client({
      hooks: {
        onCallEnd: ({ operation, error }) => {
          if (operation === "heartbeat") {
            heartbeats.push(error?.code ?? "ok");
          }
        },
      },
    });
    const agent = await client.register({ name: "steady", description: "", version: "", ttlSeconds: 6 });
    const lease = await client.acquireLease("key", agent.agentId, { ttlSeconds: 9, autoRenew: true });
    await daemon.stop("SIGKILL");
    await keeper.start();
    const events = client.watch(["agent.", "lease."]);
    for await (const { topic } of events) {
      // Renewed after the restart, which is what its holder does by itself.
      if (topic === "lease.renewed") {
        break;
      }
    }
    expect((await client.getAgent(agent.agentId)).status).toBe("ALIVE");
    expect([agent.signal.aborted, lease?.signal.aborted]).toEqual([false, false]);
    expect((await client.getLease("key")).token).toBe(lease?.lease.token);
    expect(heartbeats).not.toContain("agent_not_found");
  });
});
