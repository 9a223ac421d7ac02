// The rules on the kernel and on a disk: what was answered is there after a start, once, and the chain goes on.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CommandOf,
  createSqliteJournal,
  decodePlain,
  encodePlain,
  type Runner,
  startRunner,
  systemClock,
} from "@x/core/service";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAuditLog } from "../../src/local/engine/audit-log.ts";
import { createMachine, genesis } from "../../src/local/rules/machine.ts";
import type { Command, Created, Replies } from "../../src/local/rules/model/commands.ts";
import type { DraftRecord } from "../../src/local/rules/model/records.ts";
import { isRefusal } from "../../src/local/rules/model/refusal.ts";
import type { DraftTypes } from "../../src/local/rules/model/turn.ts";
import { writtenJson } from "../../src/local/rules/model/written-json.ts";
import { auditEventHash } from "../../src/wire/chain.ts";
import { describeState } from "./describe-state.ts";

const calendarId = "usr_00000000000000000000000001";
const hour = 3_600_000;
const tomorrow = Math.ceil(Date.now() / hour) * hour + 24 * hour;

let directory = "";

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "agentdraft-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

interface Store {
  readonly runner: Runner<DraftTypes>;
  readonly journal: ReturnType<typeof createSqliteJournal<DraftRecord>>;
}

async function open(snapshotEveryRecords = 0): Promise<Store> {
  const journal = createSqliteJournal<DraftRecord>({
    product: "agentdraft",
    directory,
    // The disk itself is the kernel's to test.
    fsync: "never",
    codec: { encode: encodePlain, decode: (text) => decodePlain(String(text)) as DraftRecord },
  });
  const runner = await startRunner<DraftTypes>({
    machine: createMachine({ arbitrationMs: 2 }),
    journal,
    genesis: () => genesis({ x: "x", d: "d", kid: "kid" }),
    publish: () => undefined,
    snapshotEveryRecords,
  });
  return { runner, journal };
}

async function ok<Type extends Command["type"]>(
  { runner }: Store,
  command: CommandOf<DraftTypes, Type>,
): Promise<Replies[Type]> {
  const reply = await runner.run(command);
  if (isRefusal(reply)) {
    throw new Error(`${command.type} was refused: ${JSON.stringify(reply)}`);
  }
  return reply;
}

const agentIds = [1, 2, 3, 4, 5].map((rank) => `agt_${String(rank).padStart(26, "0")}`);

async function settle(store: Store): Promise<void> {
  await ok(store, { type: "requestMagicLink", email: "o@example.com", tokenHash: "t" });
  const ids = { userId: calendarId, workspaceId: "wsp_1", sessionHash: "s" };
  await ok(store, { type: "verifyMagicLink", tokenHash: "t", ...ids });
  for (const [index, agentId] of agentIds.entries()) {
    await ok(store, {
      type: "createAgent",
      userId: calendarId,
      agentId,
      name: `Agent ${index}`,
      scopes: [],
      priority: index + 1,
      requiresConsent: false,
      keyHash: `key ${index}`,
      signingKey: { x: "", kid: "" },
      mailboxSuffix: `00000${index}`,
    });
  }
}

/** Five agents race for each of `slots` hours. */
async function race(store: Store, slots: number): Promise<Created[]> {
  const replies = await Promise.all(
    Array.from({ length: slots * agentIds.length }, (_, index) => {
      const slot = Math.floor(index / agentIds.length);
      return store.runner.run({
        type: "createBooking",
        mode: "commit",
        agentId: agentIds[(index * 3) % agentIds.length] ?? "",
        bookingId: `bkg_${String(index).padStart(26, "0")}`,
        startMs: tomorrow + slot * hour,
        endMs: tomorrow + slot * hour + hour / 2,
        bufferBeforeMin: 0,
        bufferAfterMin: 0,
        bumpWindowSeconds: null,
        title: null,
        invitee: null,
        metadata: writtenJson('{"n":1.50}'),
        conferencing: null,
        idempotencyKey: `k${index}`,
      });
    }),
  );
  return replies.filter((reply) => !isRefusal(reply)) as Created[];
}

describe("on a disk", () => {
  it.each([
    ["all records", 0],
    ["a snapshot and the rest", 100],
  ])(
    "AD-88 AD-61 a start from %s brings back the state, and the chain goes on from its head",
    async (_from, every) => {
      const before = await open(every);
      await settle(before);
      const won = await race(before, 40);
      expect(won.map(({ booking }) => booking.agentPriority)).toEqual(Array.from({ length: 40 }, () => 1));
      const head = await ok(before, { type: "getAuditHead", asker: { userId: calendarId } });
      const live = before.runner.peek(describeState);
      await before.runner.close();

      const after = await open(every);
      try {
        expect(after.runner.peek(describeState)).toEqual(live);
        expect(await ok(after, { type: "getAuditHead", asker: { userId: calendarId } })).toEqual(head);
        const again = await race(after, 40);
        expect(again.map(({ replayed }) => replayed)).toEqual(Array.from({ length: 40 }, () => true));
        expect(again.map(({ booking }) => booking)).toEqual(won.map(({ booking }) => booking));

        const { head: newHead } = await ok(after, { type: "getAuditHead", asker: { userId: calendarId } });
        const log = createAuditLog(after.journal, systemClock);
        const events = await log.list(calendarId, { after: 0, limit: 10_000 });
        let hash = "0".repeat(64);
        for (const [index, event] of events.entries()) {
          expect([event.seq, event.prev_hash, event.hash]).toEqual([index + 1, hash, auditEventHash(event)]);
          hash = event.hash;
        }
        expect([events.length, hash]).toEqual([newHead.seq, newHead.hash]);
        const first = won[0]?.booking;
        expect(await log.find(calendarId, first?.auditEventId ?? "")).toMatchObject({
          type: "booking.committed",
          resource: first?.bookingId,
        });
      } finally {
        await after.runner.close();
      }
    },
  );
});
