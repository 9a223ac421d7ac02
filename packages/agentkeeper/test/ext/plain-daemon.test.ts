// Our client against a daemon that speaks agentkeeper.v1 only: what needs more says so, is asked for once, and what does
// not goes on as if nothing were missing.
import { describe, expect, it } from "vitest";
import { type AgentKeeperClient, UnimplementedError } from "../../src/index.ts";
import { startPlainDaemon } from "../plain-daemon.ts";

const first = async <Item>(items: AsyncIterable<Item>): Promise<Item | undefined> => {
  for await (const item of items) {
    return item;
  }
  return undefined;
};

const additive: Readonly<Record<string, (client: AgentKeeperClient, agentId: string) => Promise<unknown>>> = {
  getServerInfo: (client) => client.getServerInfo(),
  findScored: (client) => client.findScored({ query: "x" }),
  listAgents: (client) => first(client.listAgents()),
  "acquireLease with a wait": (client, agentId) =>
    client.acquireLease("key", agentId, { waitTimeoutMs: 1_000 }),
  "acquireLease with a lock delay": (client, agentId) =>
    client.acquireLease("key", agentId, { lockDelayMs: 1_000 }),
  getLease: (client) => client.getLease("key"),
  listLeases: (client) => first(client.listLeases()),
  validateFence: (client) => client.validateFence("key", 1n),
  getElection: (client) => client.getElection("group"),
  listElections: (client) => first(client.listElections()),
  getPolicy: (client) => client.getPolicy("p"),
  checkPolicies: (client) => client.checkPolicies([{ subject: "s", action: "a", resource: "r" }]),
  "claimTask by type": (client, agentId) => client.claimTask(agentId, { types: ["work"] }),
  tryClaimTask: (client, agentId) => client.tryClaimTask(agentId),
  listTaskDetails: (client) => first(client.listTaskDetails()),
  cancelTask: (client) => client.cancelTask("task"),
  "createTask with a key": (client) => client.createTask({ type: "work", idempotencyKey: "k" }),
  "register that replaces": (client) =>
    client.register({ name: "a", description: "", version: "", replace: true }),
};

describe("a daemon without the additive wire", () => {
  it.each(Object.entries(additive))("AK-C-10 %s throws ext_unavailable", async (_, call) => {
    await using daemon = await startPlainDaemon();
    for (const _attempt of [1, 2]) {
      const failure: unknown = await call(daemon.client, "agent").catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(UnimplementedError);
      expect(failure).toMatchObject({ code: "ext_unavailable", retryable: false });
    }
    expect(daemon.asked).toBe(1);
  });

  it("AK-C-10 what the plain wire can do works, and the daemon is asked once in all for more", async () => {
    await using daemon = await startPlainDaemon();
    const { client } = daemon;
    const agent = await client.register({ name: "a", description: "", version: "", ttlSeconds: 600 });
    const watch = client.watch(["task."]);
    await watch.ready;
    const task = await client.createTask({ type: "work" });
    expect((await client.claimTask(agent.agentId)).id).toBe(task.id);
    expect((await client.acquireLease("key", agent.agentId))?.lease.holderAgentId).toBe(agent.agentId);
    for (const call of Object.values(additive)) {
      await expect(call(client, agent.agentId)).rejects.toMatchObject({ code: "ext_unavailable" });
    }
    const again = client.watch(["task."]);
    await again.ready;
    await client.register({ name: "b", description: "", version: "" });
    expect(daemon.asked).toBe(1);
    expect(await first(watch)).toMatchObject({ topic: "task.created", payload: { id: task.id } });
    again.cancel();
  });

  it("AK-C-10 a watch that is the first to ask finds out for all", async () => {
    await using daemon = await startPlainDaemon();
    const watch = daemon.client.watch([]);
    await watch.ready;
    await expect(daemon.client.getServerInfo()).rejects.toMatchObject({ code: "ext_unavailable" });
    expect(daemon.asked).toBe(1);
    watch.cancel();
  });

  it("AK-C-10 two clients each find out for themselves", async () => {
    await using daemon = await startPlainDaemon();
    const other = daemon.connect();
    for (const client of [daemon.client, other, other]) {
      await expect(client.getServerInfo()).rejects.toMatchObject({ code: "ext_unavailable" });
    }
    expect(daemon.asked).toBe(2);
  });
});
