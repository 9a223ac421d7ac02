// The bus over real streams.
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { ElectionState, WatchEvent } from "../src/index.ts";
import { eventsUntil, startKeeper } from "./fixture.ts";

describe("watch", () => {
  it("AK-V1 AK-V5 prefixes are a union, each event comes once, and sequences rise", async () => {
    await using keeper = await startKeeper();
    const leases = keeper.client.watch(["lease.", "lease.acquired", ""]);
    const agents = keeper.client.watch(["agent.registered", "agent.died"]);
    await Promise.all([leases.ready, agents.ready]);
    const a = await keeper.agent();
    const handle = await keeper.client.acquireLease("key", a);
    await handle?.release();
    await keeper.client.register({ name: "last", description: "", version: "" });
    const all = await eventsUntil(
      leases,
      (event) => event.topic === "agent.registered" && event.sequence > 1n,
    );
    expect(all.map(({ topic }) => topic)).toEqual([
      "agent.registered",
      "lease.acquired",
      "lease.released",
      "agent.registered",
    ]);
    expect(all.map(({ sequence }) => sequence)).toEqual([1n, 2n, 3n, 4n]);
    const registered = await eventsUntil(agents, (event) => event.sequence === 4n);
    expect(registered.map(({ sequence }) => sequence)).toEqual([1n, 4n]);
  });

  it("AK-V2 AK-V3 AK-V12 each topic carries its payload, and the times of events never fall", async () => {
    await using keeper = await startKeeper();
    const { client } = keeper;
    const events = client.watch([]);
    await events.ready;
    const agentId = await keeper.agent("worker");
    await client.campaign("group", agentId);
    await client.setPolicy({ id: "p", subject: "s", action: "a", resource: "r", effect: "DENY" });
    await client.deletePolicy("p");
    const task = await client.createTask({ type: "typed", input: "secret input" });
    await client.claimTask(agentId);
    await client.completeTask(task.id, agentId, { output: "secret output" });
    const seen = await eventsUntil(events, (event) => event.topic === "task.completed");
    expect(seen).toMatchObject([
      { topic: "agent.registered", payload: { agentId, status: "ALIVE" } },
      { topic: "leader.changed", payload: { group: "group", leaderAgentId: agentId, term: 1n } },
      { topic: "policy.set", payload: { id: "p", effect: "DENY" } },
      { topic: "policy.deleted", payload: { id: "p" } },
      { topic: "task.created", payload: { id: task.id, status: "PENDING" } },
      { topic: "lease.acquired", payload: { taskId: task.id, holderAgentId: agentId } },
      { topic: "task.claimed", payload: { id: task.id, status: "CLAIMED", claimedByAgentId: agentId } },
      { topic: "lease.released", payload: { taskId: task.id } },
      { topic: "task.completed", payload: { id: task.id, status: "COMPLETED" } },
    ]);
    for (const event of seen) {
      if (event.payload !== null && "input" in event.payload) {
        expect([event.payload.input.length, event.payload.output.length]).toEqual([0, 0]);
      }
    }
    const times = seen.map(({ timestamp }) => timestamp.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("AK-V6 AK-V7 a watch sees everything that is sent after it on its connection, and nothing from before", async () => {
    await using keeper = await startKeeper();
    await keeper.agent("before");
    for (let round = 0; round < 50; round += 1) {
      // Nobody waits for `ready`: the order on the connection is enough.
      const events = keeper.client.watch(["agent.registered"]);
      const [first, second] = [keeper.agent(`first-${round}`), keeper.agent(`second-${round}`)];
      const seen = await eventsUntil(events, (event) => nameIn(event) === `second-${round}`);
      expect(seen.map(nameIn)).toEqual([`first-${round}`, `second-${round}`]);
      await Promise.all([first, second]);
    }
  });

  it("AK-V8 an event is published before the call that caused it is answered", async () => {
    await using keeper = await startKeeper();
    const seen: string[] = [];
    const events = keeper.client.watch(["lease."], (event) => {
      seen.push(event.topic);
    });
    await events.ready;
    const a = await keeper.agent();
    for (let round = 1; round <= 50; round += 1) {
      await keeper.client.acquireLease(`key-${round}`, a);
      await waitUntil(() => seen.length === round, { what: `event ${round}` });
    }
  });

  it("AK-V9 AK-ERR-SHUTTING_DOWN a stopping daemon ends watches and waiting claims", async () => {
    await using keeper = await startKeeper();
    const agentId = await keeper.agent();
    const states: string[] = [];
    const events = keeper.client.watch([], () => undefined, {
      onState: (state) => states.push("error" in state ? (state.error?.code ?? "") : state.state),
      onResync: () => undefined,
    });
    await events.ready;
    const claiming = keeper.client.claimTask(agentId);
    await keeper.client.find();
    await Promise.all([
      expect(claiming).rejects.toMatchObject({ code: "shutting_down", grpcCode: "UNAVAILABLE" }),
      keeper.server.close(),
    ]);
    await waitUntil(() => states.includes("shutting_down"), {
      what: () => `the end of the watch in ${states}`,
    });
    events.cancel();
  });

  it("AK-V10 AK-ERR-WATCHER_TOO_SLOW a watcher that never reads is ended, and nobody else notices", async () => {
    await using keeper = await startKeeper({ ext: false, watcherQueue: 200 });
    const stuckClient = keeper.connect();
    const stuck = stuckClient.watch([], undefined, { bufferSize: 1, whenFull: "pause" });
    let seen = 0;
    const quick = keeper.client.watch(["lease.acquired"], () => {
      seen += 1;
    });
    await Promise.all([stuck.ready, quick.ready]);
    const a = await keeper.agent();
    const rounds = 3_000;
    const name = "k".repeat(1_000);
    for (let round = 0; round < rounds; round += 50) {
      await Promise.all(
        Array.from({ length: 50 }, (_, index) => keeper.client.acquireLease(`${name}${round + index}`, a)),
      );
      await waitUntil(() => seen === round + 50, { what: "the quick watcher" });
    }
    await expect(eventsUntil(stuck, () => false)).rejects.toMatchObject({
      code: "watcher_too_slow",
      grpcCode: "RESOURCE_EXHAUSTED",
    });
    expect(seen).toBe(rounds);
  });

  it("AK-V11 a thousand watches share one connection with heartbeats and calls", async () => {
    await using keeper = await startKeeper();
    let seen = 0;
    const watches = Array.from({ length: 1_000 }, () =>
      keeper.client.watch(["policy."], () => {
        seen += 1;
      }),
    );
    await Promise.all(watches.map((watch) => watch.ready));
    await keeper.client.setPolicy({ id: "p", subject: "s", action: "a", resource: "r", effect: "ALLOW" });
    await waitUntil(() => seen === 1_000, { what: () => `1,000 deliveries, not ${seen}` });
    for (const watch of watches) {
      watch.cancel();
    }
  });

  it("AK-FLAG-max-watchers AK-ERR-TOO_MANY_WATCHERS more watches than allowed are refused", async () => {
    await using keeper = await startKeeper({ maxWatchers: 2 });
    const watches = [keeper.client.watch([]), keeper.client.watchElection("group")];
    await Promise.all(watches.map((watch) => watch.ready));
    const refused = keeper.client.watch([]);
    await expect(refused.ready).rejects.toMatchObject({ code: "too_many_watchers" });
    watches[0]?.cancel();
    await waitUntil(async () => {
      const again = keeper.client.watch([]);
      const ready = await again.ready.then(
        () => true,
        () => false,
      );
      again.cancel();
      return ready;
    });
  });

  it("AK-LIMIT-topics 64 prefixes of 256 bytes are taken, more and longer ones refused", async () => {
    await using keeper = await startKeeper();
    const most = keeper.client.watch(Array.from({ length: 64 }, () => "t".repeat(256)));
    await most.ready;
    for (const topics of [Array.from({ length: 65 }, () => "t"), ["t".repeat(257)]]) {
      await expect(keeper.client.watch(topics).ready).rejects.toMatchObject({ code: "field_too_long" });
    }
  });

  it("AK-E11 an election watch begins with the latest change, if there ever was one", async () => {
    await using keeper = await startKeeper();
    const [a, b] = [await keeper.agent(), await keeper.agent()];
    const early: ElectionState[] = [];
    const late: ElectionState[] = [];
    const first = keeper.client.watchElection("group", (state) => {
      early.push(state);
    });
    await first.ready;
    expect(early).toEqual([]);
    await keeper.client.campaign("group", a);
    await keeper.client.campaign("group", b);
    keeper.client.watchElection("group", (state) => {
      late.push(state);
    });
    await waitUntil(() => late.length === 1);
    await keeper.client.resign("group", a);
    await waitUntil(() => late.length === 2 && early.length === 2);
    expect(late).toEqual(early);
    expect(late).toMatchObject([
      { leaderAgentId: a, term: 1n },
      { leaderAgentId: b, term: 2n },
    ]);
    await expect(keeper.client.watchElection("").ready).rejects.toMatchObject({ code: "field_empty" });
  });
});

function nameIn(event: WatchEvent): string {
  return event.payload !== null && "card" in event.payload ? event.payload.card.name : "";
}
