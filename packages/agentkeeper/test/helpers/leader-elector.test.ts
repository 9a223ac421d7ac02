// A leader elector: who leads does so under one term, lets go before another begins, and is never left leading unheard.
import { createFakeClock, startFaultProxy, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import {
  type AgentHandle,
  AgentKeeperClient,
  type LeaderElector,
  type LeaderElectorOptions,
  startLeaderElector,
} from "../../src/index.ts";
import { startLocalAgentKeeper } from "../../src/local/index.ts";
import { startKeeper } from "../fixture.ts";

const group = "pipeline";
const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

interface Diary {
  readonly lines: string[];
  readonly start: (
    name: string,
    agent: AgentHandle,
    more?: Partial<LeaderElectorOptions>,
  ) => Promise<LeaderElector>;
}

/** Electors that write down when they begin and end to lead. */
function diaryOf(client: AgentKeeperClient): Diary {
  const lines: string[] = [];
  let leading = 0;
  return {
    lines,
    start: (name, agent, more = {}) =>
      startLeaderElector({
        client,
        agent,
        group,
        async lead({ term, signal }) {
          expect(leading).toBe(0);
          leading += 1;
          lines.push(`${name} leads ${term}`);
          await untilAborted(signal);
          leading -= 1;
        },
        onStopped({ term }) {
          lines.push(`${name} stopped ${term}`);
        },
        ...more,
      }),
  };
}

const register = (client: AgentKeeperClient, name: string, ttlSeconds = 600): Promise<AgentHandle> =>
  client.register({ name, description: "", version: "", ttlSeconds });

describe("a leader elector", () => {
  it("leads alone, hands over in line when it is stopped, and resigns only after its work has ended", async () => {
    await using keeper = await startKeeper();
    const { lines, start } = diaryOf(keeper.client);
    const [a, b, c] = [
      await start("a", await register(keeper.client, "a")),
      await start("b", await register(keeper.client, "b")),
      await start("c", await register(keeper.client, "c")),
    ];
    await waitUntil(() => lines.length === 1);
    expect([a.isLeader, b.isLeader, b.state?.term]).toEqual([true, false, 1n]);
    await a.stop();
    await waitUntil(() => lines.length === 3);
    await Promise.all([b.stop(), b.stop()]);
    await waitUntil(() => lines.length === 5);
    await c.stop();
    expect(lines).toEqual([
      "a leads 1",
      "a stopped 1",
      "b leads 2",
      "b stopped 2",
      "c leads 3",
      "c stopped 3",
    ]);
    expect(await keeper.client.getElection(group)).toMatchObject({ leaderAgentId: "", term: 4n });
  });

  it("stop waits for work that lets go late, and so does the standby", async () => {
    await using keeper = await startKeeper();
    const letGo = Promise.withResolvers<void>();
    const { lines, start } = diaryOf(keeper.client);
    let aborted = false;
    const slow = await start("slow", await register(keeper.client, "a"), {
      async lead({ signal }) {
        await untilAborted(signal);
        aborted = true;
        await letGo.promise;
      },
    });
    await using _next = await start("next", await register(keeper.client, "b"));
    await waitUntil(() => slow.isLeader);
    const stopped = slow.stop();
    await waitUntil(() => aborted);
    await keeper.client.find();
    expect([lines, (await keeper.client.getElection(group)).term]).toEqual([[], 1n]);
    letGo.resolve();
    await stopped;
    await waitUntil(() => lines.length === 2);
    expect(lines).toEqual(["slow stopped 1", "next leads 2"]);
  });

  it("ends when its agent is lost, and the standby takes over", async () => {
    await using keeper = await startKeeper();
    const { lines, start } = diaryOf(keeper.client);
    const agent = await register(keeper.client, "a");
    await using _lost = await start("lost", agent);
    await using _next = await start("next", await register(keeper.client, "b"));
    await waitUntil(() => lines.length === 1);
    await agent.deregister();
    await waitUntil(() => lines.length === 3);
    expect([...lines].sort()).toEqual(["lost leads 1", "lost stopped 1", "next leads 2"]);
  });

  it("what lead and onStopped throw is reported, and both run to their end all the same", async () => {
    await using keeper = await startKeeper();
    const problems: unknown[] = [];
    const { start } = diaryOf(keeper.client);
    const elector = await start("a", await register(keeper.client, "a"), {
      lead: () => Promise.reject(new Error("work failed")),
      onStopped: () => Promise.reject(new Error("cleaning up failed")),
      onError: (error) => problems.push(error),
    });
    await waitUntil(() => problems.length === 2);
    expect(problems).toMatchObject([{ message: "work failed" }, { message: "cleaning up failed" }]);
    await elector.stop();
    expect(await elector.ended).toEqual({ reason: "stopped" });
  });

  it.each<[string, () => Promise<void>]>([
    ["throws", () => Promise.reject(new Error("the database cannot be reached"))],
    ["returns", async () => undefined],
  ])("when lead %s, a standby leads, and the agent stands again behind it", async (_what, lead) => {
    const clock = createFakeClock();
    await using keeper = await startKeeper({ client: { clock } });
    const { lines, start } = diaryOf(keeper.client);
    const [a, b] = [await register(keeper.client, "a"), await register(keeper.client, "b")];
    const letsLead = Promise.withResolvers<void>();
    await using failing = await start("a", a, {
      clock,
      lead: () => letsLead.promise.then(lead),
      onError: () => undefined,
    });
    await using standby = await start("b", b, { clock });
    letsLead.resolve();
    await waitUntil(() => lines.length === 2);
    expect([lines, failing.isLeader, standby.isLeader]).toEqual([["a stopped 1", "b leads 2"], false, true]);
    const candidates = async () => (await keeper.client.getElection(group)).candidateAgentIds;
    await clock.advance(999);
    expect(await candidates()).toEqual([]);
    await clock.advance(1);
    await waitUntil(async () => (await candidates()).includes(a.agentId));
    await standby.stop();
    await waitUntil(() => failing.state?.term === 3n);
  });

  it("alone, it leads again under a new term after each pause, and stop ends that too", async () => {
    const clock = createFakeClock();
    await using keeper = await startKeeper({ client: { clock } });
    const terms: bigint[] = [];
    const { start } = diaryOf(keeper.client);
    const elector = await start("a", await register(keeper.client, "a"), {
      clock,
      pauseMs: 5_000,
      lead: async ({ term }) => void terms.push(term),
    });
    for (const leads of [1, 2, 3]) {
      await waitUntil(() => terms.length === leads);
      await waitUntil(async () => (await keeper.client.getElection(group)).leaderAgentId === "");
      await clock.settle();
      await clock.advance(5_000);
    }
    await waitUntil(() => terms.length === 4);
    await elector.stop();
    await clock.advance(60_000);
    expect(terms).toEqual([1n, 3n, 5n, 7n]);
    expect(await keeper.client.getElection(group)).toMatchObject({
      leaderAgentId: "",
      candidateAgentIds: [],
    });
  });

  it("whenLeadEnds: again keeps the leadership and runs lead once more, under the same term", async () => {
    const clock = createFakeClock();
    await using keeper = await startKeeper({ client: { clock } });
    const problems: unknown[] = [];
    let runs = 0;
    const { lines, start } = diaryOf(keeper.client);
    const agent = await register(keeper.client, "a");
    const elector = await start("a", agent, {
      clock,
      whenLeadEnds: "again",
      pauseMs: 2_000,
      lead() {
        runs += 1;
        return Promise.reject(new Error(`failure ${runs}`));
      },
      onError: (error) => problems.push(error),
    });
    for (const count of [1, 2, 3]) {
      await waitUntil(() => problems.length === count);
      await clock.settle();
      await clock.advance(2_000);
    }
    await waitUntil(() => runs === 4);
    expect([elector.isLeader, elector.state?.term, lines]).toEqual([true, 1n, []]);
    await elector.stop();
    expect([runs, lines]).toEqual([4, ["a stopped 1"]]);
  });

  it("says why it has ended: its agent unknown to a daemon that came back empty, or its client closed", async () => {
    const first = await startLocalAgentKeeper();
    const client = new AgentKeeperClient({ port: first.port });
    const problems: unknown[] = [];
    const { start } = diaryOf(client);
    const onError = (error: unknown): void => void problems.push(error);
    const lost = await start("a", await register(client, "a", 2), { onError });
    await first.close();
    await using _second = await startLocalAgentKeeper({ port: first.port });
    expect(await lost.ended).toMatchObject({ reason: "agent_lost", error: { code: "agent_not_found" } });
    expect([lost.isLeader, problems.length]).toEqual([false, 1]);
    const closed = await start("b", await register(client, "b"), { onError });
    await client.close();
    expect(await closed.ended).toMatchObject({ reason: "agent_ended", error: { name: "AbortError" } });
    expect(problems).toHaveLength(1);
  });

  it("an agent that the daemon does not know cannot start, and leaves no watch behind", async () => {
    await using keeper = await startKeeper({ maxWatchers: 1 });
    const agent = await register(keeper.client, "a");
    await agent.deregister();
    const { start } = diaryOf(keeper.client);
    await expect(start("a", agent)).rejects.toMatchObject({ code: "agent_dead" });
    const other = await register(keeper.client, "b");
    await waitUntil(async () => {
      const elector = await start("b", other).catch(() => undefined);
      await elector?.stop();
      return elector !== undefined;
    });
  });

  it("lets go when its heartbeats are not confirmed for too long, and leads again when they are", async () => {
    const clock = createFakeClock();
    await using server = await startLocalAgentKeeper();
    await using proxy = await startFaultProxy({ port: server.port });
    await using client = new AgentKeeperClient({ host: proxy.host, port: proxy.port, clock });
    const { lines, start } = diaryOf(client);
    const agent = await register(client, "a", 10);
    await using elector = await start("a", agent, { clock });
    await waitUntil(() => lines.length === 1);
    proxy.setFault({ kind: "stall" });
    // Registered at 0, so the daemon may give the agent up at 20 s.
    await clock.advance(19_999);
    expect(elector.isLeader).toBe(true);
    await clock.advance(1);
    await waitUntil(() => lines.length === 2, { what: "the end of the leading" });
    expect([elector.isLeader, agent.signal.aborted]).toEqual([false, false]);
    // The daemon's own time has hardly moved: for it the agent lives, and still leads.
    proxy.setFault({ kind: "none" });
    proxy.cutAll();
    await waitUntil(
      async () => {
        await clock.advance(500);
        return lines.length === 3;
      },
      { what: () => `leading again after ${lines}` },
    );
    expect(lines).toEqual(["a leads 1", "a stopped 1", "a leads 1"]);
    expect(elector.state?.term).toBe(1n);
  });

  it("a closed client ends the leading", async () => {
    await using keeper = await startKeeper();
    const client = keeper.connect();
    const { lines, start } = diaryOf(client);
    const elector = await start("a", await register(client, "a"));
    await waitUntil(() => lines.length === 1);
    await client.close();
    await elector.stop();
    expect(lines).toEqual(["a leads 1", "a stopped 1"]);
  });

  it("many electors that come and go never lead at the same time, and every term that began was stopped", async () => {
    await using keeper = await startKeeper();
    const { lines, start } = diaryOf(keeper.client);
    const running: LeaderElector[] = [];
    for (let round = 0; round < 40; round += 1) {
      running.push(await start(`e${round}`, await register(keeper.client, `e${round}`)));
      if (round % 3 === 2) {
        const [oldest] = running.splice((round * 7) % running.length, 1);
        await oldest?.stop();
      }
    }
    for (const elector of running) {
      await elector.stop();
    }
    const begun = lines.filter((line) => line.includes("leads"));
    expect(begun.length).toBeGreaterThan(5);
    expect(lines).toEqual(begun.flatMap((line) => [line, line.replace("leads", "stopped")]));
  });
});
