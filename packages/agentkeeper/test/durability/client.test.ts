// A program that goes on while its daemon is killed and started again: watches without gap or repeat, and calls in flight
// that may be repeated.
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { AgentKeeperClient, type WatchEvent } from "../../src/index.ts";
import { startDaemon } from "../daemon-process.ts";
import { createStoredKeeper } from "./stored-keeper.ts";

const impatient = { baseMs: 5, capMs: 50 };

describe("a client over restarts of its daemon", () => {
  it("AK-X1 AK-C-6 AK-Z3 a watch goes on behind its last event, over kill -9 and a clean stop", async () => {
    await using keeper = createStoredKeeper();
    let daemon = await keeper.start();
    const seen: WatchEvent[] = [];
    const late: bigint[] = [];
    const watch = keeper.client().watch([], (event) => void seen.push(event), { backoff: impatient });
    await watch.ready;
    const writer = keeper.client({ maxRetries: 0 });
    const set = async (id: string): Promise<boolean> =>
      writer.setPolicy({ id, subject: "s", action: "a", resource: "r", effect: "ALLOW" }).then(
        () => true,
        () => false,
      );
    const acknowledged: string[] = [];
    for (const [round, signal] of (["SIGKILL", "SIGTERM", "SIGKILL"] as const).entries()) {
      let stopping: Promise<unknown> | undefined;
      for (let index = 0; ; index += 1) {
        const id = `${round}-${index}`;
        if (!(await set(id))) {
          break;
        }
        acknowledged.push(id);
        if (index === 40) {
          stopping = daemon.stop(signal);
        }
      }
      await stopping;
      daemon = await keeper.start();
      if (round === 1) {
        // One that begins in the middle of what lies before the restart.
        const { logId } = await writer.getServerInfo();
        keeper.client().watch([], ({ sequence }) => void late.push(sequence), { cursor: 20n, logId });
      }
    }
    const newest = Promise.withResolvers<WatchEvent>();
    await keeper.client().watch(["agent."], newest.resolve).ready;
    await writer.register({ name: "last", description: "", version: "" });
    const { sequence: last } = await newest.promise;
    await waitUntil(() => seen.at(-1)?.sequence === last && late.at(-1) === last, {
      what: () => `event ${last}, after ${seen.at(-1)?.sequence} and ${late.at(-1)}`,
    });
    const numbers = (from: number): bigint[] =>
      Array.from({ length: Number(last) - from + 1 }, (_, index) => BigInt(from + index));
    expect(seen.map(({ sequence }) => sequence)).toEqual(numbers(1));
    expect(late).toEqual(numbers(21));
    const told = seen.flatMap(({ payload }) => (payload !== null && "effect" in payload ? [payload.id] : []));
    expect(new Set(told).size).toBe(told.length);
    expect(acknowledged.filter((id) => !told.includes(id))).toEqual([]);
  });

  it("AK-Z1 AK-C-6 a daemon without a directory is another store after its restart, which a watch is told", async () => {
    await using first = await startDaemon(["--addr=127.0.0.1:0", "--metrics-addr=off"]);
    await using client = new AgentKeeperClient({ host: "127.0.0.1", port: first.port });
    const seen: string[] = [];
    let resyncs = 0;
    const watch = client.watch(
      ["policy.set"],
      ({ payload }) => {
        seen.push(payload !== null && "effect" in payload ? payload.id : "");
      },
      {
        backoff: impatient,
        onResync() {
          resyncs += 1;
        },
      },
    );
    const strict = client.watch([], () => undefined, { backoff: impatient, onEnd: () => undefined });
    await Promise.all([watch.ready, strict.ready]);
    const set = (id: string) =>
      client.setPolicy({ id, subject: "s", action: "a", resource: "r", effect: "ALLOW" });
    for (const id of ["a", "b", "c"]) {
      await set(id);
    }
    await waitUntil(() => seen.length === 3);
    await first.stop("SIGKILL");
    await using _again = await startDaemon([`--addr=127.0.0.1:${first.port}`, "--metrics-addr=off"]);
    expect(await strict.ended).toMatchObject({ code: "resume_gap" });
    await waitUntil(() => resyncs === 1, { what: "the resync" });
    // The new store counts from 1 again, below what the watch has seen.
    await set("d");
    await waitUntil(() => seen.length === 4, { what: () => `the new store's event after ${seen}` });
    expect(seen).toEqual(["a", "b", "c", "d"]);
  });

  it("AK-C-9 calls in flight at a kill are unavailable, and those that may be repeated are", async () => {
    await using keeper = createStoredKeeper();
    const daemon = await keeper.start();
    const once = keeper.client({ maxRetries: 0 });
    const agent = await once.register({ name: "a", description: "", version: "", ttlSeconds: 600 });
    await once.acquireLease("held", agent.agentId);
    const other = await once.register({ name: "b", description: "", version: "", ttlSeconds: 600 });
    const stubborn = keeper.client({ maxRetries: 50 });
    const blocked = [
      once.claimTask(agent.agentId),
      once.tryClaimTask(agent.agentId, { waitTimeoutMs: 60_000 }),
      once.acquireLease("held", other.agentId, { waitTimeoutMs: 60_000 }),
    ].map((call) =>
      call.then(
        () => "answered",
        (error: unknown) => error,
      ),
    );
    const waiting = stubborn.acquireLease("held", other.agentId, { waitTimeoutMs: 60_000 });
    await once.find();
    await waitUntil(async () => (await once.getLease("held")).waiters === 2);
    await daemon.stop("SIGKILL");
    for (const failure of await Promise.all(blocked)) {
      expect(failure).toMatchObject({ grpcCode: "UNAVAILABLE", retryable: true });
    }
    await keeper.start();
    await waitUntil(async () => (await stubborn.getLease("held")).waiters === 1, { withinMs: 15_000 });
    await agent.deregister();
    expect((await waiting)?.lease.holderAgentId).toBe(other.agentId);
  });
});
