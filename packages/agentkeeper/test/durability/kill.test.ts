// kill -9 in a burst, again and again on one directory: what was answered is there exactly once, what was shown stays as
// it was shown, and nothing is ever numbered twice.
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/client/connection.ts";
import { decodeEvent } from "../../src/client/decode/decode.ts";
import type { WatchEvent } from "../../src/index.ts";
import { burst, nothingTold, type Told } from "./burst.ts";
import { leasesOf, tasksOf } from "./picture.ts";
import { createStoredKeeper } from "./stored-keeper.ts";

const decoder = new TextDecoder();

async function wholeLog(connection: Connection): Promise<WatchEvent[]> {
  const { server } = await connection.loadExt();
  const { lastSequence } = await server.getServerInfo({});
  const events: WatchEvent[] = [];
  if (lastSequence === 0n) {
    return events;
  }
  for await (const { kind } of connection.events.watch({ topics: [], afterSequence: 0n }, { timeoutMs: 0 })) {
    if (kind.case === "batch") {
      events.push(...kind.value.events.map(decodeEvent));
    }
    if (events.at(-1)?.sequence === lastSequence) {
      break;
    }
  }
  return events;
}

async function expectKept(connection: Connection, told: Told): Promise<void> {
  const log = await wholeLog(connection);
  // Sequences have no hole, and what a watcher was shown is what stands in the log.
  expect(log.map(({ sequence }) => sequence)).toEqual(log.map((_, index) => BigInt(index + 1)));
  for (const [sequence, event] of told.events) {
    expect(log[Number(sequence) - 1]).toEqual(event);
  }
  // Tokens grow over all keys and restarts, and terms by one.
  let highest = 0n;
  const terms = new Map<string, bigint>();
  for (const { topic, payload } of log) {
    if (topic === "lease.acquired" && payload !== null && "token" in payload) {
      expect(payload.token).toBeGreaterThan(highest);
      highest = payload.token ?? 0n;
    }
    if (payload !== null && "term" in payload) {
      expect(payload.term).toBe((terms.get(payload.group) ?? 0n) + 1n);
      terms.set(payload.group, payload.term);
    }
  }
  const registered = log.flatMap(({ topic, payload }) =>
    topic === "agent.registered" && payload !== null && "agentId" in payload ? [payload.agentId] : [],
  );
  expect(new Set(registered).size).toBe(registered.length);
  expect([...told.agents].filter((id) => !registered.includes(id))).toEqual([]);

  const tasks = new Map<string, string[]>();
  for (const { id, input } of await tasksOf(connection)) {
    const text = decoder.decode(input);
    tasks.set(text, [...(tasks.get(text) ?? []), id]);
  }
  for (const [input, ids] of tasks) {
    expect(ids, input).toHaveLength(1);
    expect(told.askedTasks.has(input)).toBe(true);
  }
  for (const [input, id] of told.tasks) {
    expect(tasks.get(input)).toEqual([id]);
  }
  const held = new Map((await leasesOf(connection)).map(({ taskId, token }) => [taskId, token]));
  for (const [key, token] of told.held) {
    expect(held.get(key), key).toBe(token);
  }
  for (const key of told.released.keys()) {
    expect(held.has(key), key).toBe(false);
  }
  const { policies } = await connection.entitlements.listPolicies({});
  const ids = policies.map(({ id }) => id);
  expect([...told.policies].filter((id) => !ids.includes(id))).toEqual([]);
  for (const [group, term] of told.terms) {
    expect(terms.get(group), group).toBeGreaterThanOrEqual(term);
  }
}

describe("kill -9", () => {
  it("AK-Z2 AK-Z3 AK-FLAG-data-dir AK-FLAG-fsync loses nothing acknowledged, doubles nothing, and reuses no number", async () => {
    await using keeper = createStoredKeeper();
    const told = nothingTold();
    const logIds = new Set<string>();
    for (const [round, enough] of [1, 7, 40, 150, 333, 900].entries()) {
      // A kill of the process loses nothing either way; only the machine may lose what was not synced.
      const daemon = await keeper.start([`--fsync=${round % 2 === 0 ? "always" : "never"}`]);
      const reader = keeper.connect();
      logIds.add((await (await reader.loadExt()).server.getServerInfo({})).logId);
      await expectKept(reader, told);
      const codes = await burst(
        Array.from({ length: 9 }, () => keeper.connect()),
        { name: `round-${round}`, told, enough, end: () => daemon.stop("SIGKILL") },
      );
      expect(new Set(codes)).toEqual(new Set(["unavailable"]));
    }
    await keeper.start();
    const reader = keeper.connect();
    await expectKept(reader, told);
    expect(logIds.size).toBe(1);
    expect(told.tasks.size).toBeGreaterThan(200);
    expect(told.events.size).toBeGreaterThan(1_000);
  });
});
