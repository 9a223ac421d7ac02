// A caller that gives up keeps nothing: what its call took while the answer was on its way is given back by itself.
import { type FaultProxy, startFaultProxy, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { AgentKeeperClient, type AgentStatus, type CallOptions } from "../src/index.ts";
import { startKeeper } from "./fixture.ts";
import { startPlainDaemon } from "./plain-daemon.ts";

const group = "pipeline";
const options = { name: "late", description: "", version: "1", ttlSeconds: 600 };

interface Scene {
  /** Behind the proxy. */
  readonly client: AgentKeeperClient;
  /** Beside it. */
  readonly direct: AgentKeeperClient;
  readonly agentId: string;
}

/** A call that takes something, and what the daemon shows of it: once it is taken, and once it is given back. */
interface Taking {
  readonly take: (scene: Scene, call: CallOptions) => Promise<unknown>;
  readonly isTaken: (scene: Scene) => Promise<boolean>;
}

const holder = async ({ direct }: Scene, key: string): Promise<boolean> => {
  const probe = await direct.register({ ...options, name: "probe" });
  const lease = await direct.acquireLease(key, probe.agentId);
  await probe.deregister();
  return lease === null;
};
const isClaimed = async ({ direct }: Scene): Promise<boolean> =>
  (await direct.listTasks({ status: "CLAIMED" })).length === 1;
const leads = async ({ direct, agentId }: Scene): Promise<boolean> => {
  const watch = direct.watchElection(group);
  await watch.ready;
  for await (const { leaderAgentId } of watch) {
    return leaderAgentId === agentId;
  }
  return false;
};
const isAlive = async ({ direct }: Scene): Promise<boolean> =>
  (await direct.find({ limit: 1_000 })).some(
    ({ card, status }) => card.name === "late" && status === ("ALIVE" satisfies AgentStatus),
  );

const onBothWires: Readonly<Record<string, Taking>> = {
  acquireLease: {
    take: ({ client, agentId }, call) => client.acquireLease("key", agentId, call),
    isTaken: (scene) => holder(scene, "key"),
  },
  claimTask: { take: ({ client, agentId }, call) => client.claimTask(agentId, call), isTaken: isClaimed },
  campaign: { take: ({ client, agentId }, call) => client.campaign(group, agentId, call), isTaken: leads },
  register: { take: ({ client }, call) => client.register({ ...options, ...call }), isTaken: isAlive },
};
const onOurs: Readonly<Record<string, Taking>> = {
  ...onBothWires,
  "acquireLease with a wait": {
    take: ({ client, agentId }, call) => client.acquireLease("key", agentId, { waitTimeoutMs: 100, ...call }),
    isTaken: (scene) => holder(scene, "key"),
  },
  "claimTask by type": {
    take: ({ client, agentId }, call) => client.claimTask(agentId, { types: ["work"], ...call }),
    isTaken: isClaimed,
  },
  tryClaimTask: {
    take: ({ client, agentId }, call) => client.tryClaimTask(agentId, call),
    isTaken: isClaimed,
  },
};

async function giveUp(
  daemon: { readonly host: string; readonly port: number },
  { take, isTaken }: Taking,
  how: "signal" | "deadline",
  network: (proxy: FaultProxy) => void,
): Promise<void> {
  const { host, port } = daemon;
  await using proxy = await startFaultProxy({ host, port });
  await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
  await using direct = new AgentKeeperClient({ host, port });
  const { agentId } = await client.register({ ...options, name: "giving up" });
  const scene = { client, direct, agentId };
  await direct.createTask({ type: "work", maxRetries: 0, ttlSeconds: 600 });
  // Known from then on: which wires the daemon speaks.
  await client.getServerInfo().catch(() => undefined);
  proxy.setFault({ kind: "stall", direction: "to-client" });
  const controller = new AbortController();
  // No repeats: the answer to one would be held back too.
  const call = { maxRetries: 0, ...(how === "signal" ? { signal: controller.signal } : { timeoutMs: 300 }) };
  const given = take(scene, call);
  given.catch(() => undefined);
  await waitUntil(() => isTaken(scene), { what: "the taking" });
  controller.abort();
  await expect(given).rejects.toMatchObject({
    code: how === "signal" ? "cancelled" : "deadline_exceeded",
  });
  network(proxy);
  await client.settled();
  await waitUntil(async () => !(await isTaken(scene)), { what: "the giving back" });
}

const passesAgain = (proxy: FaultProxy): void => proxy.setFault({ kind: "none" });
const isCut = (proxy: FaultProxy): void => {
  proxy.setFault({ kind: "none" });
  proxy.cutAll();
};

describe("a caller that gives up on our daemon", () => {
  for (const [name, taking] of Object.entries(onOurs)) {
    it(`AK-EXT-Withdraw AK-K9 by its signal keeps nothing of ${name}`, async () => {
      await using keeper = await startKeeper();
      await giveUp(keeper.server, taking, "signal", passesAgain);
    });

    it(`AK-EXT-Withdraw AK-K9 by its deadline keeps nothing of ${name}`, async () => {
      await using keeper = await startKeeper();
      await giveUp(keeper.server, taking, "deadline", passesAgain);
    });

    it(`AK-EXT-Withdraw AK-K9 keeps nothing of ${name} when the connection is lost too`, async () => {
      await using keeper = await startKeeper();
      await giveUp(keeper.server, taking, "signal", isCut);
    });
  }

  it.each(["claimTask", "acquireLease"] as const)(
    "closing the client gives back what %s was taking",
    async (name) => {
      await using keeper = await startKeeper();
      await using proxy = await startFaultProxy(keeper.server);
      const client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
      const scene = { client, direct: keeper.client, agentId: await keeper.agent() };
      await keeper.client.createTask({ type: "work" });
      await client.getServerInfo();
      proxy.setFault({ kind: "stall", direction: "to-client" });
      const { take, isTaken } = onBothWires[name] as Taking;
      const given = take(scene, {});
      given.catch(() => undefined);
      await waitUntil(() => isTaken(scene));
      const closed = client.close();
      proxy.setFault({ kind: "none" });
      await closed;
      await expect(given).rejects.toMatchObject({ code: "cancelled" });
      expect(await isTaken(scene)).toBe(false);
    },
  );

  it("keeps what the agent had before: an older lease, and a candidacy that was answered", async () => {
    await using keeper = await startKeeper();
    const agentId = await keeper.agent();
    const lease = await keeper.client.acquireLease("key", agentId);
    await keeper.client.campaign(group, agentId);
    await using proxy = await startFaultProxy(keeper.server);
    await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
    await client.campaign(group, agentId);
    proxy.setFault({ kind: "stall", direction: "to-client" });
    const late = { timeoutMs: 100, maxRetries: 0 };
    await expect(client.acquireLease("key", agentId, late)).rejects.toMatchObject({
      code: "deadline_exceeded",
    });
    await expect(client.campaign(group, agentId, late)).rejects.toMatchObject({ code: "deadline_exceeded" });
    proxy.setFault({ kind: "none" });
    await client.settled();
    expect((await keeper.client.getLease("key")).token).toBe(lease?.lease.token);
    expect((await keeper.client.getElection(group)).leaderAgentId).toBe(agentId);
  });

  it("a campaign that follows one that was given up stands", async () => {
    await using keeper = await startKeeper();
    await using proxy = await startFaultProxy({ host: keeper.server.host, port: keeper.server.port });
    await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
    const { agentId } = await client.register({ ...options });
    proxy.setFault({ kind: "stall", direction: "to-client" });
    const late = client.campaign(group, agentId, { timeoutMs: 100, maxRetries: 0 });
    await expect(late).rejects.toMatchObject({ code: "deadline_exceeded" });
    const again = client.campaign(group, agentId);
    proxy.setFault({ kind: "none" });
    expect((await again).leaderAgentId).toBe(agentId);
    await client.settled();
    expect((await keeper.client.getElection(group)).leaderAgentId).toBe(agentId);
  });

  it("a request that the daemon never had is not withdrawn, nor one that it refused", async () => {
    const calls: string[] = [];
    await using keeper = await startKeeper({
      client: { maxRetries: 0, hooks: { onCallStart: ({ operation }) => calls.push(operation) } },
    });
    await expect(keeper.client.claimTask("nobody")).rejects.toMatchObject({ code: "agent_not_found" });
    await keeper.server.close();
    await expect(keeper.client.claimTask("nobody")).rejects.toMatchObject({ code: "unavailable" });
    await expect(keeper.client.claimTask("nobody", { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    await keeper.client.settled();
    expect(calls).toEqual(["claimTask", "claimTask", "claimTask"]);
  });
});

describe("a caller that gives up on a daemon of agentkeeper.v1 alone", () => {
  for (const [name, taking] of Object.entries(onBothWires)) {
    it(`AK-C-10 by its signal keeps nothing of ${name}`, async () => {
      await using plain = await startPlainDaemon();
      await giveUp(plain, taking, "signal", passesAgain);
    });
  }

  it("AK-C-10 by its deadline keeps nothing of what was answered too late, and the task is as it was", async () => {
    await using plain = await startPlainDaemon();
    await giveUp(plain, onBothWires.claimTask as Taking, "deadline", passesAgain);
    const [task] = await plain.client.listTasks();
    expect(task).toMatchObject({ status: "PENDING", retryCount: 0 });
  });

  it("AK-C-10 a claim that nobody answers is not left behind: the next task goes to another", async () => {
    await using plain = await startPlainDaemon();
    const { agentId } = await plain.client.register({ ...options });
    const controller = new AbortController();
    const waiting = plain.client.claimTask(agentId, { signal: controller.signal });
    await plain.client.find();
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "cancelled" });
    await plain.client.settled();
    const { id } = await plain.client.createTask({ type: "work" });
    expect((await plain.client.claimTask(agentId)).id).toBe(id);
  });

  it("AK-C-10 keeps the lease that the agent had before", async () => {
    await using plain = await startPlainDaemon();
    await using proxy = await startFaultProxy(plain);
    await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
    const { agentId } = await client.register({ ...options });
    const lease = await client.acquireLease("key", agentId, { ttlSeconds: 600 });
    proxy.setFault({ kind: "stall", direction: "to-client" });
    const again = client.acquireLease("key", agentId, { ttlSeconds: 600, timeoutMs: 100, maxRetries: 0 });
    await expect(again).rejects.toMatchObject({ code: "deadline_exceeded" });
    proxy.setFault({ kind: "none" });
    await client.settled();
    await lease?.renew();
    expect(lease?.signal.aborted).toBe(false);
  });
});
