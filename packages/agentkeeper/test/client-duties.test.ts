// What our client promises beyond the official one: C-1 to C-10 of the wire document.
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@x/core/rpc";
import { createFakeClock, startFaultProxy, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import {
  AgentKeeperClient,
  type Hooks,
  isServiceError,
  NotFoundError,
  type WatchEvent,
} from "../src/index.ts";
import { startLocalAgentKeeper } from "../src/local/index.ts";
import { RegistryService } from "../src/proto.ts";
import { startKeeper } from "./fixture.ts";

/** Counts the ends of calls of one operation. */
function countCalls(operation: string): { readonly hooks: Hooks; ended: number; started: number } {
  const counter = {
    started: 0,
    ended: 0,
    hooks: {
      onCallStart(call: { operation: string }) {
        counter.started += call.operation === operation ? 1 : 0;
      },
      onCallEnd(call: { operation: string }) {
        counter.ended += call.operation === operation ? 1 : 0;
      },
    },
  };
  return counter;
}

describe("client duties", () => {
  it("AK-C-1 a heartbeat leaves every half time to live, never later", async () => {
    const clock = createFakeClock();
    const heartbeats = countCalls("heartbeat");
    await using keeper = await startKeeper({ client: { clock, hooks: heartbeats.hooks } });
    await keeper.client.register({ name: "a", description: "", version: "", ttlSeconds: 10 });
    for (const beats of [1, 2, 3]) {
      await clock.advance(4_999);
      expect(heartbeats.started).toBe(beats - 1);
      await clock.advance(1);
      await waitUntil(() => heartbeats.ended === beats, { what: `heartbeat ${beats}` });
      await clock.settle();
    }
  });

  it("AK-C-1 a heartbeat that failed is tried again after half a second", async () => {
    const clock = createFakeClock();
    const heartbeats = countCalls("heartbeat");
    await using server = await startLocalAgentKeeper();
    await using proxy = await startFaultProxy({ port: server.port });
    await using client = new AgentKeeperClient({
      host: proxy.host,
      port: proxy.port,
      clock,
      hooks: heartbeats.hooks,
    });
    const handle = await client.register({ name: "a", description: "", version: "", ttlSeconds: 10 });
    await proxy.refuse();
    proxy.cutAll();
    await clock.advance(5_000);
    await waitUntil(() => heartbeats.ended === 1, { what: "the failed heartbeat" });
    await clock.settle();
    await proxy.accept();
    await clock.advance(499);
    expect(heartbeats.started).toBe(1);
    await clock.advance(1);
    await waitUntil(() => heartbeats.ended === 2, { what: "the repeated heartbeat" });
    expect(handle.signal.aborted).toBe(false);
  });

  it("AK-C-1 a dead agent's handle aborts once, beats no more and never registers again", async () => {
    const clock = createFakeClock();
    const heartbeats = countCalls("heartbeat");
    const registrations = countCalls("register");
    await using keeper = await startKeeper({
      client: {
        clock,
        hooks: {
          onCallStart(call) {
            heartbeats.hooks.onCallStart?.(call);
            registrations.hooks.onCallStart?.(call);
          },
          onCallEnd: (call) => heartbeats.hooks.onCallEnd?.(call),
        },
      },
    });
    const handle = await keeper.client.register({ name: "a", description: "", version: "", ttlSeconds: 10 });
    const aborts: unknown[] = [];
    handle.signal.addEventListener("abort", () => aborts.push(handle.signal.reason));
    await deregisterBehindItsBack(keeper.server.port, handle.agentId);
    await clock.advance(5_000);
    await waitUntil(() => aborts.length === 1, { what: "the abort" });
    expect(aborts[0]).toBeInstanceOf(NotFoundError);
    await clock.advance(60_000);
    expect([heartbeats.started, registrations.started, aborts.length]).toEqual([1, 1, 1]);
  });

  it("AK-C-2 deregister waits for a heartbeat on its way, and none follows", async () => {
    const clock = createFakeClock();
    const heartbeats = countCalls("heartbeat");
    await using server = await startLocalAgentKeeper();
    await using proxy = await startFaultProxy({ port: server.port });
    await using client = new AgentKeeperClient({
      host: proxy.host,
      port: proxy.port,
      clock,
      hooks: heartbeats.hooks,
    });
    const handle = await client.register({ name: "a", description: "", version: "", ttlSeconds: 10 });
    proxy.setFault({ kind: "stall" });
    await clock.advance(5_000);
    expect([heartbeats.started, heartbeats.ended]).toEqual([1, 0]);
    const deregistering = handle.deregister();
    expect(handle.deregister()).toBe(deregistering);
    await clock.settle();
    proxy.setFault({ kind: "none" });
    await deregistering;
    expect(heartbeats.ended).toBe(1);
    expect(handle.signal.aborted).toBe(true);
    await clock.advance(60_000);
    expect(heartbeats.started).toBe(1);
    expect((await client.getAgent(handle.agentId)).status).toBe("DEAD");
  });

  it("AK-C-3 a lease's signal aborts at its deadline, counted from the sending of the confirmed request", async () => {
    const clock = createFakeClock();
    await using keeper = await startKeeper({ client: { clock } });
    const agentId = await keeper.agent();
    const lease = await keeper.client.acquireLease("key", agentId, { ttlSeconds: 10 });
    await clock.advance(9_000);
    await lease?.renew();
    await clock.advance(9_999);
    expect(lease?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(lease?.signal.aborted).toBe(true);
    expect(lease?.signal.reason).toMatchObject({ name: "TimeoutError" });
  });

  it("AK-C-3 a renewal asks for the handle's own time, whatever another handle of the lease asked for", async () => {
    await using keeper = await startKeeper();
    const agentId = await keeper.agent();
    const long = await keeper.client.acquireLease("key", agentId, { ttlSeconds: 600 });
    await keeper.client.acquireLease("key", agentId, { ttlSeconds: 2 });
    await long?.renew();
    expect((await keeper.client.getLease("key")).ttlSeconds).toBe(600);
  });

  it("AK-C-3 a signal that is looked at only after the lease has ended is aborted, and says why", async () => {
    await using keeper = await startKeeper();
    const { agentId } = await keeper.client.register({ name: "a", description: "", version: "" });
    const released = await keeper.client.acquireLease("released", agentId);
    await released?.release();
    expect(released?.signal.aborted).toBe(true);
    expect(released?.signal.reason).toMatchObject({
      name: "AbortError",
      message: expect.stringContaining("was released"),
    });
    const closed = await keeper.client.acquireLease("closed", agentId);
    await keeper.client.close();
    expect(closed?.signal.aborted).toBe(true);
  });

  it("AK-C-3 a lease's signal aborts when a renewal says that it is lost", async () => {
    await using keeper = await startKeeper();
    const agentId = await keeper.agent();
    const [one, same] = [
      await keeper.client.acquireLease("key", agentId),
      await keeper.client.acquireLease("key", agentId),
    ];
    await same?.release();
    await expect(one?.renew()).rejects.toMatchObject({ code: "lease_not_held" });
    expect(one?.signal.aborted).toBe(true);
  });

  it("AK-C-4 autoRenew renews at a third of the time, again after half a second if that failed", async () => {
    const clock = createFakeClock();
    const renewals = countCalls("renewLease");
    await using server = await startLocalAgentKeeper();
    await using proxy = await startFaultProxy({ port: server.port });
    await using client = new AgentKeeperClient({
      host: proxy.host,
      port: proxy.port,
      clock,
      hooks: renewals.hooks,
    });
    const agent = await client.register({ name: "a", description: "", version: "", ttlSeconds: 80_000 });
    const lease = await client.acquireLease("key", agent.agentId, { ttlSeconds: 30, autoRenew: true });
    for (const count of [1, 2]) {
      await clock.advance(9_999);
      expect(renewals.started).toBe(count - 1);
      await clock.advance(1);
      await waitUntil(() => renewals.ended === count, { what: `renewal ${count}` });
      await clock.settle();
    }
    await proxy.refuse();
    proxy.cutAll();
    await clock.advance(10_000);
    await waitUntil(() => renewals.ended === 3, { what: "the failed renewal" });
    await clock.settle();
    await proxy.accept();
    await clock.advance(500);
    await waitUntil(() => renewals.ended === 4, { what: "the repeated renewal" });
    expect(lease?.signal.aborted).toBe(false);
    await lease?.release();
    await clock.advance(60_000);
    expect(renewals.started).toBe(4);
  });

  it("AK-C-5 leaving a scope swallows a lost lease and keeps the user's error", async () => {
    await using keeper = await startKeeper();
    const agentId = await keeper.agent();
    const scope = async (): Promise<void> => {
      await using lease = await keeper.client.acquireLease("key", agentId);
      const same = await keeper.client.acquireLease("key", agentId);
      await same?.release();
      await using agent = await keeper.client.register({ name: "scoped", description: "", version: "" });
      await deregisterBehindItsBack(keeper.server.port, agent.agentId);
      throw new Error(`user error with ${lease?.lease.taskId}`);
    };
    await expect(scope()).rejects.toThrow("user error with key");
    const lease = await keeper.client.acquireLease("key", agentId);
    await lease?.release();
    await expect(lease?.release()).rejects.toMatchObject({ code: "lease_not_held" });
  });

  it("AK-C-6 a watch of a plain daemon reconnects and says that there was a gap, or ends with resume_gap", async () => {
    await using server = await startLocalAgentKeeper({ ext: false });
    await using proxy = await startFaultProxy({ port: server.port });
    await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
    await using direct = new AgentKeeperClient({ host: server.host, port: server.port });
    const seen: string[] = [];
    let resyncs = 0;
    const onEvent = (event: WatchEvent): void => {
      seen.push(event.payload !== null && "card" in event.payload ? event.payload.card.name : event.topic);
    };
    const resyncing = client.watch(["agent.registered"], onEvent, {
      onResync() {
        resyncs += 1;
      },
      backoff: { baseMs: 1, capMs: 5 },
    });
    const strict = client.watch(["agent.registered"], () => undefined, { backoff: { baseMs: 1, capMs: 5 } });
    await Promise.all([resyncing.ready, strict.ready]);
    await direct.register({ name: "before", description: "", version: "" });
    await waitUntil(() => seen.length === 1);
    proxy.cutAll();
    await waitUntil(() => resyncs === 1, { what: "the resync" });
    expect(await strict.ended).toMatchObject({ code: "resume_gap" });
    await direct.register({ name: "after", description: "", version: "" });
    await waitUntil(() => seen.length === 2);
    expect(seen).toEqual(["before", "after"]);
  });

  it("AK-C-6 AK-X1 a watch of our daemon goes on behind the last event, without gap or repeat", async () => {
    await using server = await startLocalAgentKeeper();
    await using proxy = await startFaultProxy({ port: server.port });
    await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
    await using direct = new AgentKeeperClient({ host: server.host, port: server.port });
    const sequences: bigint[] = [];
    const watch = client.watch(["policy."], ({ sequence }) => void sequences.push(sequence), {
      backoff: { baseMs: 1, capMs: 5 },
    });
    await watch.ready;
    const events = 200;
    for (let index = 0; index < events; index += 1) {
      await direct.setPolicy({ id: `p${index}`, subject: "s", action: "a", resource: "r", effect: "ALLOW" });
      if (index % 20 === 10) {
        proxy.cutAll();
      }
    }
    await waitUntil(() => sequences.length >= events, {
      what: () => `${events} events, not ${sequences.length}`,
    });
    expect(sequences).toEqual(Array.from({ length: events }, (_, index) => BigInt(index + 1)));
    expect(proxy.accepted).toBeGreaterThan(5);
  });

  it("AK-C-6 an election watch goes on after a lost connection with the state of now", async () => {
    await using server = await startLocalAgentKeeper();
    await using proxy = await startFaultProxy({ port: server.port });
    await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
    await using direct = new AgentKeeperClient({ host: server.host, port: server.port });
    const [a, b] = await Promise.all(
      ["a", "b"].map((name) => direct.register({ name, description: "", version: "", ttlSeconds: 600 })),
    );
    await direct.campaign("group", a?.agentId ?? "");
    await direct.campaign("group", b?.agentId ?? "");
    const leaders: string[] = [];
    const watch = client.watchElection(
      "group",
      ({ leaderAgentId }) => {
        leaders.push(leaderAgentId);
      },
      { backoff: { baseMs: 1, capMs: 5 } },
    );
    await watch.ready;
    await waitUntil(() => leaders.length === 1);
    await proxy.refuse();
    proxy.cutAll();
    await direct.resign("group", a?.agentId ?? "");
    await proxy.accept();
    await waitUntil(() => leaders.length === 2, { what: "the change that happened meanwhile" });
    proxy.cutAll();
    await direct.resign("group", b?.agentId ?? "");
    await waitUntil(() => leaders.length === 3, { what: "the next change" });
    expect(leaders).toEqual([a?.agentId, b?.agentId, ""]);
  });

  it("AK-C-7 a callback that throws is reported, and the next event comes all the same", async () => {
    await using keeper = await startKeeper();
    const problems: unknown[] = [];
    let calls = 0;
    const watch = keeper.client.watch(
      ["agent.registered"],
      () => {
        calls += 1;
        throw new Error(`user code ${calls}`);
      },
      { onCallbackError: (error) => problems.push(error) },
    );
    await watch.ready;
    await keeper.agent();
    await keeper.agent();
    await waitUntil(() => calls === 2);
    expect(problems).toMatchObject([{ message: "user code 1" }, { message: "user code 2" }]);
  });

  it("AK-C-8 no callback runs after cancel has returned", async () => {
    await using keeper = await startKeeper();
    for (let round = 0; round < 20; round += 1) {
      let cancelled = false;
      let late = 0;
      const watch = keeper.client.watch(["agent.registered"], () => {
        late += cancelled ? 1 : 0;
        watch.cancel();
        cancelled = true;
      });
      await watch.ready;
      await Promise.all([keeper.agent(), keeper.agent(), keeper.agent()]);
      await watch.close();
      expect(late).toBe(0);
    }
  });

  it("AK-C-9 errors carry the reason as code, the status, and what it is about", async () => {
    await using keeper = await startKeeper();
    const error: unknown = await keeper.client.getAgent("nobody").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotFoundError);
    expect(isServiceError(error)).toBe(true);
    expect(error).toMatchObject({
      code: "agent_not_found",
      reason: "AGENT_NOT_FOUND",
      grpcCode: "NOT_FOUND",
      service: "agentkeeper",
      operation: "getAgent",
      details: { agent_id: "nobody" },
      retryable: false,
      attempts: 1,
    });
  });

  it("a call that nobody answers ends at its deadline, and an unreachable daemon is unavailable", async () => {
    await using server = await startLocalAgentKeeper();
    await using proxy = await startFaultProxy({ port: server.port });
    await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port });
    await client.find();
    proxy.setFault({ kind: "stall" });
    await expect(client.find({ timeoutMs: 50 })).rejects.toMatchObject({ code: "deadline_exceeded" });
    const port = server.port;
    await server.close();
    await using lost = new AgentKeeperClient({ host: "127.0.0.1", port });
    await expect(lost.find()).rejects.toMatchObject({ code: "unavailable", retryable: true, attempts: 3 });
  });

  it("close ends everything that the client started, and is idempotent", async () => {
    await using keeper = await startKeeper();
    const client = keeper.connect();
    const agent = await client.register({ name: "a", description: "", version: "" });
    const lease = await client.acquireLease("key", agent.agentId, { autoRenew: true });
    const watch = client.watch([]);
    await watch.ready;
    const claiming = client.claimTask(agent.agentId);
    await client.find();
    await Promise.all([
      expect(claiming).rejects.toMatchObject({ service: "agentkeeper" }),
      client.close(),
      client.close(),
    ]);
    expect([agent.signal.aborted, lease?.signal.aborted]).toEqual([true, true]);
    expect(await watch.ended).toBeUndefined();
    await expect(client.find()).rejects.toMatchObject({ service: "agentkeeper", operation: "find" });
  });
});

/** Ends an agent through another client, as an operator or a second copy of a program might. */
async function deregisterBehindItsBack(port: number, agentId: string): Promise<void> {
  await using transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` });
  await createClient(RegistryService, transport).deregister({ agentId });
}
