// A store that was put back from a copy: what happened since is forgotten, and must neither be taken for what happens now nor be
// given out again.
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import type { AgentKeeperClient } from "../../src/index.ts";
import { risingSecond } from "../../src/local/engine/token-clock.ts";
import { createStoredKeeper } from "./stored-keeper.ts";

/** Takes and gives back some leases, by an agent of its own; answers their tokens. */
async function cycles(client: AgentKeeperClient, count: number): Promise<bigint[]> {
  const agent = await client.register({ name: "a", description: "", version: "1", ttlSeconds: 600 });
  const tokens: bigint[] = [];
  for (let index = 0; index < count; index += 1) {
    const lease = await client.acquireLease(`key-${index}`, agent.agentId);
    tokens.push(lease?.lease.token ?? 0n);
    await lease?.release();
  }
  return tokens;
}

describe("a store that was put back from a copy", () => {
  it("AK-L6 AK-C-7 watches are told the gap, and tokens rise above all that were ever given", async () => {
    await using keeper = createStoredKeeper();
    const copy = `${keeper.directory}-copy`;
    let daemon = await keeper.start();
    await cycles(keeper.client(), 1);
    await daemon.stop("SIGTERM");
    cpSync(keeper.directory, copy, { recursive: true });

    daemon = await keeper.start();
    const { logId: before } = await keeper.client().getServerInfo();
    let resynced = 0;
    const seen: unknown[] = [];
    const watch = keeper.client().watch(["lease.acquired"], ({ payload }) => void seen.push(payload), {
      backoff: { baseMs: 5, capMs: 50 },
      onResync: () => {
        resynced += 1;
      },
    });
    await watch.ready;
    const given = await cycles(keeper.client(), 5);
    await waitUntil(() => seen.length === 5, { what: "the events of before" });
    await daemon.stop("SIGTERM");
    rmSync(keeper.directory, { recursive: true });
    cpSync(copy, keeper.directory, { recursive: true });

    daemon = await keeper.start();
    const fresh = await cycles(keeper.client(), 9);
    expect(Math.min(...fresh.map(Number))).toBeGreaterThan(Math.max(...given.map(Number)));
    expect((await keeper.client().getServerInfo()).logId).not.toBe(before);
    await waitUntil(() => resynced === 1, { what: "the gap" });

    // Only once: the next start goes on where this one ends.
    const { logId } = await keeper.client().getServerInfo();
    await daemon.stop("SIGKILL");
    await keeper.start();
    expect(await cycles(keeper.client(), 1)).toEqual([(fresh.at(-1) ?? 0n) + 1n]);
    expect((await keeper.client().getServerInfo()).logId).toBe(logId);
  });
});

describe("a store without a disk", () => {
  it("AK-L6 counts its tokens from a second that rises from start to start, whatever the clock says", () => {
    const directory = mkdtempSync(join(tmpdir(), "tokens-"));
    try {
      expect(risingSecond(1_000_000, directory)).toBe(1_000_000);
      const setBack = risingSecond(996_400, directory);
      expect(setBack).toBeGreaterThan(1_000_000);
      expect(risingSecond(996_401, directory)).toBeGreaterThan(setBack);
      expect(risingSecond(2_000_000, directory)).toBe(2_000_000);
      // Starts that follow soon do not drift away from the clock.
      expect(risingSecond(2_000_000, directory)).toBe(2_000_001);
      expect(risingSecond(2_000_001, directory)).toBe(2_000_002);
      expect(risingSecond(2_000_009, directory)).toBe(2_000_009);
      expect(risingSecond(7, join(directory, "missing"))).toBe(7);
      // Nobody finds it empty: it is written over, in a piece that is always as long.
      const [file = ""] = readdirSync(directory);
      const whole = readFileSync(join(directory, file), "latin1");
      expect(whole).toBe("00002000009\n");
      appendFileSync(join(directory, file), "what else");
      expect(risingSecond(1_999_999, directory)).toBe(2_000_010);
      expect(readFileSync(join(directory, file), "latin1")).toBe("00002000010\nwhat else");
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
