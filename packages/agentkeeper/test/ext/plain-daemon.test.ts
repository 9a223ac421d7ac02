// Our client against a daemon that speaks agentkeeper.v1 only: what needs more says so, is asked for once, and what does
// not goes on as if nothing were missing.
import { Code } from "@connectrpc/connect";
import { createGrpcServer } from "@x/core/rpc";
import { createMemoryJournal, systemClock } from "@x/core/service";
import { describe, expect, it } from "vitest";
import { AgentKeeperClient, UnimplementedError } from "../../src/index.ts";
import { startKeeper } from "../../src/local/engine/engine.ts";
import { defaultRules } from "../../src/local/rules/machine.ts";
import type { KeeperRecord } from "../../src/local/rules/model/records.ts";
import { v1Routes } from "../../src/local/surface/v1.ts";

interface PlainDaemon extends AsyncDisposable {
  readonly client: AgentKeeperClient;
  connect(): AgentKeeperClient;
  /** Calls that the daemon does not know. */
  readonly asked: number;
}

/** Our rules behind the plain wire alone, as a daemon of somebody else. */
async function startPlainDaemon(): Promise<PlainDaemon> {
  const keeper = await startKeeper({
    ...defaultRules,
    kernel: { journal: createMemoryJournal<KeeperRecord>(), clock: systemClock, observer: {}, tickMs: 200 },
    clock: systemClock,
    watcherQueue: 1_000,
    watcherQueueBytes: 1_000_000,
    eventRetention: 0,
  });
  let asked = 0;
  const server = createGrpcServer({
    routes: v1Routes(keeper, { maxWatchers: 100 }),
    onCallEnd({ code }) {
      asked += code === Code.Unimplemented ? 1 : 0;
    },
  });
  const { host, port } = await server.listen();
  const clients: AgentKeeperClient[] = [];
  const connect = (): AgentKeeperClient => {
    const client = new AgentKeeperClient({ host, port });
    clients.push(client);
    return client;
  };
  return {
    client: connect(),
    connect,
    get asked() {
      return asked;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      await keeper.close();
      await server.close();
    },
  };
}

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
