// A start with much to read, from records alone and from a snapshot. How long it takes is a matter of the bench; the bound
// here is for a machine that has much else to do, and what is shown is that everything is there.
import { randomUUID } from "node:crypto";
import { createSqliteJournal, decodePlain, encodePlain, type JournalEntry } from "@x/core/service";
import { describe, expect, it } from "vitest";
import { genesis } from "../../src/local/rules/machine.ts";
import type { KeeperRecord } from "../../src/local/rules/model/records.ts";
import { failureOf } from "../ext/raw.ts";
import { createStoredKeeper } from "./stored-keeper.ts";

const agents = 10_000;
const policies = 100_000;

async function fill(directory: string): Promise<void> {
  const journal = createSqliteJournal<KeeperRecord>({
    product: "agentkeeper",
    directory,
    fsync: "never",
    codec: { encode: encodePlain, decode: (text) => decodePlain(String(text)) as KeeperRecord },
  });
  const { epoch } = await journal.open();
  const wall = Date.now();
  let entries: JournalEntry<KeeperRecord>[] = [];
  const write = async (record: KeeperRecord, flush = false): Promise<void> => {
    entries.push({ record, wall, streams: [] });
    if (flush || entries.length === 5_000) {
      await journal.append(epoch, entries);
      entries = [];
    }
  };
  await write(genesis("the log", Math.floor(wall / 1_000)));
  for (let index = 0; index < agents; index += 1) {
    await write({
      type: "agent.registered",
      agentId: randomUUID(),
      card: {
        name: `agent-${index}`,
        description: "Fetches and parses web pages, and files invoices",
        version: "1.0.0",
        capabilities: [],
        tools: ["browser", `tool-${index % 50}`],
        metadata: { team: `team-${index % 7}` },
      },
      ttlSeconds: 3_600,
    });
  }
  for (let index = 0; index < policies; index += 1) {
    await write({
      type: "policy.set",
      policy: {
        id: `policy-${index}`,
        subject: `agent:worker-${index}:*`,
        action: "write",
        resource: `store:${index % 100}/*`,
        effect: index % 3 === 0 ? "deny" : "allow",
      },
    });
  }
  await write({ type: "store.restarted" }, true);
  await journal.close();
}

describe("a start with much data", () => {
  it("AK-Z10 10,000 agents and 100,000 policies are served, from records and from a snapshot", async () => {
    await using keeper = createStoredKeeper();
    await fill(keeper.directory);
    for (const way of ["records", "a snapshot"]) {
      const daemon = await keeper.start([], { readyWithinMs: 60_000 });
      const connection = keeper.connect();
      const ext = await connection.loadExt();
      const info = await ext.server.getServerInfo({});
      expect(info, way).toMatchObject({
        logId: "the log",
        lastSequence: BigInt(agents + policies),
        firstRetainedSequence: BigInt(agents + 1),
      });
      const { agents: page } = await ext.registry.listAgents({ namePrefix: `agent-${agents - 1}` });
      expect(page).toHaveLength(1);
      const last = policies - 1;
      const check = { subject: `agent:worker-${last}:x`, action: "write", resource: `store:${last % 100}/a` };
      expect((await connection.entitlements.checkPolicy(check)).reason).toContain(`"policy-${last}"`);
      expect(await failureOf(connection.entitlements.listPolicies({}))).toMatchObject({
        code: "result_too_large",
      });
      expect(await daemon.stop("SIGTERM")).toBe(0);
    }
  });
});
