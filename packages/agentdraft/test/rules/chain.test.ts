// The audit chain: exact bytes, no event missing, and the same chain after every replay.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { canonicalJson } from "@x/core";
import { describe, expect, it } from "vitest";
import { seqOfEventId } from "../../src/local/rules/model/ids.ts";
import { jcs } from "../../src/local/rules/model/jcs.ts";
import type { AuditEvent } from "../../src/local/rules/model/views.ts";
import { writtenJson } from "../../src/local/rules/model/written-json.ts";
import { isoformat } from "../../src/wire/isoformat.ts";
import { createWorld, type World } from "./world.ts";

interface Vectors {
  readonly audit_chain: { readonly events: readonly AuditEvent[]; readonly head: { readonly hash: string } };
}

const vectors = JSON.parse(
  readFileSync(new URL("../vectors/agentdraft.json", import.meta.url), "utf8"),
) as Vectors;

/** What anybody could write from the wire document alone. */
function hashOf({ hash: _, ...event }: AuditEvent): string {
  return createHash("sha256")
    .update(`${event.prev_hash}\n${canonicalJson(event)}`)
    .digest("hex");
}

function expectWholeChain(events: readonly AuditEvent[]): void {
  let before = "0".repeat(64);
  for (const [index, event] of events.entries()) {
    expect(event.seq).toBe(index + 1);
    expect(event.prev_hash).toBe(before);
    expect(event.hash, event.type).toBe(hashOf(event));
    before = event.hash;
  }
}

/** One of nearly everything. */
function eventful(): World {
  const world = createWorld();
  const [a, b, c] = [world.agent(1, { name: "Zoë's \ud800 bot 😀" }), world.agent(2), world.agent(5)];
  world.rules({ timezone: "Europe/Berlin", dailyCap: 3 });
  world.commit(c, "10:00", "10:30", { metadata: writtenJson('{"x":1.5}') });
  world.commit(a, "10:00", "10:30");
  world.refused(world.booking(c, "10:00", "10:30"), "outranked");
  world.hold(c, "11:00", "11:30");
  world.hold(b, "11:00", "11:30");
  world.commit(b, "11:00", "12:00");
  world.hold(b, "13:00", "13:30");
  world.advance(31_000);
  world.ok({ type: "updateAgent", userId: world.owner, agentId: b, priority: 3 });
  world.ok({ type: "revokeAgent", userId: world.owner, agentId: c });
  return world;
}

describe("the chain", () => {
  it("AD-81 hashes events as the vectors do, in whatever order their members stand", () => {
    for (const event of vectors.audit_chain.events) {
      const { hash, ...unhashed } = event;
      expect(
        createHash("sha256")
          .update(`${event.prev_hash}\n${jcs(unhashed)}`)
          .digest("hex"),
      ).toBe(hash);
      const sorted = JSON.parse(canonicalJson(unhashed)) as typeof unhashed;
      expect(jcs(sorted)).toBe(jcs(unhashed));
    }
  });

  it("AD-81 a fresh chain verifies from zeros, event by event", () => {
    const world = eventful();
    expect(world.events.length).toBeGreaterThan(15);
    expectWholeChain(world.events);
    const { head } = world.ok({ type: "getAuditHead", asker: { userId: world.owner } });
    expect(head).toMatchObject({ seq: world.events.length, hash: world.events.at(-1)?.hash });
  });

  it("AD-88 replaying the records gives the same state and the same chain", () => {
    const world = eventful();
    world.expectReplayEqual();
    world.takeSnapshot();
    const agent = world.agent(7);
    world.hold(agent, "15:00", "15:30");
    world.expectReplayEqual();
    world.restart();
    world.commit(agent, "15:00", "15:30");
    world.expectReplayEqual();
    expectWholeChain(world.events);
  });

  it("AD-8-ids an event's id tells its place in the chain", () => {
    for (const event of eventful().events) {
      expect(event.event_id).toMatch(/^aud_[0-9A-HJKMNP-TV-Z]{26}$/);
      expect(seqOfEventId(event.event_id)).toBe(event.seq);
    }
    expect(seqOfEventId("bkg_00000000000000000000000001")).toBeUndefined();
    expect(seqOfEventId("aud_0000000000000000000000000U")).toBeUndefined();
  });

  it("AD-87 every event about a booking names it", () => {
    const world = createWorld();
    const [a, c] = [world.agent(1), world.agent(5)];
    const { bookingId } = world.hold(c, "10:00", "10:30").booking;
    world.commit(c, "10:00", "10:30");
    world.refused(world.booking(c, "10:00", "10:30"), "outranked");
    world.commit(a, "10:00", "10:30");
    const about = world.events.filter(({ resource }) => resource === bookingId).map(({ type }) => type);
    expect(about).toEqual(["hold.created", "booking.committed", "booking.rejected", "booking.evicted"]);
  });
});

describe("times on the wire", () => {
  it.each([
    [Date.UTC(2030, 0, 7, 10), "2030-01-07T10:00:00+00:00"],
    [Date.UTC(2030, 0, 7, 23, 59, 59, 7), "2030-01-07T23:59:59.007000+00:00"],
    [Date.UTC(2030, 0, 7, 0, 0, 9, 120), "2030-01-07T00:00:09.120000+00:00"],
    [Date.UTC(1969, 11, 31, 23, 59, 59, 999), "1969-12-31T23:59:59.999000+00:00"],
  ])("AD-17 %d is written as Python writes it", (ms, text) => {
    expect(isoformat(ms)).toBe(text);
    expect(Date.parse(isoformat(ms))).toBe(ms);
  });
});
