// Commits from many agents while the executable is killed: whatever was answered 201 is there after the restart, once.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ServerProcess, startServerProcess, waitUntil } from "@x/core/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AgentDraft, AgentDraftError, type Booking, verifyChain } from "../../src/index.ts";
import { visit } from "../http/fixture.ts";

const executable = fileURLToPath(new URL("../../dist/bin/x-agentdraft.js", import.meta.url));
const bucketMs = 300_000;
const tomorrow = Math.ceil(Date.now() / 86_400_000) * 86_400_000 + 86_400_000;

function start(directory: string): Promise<ServerProcess> {
  return startServerProcess(executable, [
    "--addr=127.0.0.1:0",
    "--metrics-addr=off",
    "--log-level=error",
    "--dev",
    "--arbitration-ms=0",
    `--data-dir=${directory}`,
  ]);
}

const urlOf = ({ readyLine }: ServerProcess): string => `http://${/ http=(\S+)/.exec(readyLine)?.[1]}`;

interface Wish {
  readonly agent: number;
  readonly startMs: number;
  readonly lengthMs: number;
}

const wish: fc.Arbitrary<Wish> = fc.record({
  agent: fc.nat({ max: 7 }),
  startMs: fc.nat({ max: 400 }).map((bucket) => tomorrow + bucket * bucketMs),
  lengthMs: fc.integer({ min: 1, max: 12 }).map((buckets) => buckets * bucketMs),
});

/** The buckets of all bookings that stand, each with what holds it. */
function heldBuckets(bookings: readonly Booking[]): Map<number, string[]> {
  const held = new Map<number, string[]>();
  for (const { bookingId, start, end } of bookings) {
    for (let at = start?.getTime() ?? 0; at < (end?.getTime() ?? 0); at += bucketMs) {
      held.set(at, [...(held.get(at) ?? []), bookingId]);
    }
  }
  return held;
}

test("AD-80 after a kill in a burst every acknowledged booking is there once, no bucket is held twice, the chain verifies", async () => {
  const wishes = fc.sample(wish, 1_500);
  const parent = mkdtempSync(join(tmpdir(), "agentdraft-kill-"));
  const servers: ServerProcess[] = [];
  const clients: AgentDraft[] = [];
  const connect = (apiKey: string, baseUrl: string): AgentDraft => {
    const client = new AgentDraft({ apiKey, baseUrl, maxRetries: 0 });
    clients.push(client);
    return client;
  };
  try {
    const first = await start(join(parent, "data"));
    servers.push(first);
    const owner = await visit(urlOf(first)).signIn();
    const keys: string[] = [];
    for (let agent = 0; agent < 8; agent += 1) {
      keys.push((await owner.agent(1 + (agent % 4))).key);
    }
    const burst = keys.map((key) => connect(key, urlOf(first)));
    const acknowledged: Booking[] = [];
    let settled = 0;
    const remaining = wishes.values();
    const lane = async (): Promise<void> => {
      for (const { agent, startMs, lengthMs } of remaining) {
        const start = new Date(startMs);
        const end = new Date(startMs + lengthMs);
        try {
          acknowledged.push((await burst[agent]?.bookings.commit({ start, end })) as Booking);
        } catch (error) {
          // A lost slot, or a connection that was cut.
          expect(error).toBeInstanceOf(AgentDraftError);
        } finally {
          settled += 1;
        }
      }
    };
    const asked = Array.from({ length: 48 }, lane);
    await waitUntil(() => settled > 600, { withinMs: 30_000, what: "enough of the burst is answered" });
    await first.stop("SIGKILL");
    await Promise.all(asked);
    expect(settled).toBe(wishes.length);
    expect(acknowledged.length).toBeGreaterThan(20);

    const second = await start(join(parent, "data"));
    servers.push(second);
    const reader = connect(keys[0] ?? "", urlOf(second));
    const present = await Promise.all(acknowledged.map(({ bookingId }) => reader.bookings.get(bookingId)));
    for (const { status } of present) {
      expect(["COMMITTED", "EVICTED"]).toContain(status);
    }
    const standing: Booking[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await reader.bookings.list({
        status: "COMMITTED",
        ...(cursor === undefined ? {} : { cursor }),
      });
      standing.push(...page.items);
      cursor = page.nextCursor;
    }
    expect([...heldBuckets(standing).values()].filter((holders) => holders.length > 1)).toEqual([]);

    const expectHead = await reader.audit.head();
    const events = [];
    for await (const event of reader.audit.export()) {
      events.push(event);
    }
    expect(verifyChain(events, { expectHead })).toEqual({ ok: true, checked: events.length });
    const committed = events.filter(({ type }) => type === "booking.committed");
    expect(new Set(committed.map(({ resource }) => resource)).size).toBe(committed.length);
    const rows = new Set(committed.map(({ resource }) => resource));
    expect(acknowledged.filter(({ bookingId }) => !rows.has(bookingId))).toEqual([]);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(servers.map((server) => server.stop("SIGKILL")));
    rmSync(parent, { recursive: true, force: true });
  }
}, 60_000);
