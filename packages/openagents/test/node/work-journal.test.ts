import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { WorkJournal } from "../../src/index.ts";
import { openWorkJournal } from "../../src/node/index.ts";
import { wireEvent } from "../../src/wire/event.ts";
import { TestNetwork } from "../client/network.ts";

async function folder() {
  const path = await mkdtemp(join(tmpdir(), "journal-"));
  return {
    file: join(path, "deep", "work.jsonl"),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}

const inbound = (n: number) => ({
  wire: wireEvent({ event_id: `e${n}`, event_name: "ab.cd", source_id: "b", timestamp: n, payload: { n } }),
  timestampMs: n * 1_000 + 1,
});

describe("OA-44 a journal of unfinished work", () => {
  it("OA-44 what was received and not finished comes again after a crash, once, and says so", async () => {
    await using dir = await folder();
    await using network = await TestNetwork.start();
    const never = Promise.withResolvers<void>();
    const first = await network.join("a", { reconnect: false }, { journal: openWorkJournal(dir.file) });
    const begun: unknown[] = [];
    first.registerEventHandler(
      ({ payload }) => {
        begun.push(payload.n);
        return payload.n === 2 ? never.promise : undefined;
      },
      ["ab.cd"],
    );
    for (const n of [1, 2, 3]) {
      network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n } });
    }
    await waitUntil(() => begun.length === 2);
    await waitUntil(async () => (await readFile(dir.file, "utf8")).includes('"done"'));
    expect(network.queues.get("a")).toEqual([]);

    // Another process, while the first one never said that it ended.
    const second = network.client({ agentId: "a", journal: openWorkJournal(dir.file) });
    await second.connectToServer("127.0.0.1", network.port, { pollIntervalMs: 10 });
    const again: unknown[] = [];
    second.registerEventHandler(
      ({ payload, isRedelivered }) => void again.push([payload.n, isRedelivered]),
      ["ab.*"],
    );
    network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n: 4 } });
    await waitUntil(() => again.length === 3);
    expect(again.toSorted()).toEqual([
      [2, true],
      [3, true],
      [4, false],
    ]);
    await second.disconnect();
    const third = openWorkJournal(dir.file);
    const left = await third.open();
    expect(left.filter(({ wire }) => wire.event_name === "ab.cd")).toEqual([]);
    await third.close();
    never.resolve();
  });

  it("OA-44 an iteration has finished an event when it asks for the next", async () => {
    await using dir = await folder();
    await using network = await TestNetwork.start();
    const a = await network.join("a", {}, { journal: openWorkJournal(dir.file) });
    const events = a.events({ patterns: ["ab.cd"] });
    network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n: 1 } });
    network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n: 2 } });
    await events.next();
    await events.next();
    await a.disconnect();
    const next = openWorkJournal(dir.file);
    const left = await next.open();
    await next.close();
    expect(left.filter(({ wire }) => wire.event_name === "ab.cd").map(({ wire }) => wire.payload.n)).toEqual([
      2,
    ]);
  });

  it("OA-44 what disconnect() drops comes to the same client when it connects again", async () => {
    await using dir = await folder();
    await using network = await TestNetwork.start();
    const a = await network.join("a", {}, { journal: openWorkJournal(dir.file) });
    const gate = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    a.registerEventHandler(
      async ({ payload }) => {
        seen.push(payload.n);
        await gate.promise;
      },
      ["ab.cd"],
    );
    for (const n of [1, 2, 3]) {
      network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n } });
    }
    await waitUntil(() => seen.length === 1 && network.queues.get("a")?.length === 0);
    await a.listAgents();
    await a.disconnect();
    gate.resolve();
    await a.connectToServer("127.0.0.1", network.port, { pollIntervalMs: 10 });
    await waitUntil(() => seen.length === 3);
    expect(seen).toEqual([1, 2, 3]);
  });

  it("OA-44 a connection that ended by itself lets go of the journal before the next one opens it", async () => {
    await using network = await TestNetwork.start();
    const told: string[] = [];
    const journal = {
      async open() {
        told.push("open");
        return [];
      },
      received: async (events: Parameters<WorkJournal["received"]>[0]) =>
        events.map((event, key) => ({ key, ...event })),
      finished() {},
      async close() {
        // Longer than another connection takes.
        for (let request = 0; request < 30; request += 1) {
          await fetch(`http://127.0.0.1:${network.port}/api/health`);
        }
        told.push("closed");
      },
    };
    const a = await network.join("a", {}, { journal });
    network.intercept = ({ path }, response) => {
      if (path === "/api/poll") {
        response.writeHead(500).end('{"error_message":"Invalid or expired token"}');
      }
      return path === "/api/poll";
    };
    await waitUntil(() => a.connector?.isConnected === false, { withinMs: 20_000 });
    network.intercept = undefined;
    expect(await a.connectToServer("127.0.0.1", network.port)).toBe(true);
    expect(told).toEqual(["open", "closed", "open"]);
  });

  it("OA-44 a client whose journal cannot be opened leaves the network again", async () => {
    await using network = await TestNetwork.start();
    const journal = {
      open: async () => {
        throw new Error("EACCES");
      },
      received: async () => [],
      finished() {},
      async close() {},
    };
    const client = network.client({ agentId: "a", journal });
    expect(await client.connectToServer("127.0.0.1", network.port)).toBe(false);
    expect(client.lastError?.message).toContain("EACCES");
    expect(network.requests.map(({ path }) => path).filter((path) => path.endsWith("register"))).toEqual([
      "/api/register",
      "/api/unregister",
    ]);
  });

  it("OA-44 the network is told that an event came only when it is written", async () => {
    await using dir = await folder();
    await using network = await TestNetwork.start({ features: ["ack_poll", "long_poll"] });
    const journal = openWorkJournal(dir.file);
    const gate = Promise.withResolvers<void>();
    let isBlocked = true;
    const slow = {
      ...journal,
      async received(events: Parameters<typeof journal.received>[0]) {
        if (isBlocked && events.some(({ wire }) => wire.event_name === "ab.cd")) {
          await gate.promise;
        }
        return await journal.received(events);
      },
    };
    const a = await network.join("a", {}, { journal: slow });
    network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n: 1 } });
    await a.listAgents();
    expect(network.queues.get("a")?.length).toBeGreaterThan(0);
    isBlocked = false;
    gate.resolve();
    await waitUntil(() => network.queues.get("a")?.length === 0);
    expect(await readFile(dir.file, "utf8")).toContain("ab.cd");
  });

  it("OA-44 what could not be written comes again once it can be", async () => {
    await using dir = await folder();
    await using network = await TestNetwork.start({ features: ["ack_poll", "long_poll"] });
    const journal = openWorkJournal(dir.file);
    let isFull = true;
    const failing = {
      ...journal,
      received: (events: Parameters<typeof journal.received>[0]) =>
        isFull && events.some(({ wire }) => wire.event_name === "ab.cd")
          ? Promise.reject(new Error("no space left"))
          : journal.received(events),
    };
    const a = await network.join("a", {}, { journal: failing });
    const seen: unknown[] = [];
    a.registerEventHandler(({ payload }) => void seen.push(payload.n), ["ab.cd"]);
    const outage = Promise.withResolvers<string>();
    a.on("reconnecting", ({ error }) => outage.resolve(error.message));
    network.deliver("a", { event_name: "ab.cd", source_id: "b", payload: { n: 1 } });
    expect(await outage.promise).toContain("no space left");
    expect(seen).toEqual([]);
    isFull = false;
    await waitUntil(() => seen.length === 1, { withinMs: 20_000 });
    expect(seen).toEqual([1]);
  });

  it("OA-44 survives a line that was cut short, and stays small", async () => {
    await using dir = await folder();
    const journal = openWorkJournal(dir.file, { sync: false });
    expect(await journal.open()).toEqual([]);
    const entries = await journal.received([inbound(1), inbound(2)]);
    await journal.close();
    await appendFile(dir.file, '{"key":9,"event":{"event_na');
    const next = openWorkJournal(dir.file);
    const left = await next.open();
    expect(left.map(({ key, wire, timestampMs }) => [key, wire.event_id, timestampMs])).toEqual([
      [entries[0]?.key, "e1", 1_001],
      [entries[1]?.key, "e2", 2_001],
    ]);
    const many = await next.received(Array.from({ length: 10_001 }, (_, n) => inbound(n)));
    for (const { key } of many) {
      next.finished(key);
    }
    await next.close();
    expect((await readFile(dir.file, "utf8")).trimEnd().split("\n")).toHaveLength(2);
    expect(() => openWorkJournal("")).toThrow("path must be");
  });
});
