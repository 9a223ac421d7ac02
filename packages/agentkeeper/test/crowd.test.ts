// Many at once: mass expiry in one tick, churn under watchers, and clocks that jump.
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@x/core/rpc";
import { createFakeClock, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { LeaseService, RegistryService } from "../src/proto.ts";
import { startKeeper } from "./fixture.ts";

describe("a crowd", () => {
  it("2,000 agents that fall silent in one tick all end, in order, before 200 watchers", async () => {
    const clock = createFakeClock();
    await using keeper = await startKeeper({ clock });
    await using transport = createGrpcTransport({ baseUrl: keeper.server.url });
    const registry = createClient(RegistryService, transport);
    const leases = createClient(LeaseService, transport);
    const agents = 2_000;
    for (let first = 0; first < agents; first += 100) {
      await Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          const { agentId } = await registry.register({ card: { name: `a${first + index}` }, ttlSeconds: 5 });
          await leases.acquireLease({ taskId: `key-${first + index}`, agentId, ttlSeconds: 600 });
        }),
      );
    }
    const seen: bigint[][] = [];
    const watchers = Array.from({ length: 200 }, (_, index) => {
      const sequences: bigint[] = [];
      seen.push(sequences);
      const topics = index % 2 === 0 ? ["agent.", "lease."] : ["agent.died"];
      return keeper.client.watch(topics, ({ sequence }) => void sequences.push(sequence), {
        bufferSize: 10_000,
      });
    });
    await Promise.all(watchers.map((watcher) => watcher.ready));
    // Nobody is judged early; then all at once, twice.
    await clock.advance(4_999);
    expect((await registry.find({ limit: 1_000 })).agents).toHaveLength(1_000);
    await clock.advance(1);
    expect((await registry.find({ limit: 1_000 })).agents).toEqual([]);
    await clock.advance(5_000);
    const expected = (index: number): number => (index % 2 === 0 ? 3 * agents : agents);
    await waitUntil(() => seen.every((sequences, index) => sequences.length === expected(index)), {
      withinMs: 45_000,
      what: () => `every delivery; got ${seen.map((sequences) => sequences.length).join(" ")}`,
    });
    for (const [index, sequences] of seen.entries()) {
      expect(sequences).toEqual(sequences.toSorted((a, b) => Number(a - b)));
      expect(new Set(sequences).size).toBe(expected(index));
    }
    const everything = seen[0] ?? [];
    expect(Number((everything.at(-1) ?? 0n) - (everything[0] ?? 0n))).toBe(3 * agents - 1);
  });

  it("AK-T8 a wall clock that jumps by an hour either way ends nothing and shows no time twice", async () => {
    const clock = createFakeClock();
    await using keeper = await startKeeper({ clock });
    await using transport = createGrpcTransport({ baseUrl: keeper.server.url });
    const registry = createClient(RegistryService, transport);
    const times: number[] = [];
    const watch = keeper.client.watch([], ({ timestamp }) => void times.push(timestamp.getTime()));
    await watch.ready;
    const { agentId } = await registry.register({ card: { name: "steady" }, ttlSeconds: 60 });
    for (const jump of [3_600_000, -7_200_000, 3_600_000]) {
      clock.jumpWall(jump);
      await clock.advance(10_000);
      expect((await keeper.client.getAgent(agentId)).status).toBe("ALIVE");
      const lease = await keeper.client.acquireLease(`key-${jump}`, agentId, { ttlSeconds: 600 });
      expect(lease).not.toBeNull();
    }
    await clock.advance(30_000);
    await waitUntil(() => times.length === 5, {
      what: () => `registration, leases, silence; got ${times.length}`,
    });
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect((await keeper.client.getAgent(agentId)).status).toBe("UNREACHABLE");
  });
});
