// A daemon whose time stands still: what users test with it, in a program and over HTTP.
import { describe, expect, test } from "vitest";
import { AgentKeeperClient, type WatchEvent } from "../src/index.ts";
import { type AgentKeeperFixtures, agentKeeperFixtures } from "../src/testing/index.ts";
import { runDaemon, startDaemon } from "./daemon-process.ts";

const it = test.extend<AgentKeeperFixtures>(agentKeeperFixtures());
const agentIdOf = ({ payload }: WatchEvent): string =>
  typeof payload === "object" && payload !== null && "agentId" in payload ? payload.agentId : "";
const card = { name: "a", description: "", version: "" };

describe("virtual time", () => {
  it("nothing happens until it is moved, and then all that became due has happened", async ({
    client,
    advance,
  }) => {
    const agent = await client.register({ ...card, ttlSeconds: 86_400 });
    const other = await client.register({ ...card, ttlSeconds: 86_400 });
    const lease = await client.acquireLease("key", agent.agentId, { ttlSeconds: 600 });
    await advance(599_000);
    expect(await client.acquireLease("key", other.agentId)).toBeNull();
    await advance(1_000_000);
    const again = await client.acquireLease("key", other.agentId);
    expect(again?.lease.token).toBeGreaterThan(lease?.lease.token ?? 0n);
    await advance(3 * 86_400_000);
    expect((await client.getAgent(agent.agentId)).status).toBe("DEAD");
  });

  it("deaths come in their order, each at its own time", async ({ client, advance, server }) => {
    const agents = await Promise.all(
      [30, 10, 20].map((ttlSeconds) => client.register({ ...card, name: String(ttlSeconds), ttlSeconds })),
    );
    const events = client.watch(["agent.died"]);
    await events.ready;
    await advance(3_600_000);
    const died: [string, number][] = [];
    for await (const event of events) {
      died.push([agentIdOf(event), event.timestamp.getTime()]);
      if (died.length === agents.length) {
        break;
      }
    }
    expect(died.map(([agentId]) => agentId)).toEqual(
      [agents[1], agents[2], agents[0]].map((agent) => agent?.agentId),
    );
    const gaps = died.slice(1).map(([, at], index) => at - (died[index]?.[1] ?? 0));
    expect(gaps.every((gap) => gap >= 9_000)).toBe(true);
    expect(server.isVirtual).toBe(true);
  });

  it("refuses times that are none, and moves that come together are added up", async ({
    server,
    client,
    advance,
  }) => {
    const now = async (): Promise<number> => (await client.getServerInfo()).serverTime.getTime();
    const before = await now();
    await Promise.all([advance(1_000), advance(2_000), advance(3_000)]);
    expect((await now()) - before).toBe(6_000);
    for (const ms of [-1, 0.5, Number.NaN, 31_622_400_001]) {
      await expect(server.advance(ms)).rejects.toThrow(RangeError);
    }
  });

  test("a server with a clock of its own cannot be moved", async () => {
    const { startLocalAgentKeeper } = await import("../src/local/index.ts");
    await using server = await startLocalAgentKeeper({ metricsAddr: "off" });
    await expect(server.advance(1)).rejects.toMatchObject({ code: "not_virtual" });
  });

  test("over HTTP: POST /clock on the operator's port, told in the ready line", async () => {
    await using daemon = await startDaemon([
      "--addr=127.0.0.1:0",
      "--metrics-addr=127.0.0.1:0",
      "--virtual-time",
    ]);
    expect(daemon.readyLine).toMatch(/ time=virtual$/);
    await using client = new AgentKeeperClient({ host: "127.0.0.1", port: daemon.port });
    const agent = await client.register({ ...card, ttlSeconds: 60 });
    const move = (body: string, headers: Record<string, string> = { "content-type": "application/json" }) =>
      fetch(`${daemon.http}/clock`, { method: "POST", body, headers });
    const moved = await move('{"advanceMs": 600000}');
    expect(moved.status).toBe(200);
    expect(await moved.json()).toEqual({ now: expect.any(String), advancedMs: 600_000 });
    expect((await client.getAgent(agent.agentId)).status).toBe("DEAD");
    for (const body of [
      "",
      "{}",
      '{"advanceMs": -1}',
      '{"advanceMs": "5"}',
      "[",
      `{"advanceMs": 1${" ".repeat(2_000)}}`,
    ]) {
      expect((await move(body)).status, body).toBe(400);
    }
    expect((await move('{"advanceMs": 1}', { "content-type": "text/plain" })).status).toBe(415);
    expect((await fetch(`${daemon.http}/clock`, { method: "DELETE" })).status).toBe(405);
    expect(await (await fetch(`${daemon.http}/clock`)).json()).toMatchObject({ advancedMs: 600_000 });
  });

  test("is refused where other machines reach the server, and absent where it was not asked for", async () => {
    for (const flags of [["--addr=:0"], ["--addr=127.0.0.1:0", "--metrics-addr=0.0.0.0:0"]]) {
      const { code, stderr } = await runDaemon(["--virtual-time", ...flags]);
      expect([code, stderr.split("\n").length]).toEqual([2, 2]);
      expect(stderr).toContain("virtual time is for this machine alone");
    }
    await using daemon = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=127.0.0.1:0"]);
    expect((await fetch(`${daemon.http}/clock`)).status).toBe(404);
  });
});
