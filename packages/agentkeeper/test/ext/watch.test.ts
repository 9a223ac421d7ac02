// The replayable watch, message by message: where it starts, what a batch says, signs of life, and what it refuses.
import { create } from "@bufbuild/protobuf";
import { createFakeClock, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { decodeEvent } from "../../src/client/decode/decode.ts";
import { decodeAgentDetail } from "../../src/client/decode/decode-details.ts";
import { FencingTokenSchema } from "../../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { durationOf } from "../../src/wire/duration.ts";
import { failureOf, type RawKeeper, startRawKeeper, watchRaw } from "./raw.ts";

const setPolicy = (keeper: RawKeeper, id: string) =>
  keeper.connection.entitlements.setPolicy({
    policy: { id, subject: "s", action: "a", resource: "r", effect: 1 },
  });

async function setPolicies(keeper: RawKeeper, from: number, to: number): Promise<void> {
  for (let index = from; index <= to; index += 1) {
    await setPolicy(keeper, `p${index}`);
  }
}

const numbers = (from: number, to: number): bigint[] =>
  Array.from({ length: to - from + 1 }, (_, index) => BigInt(from + index));

describe("the replayable watch", () => {
  it("AK-EXT-Watch says where it starts, then batches that name the event before them", async () => {
    await using keeper = await startRawKeeper();
    await setPolicies(keeper, 1, 3);
    const { logId } = await keeper.ext.server.getServerInfo({});
    await using fromNow = watchRaw(keeper.connection);
    await using fromStart = watchRaw(keeper.connection, { afterSequence: 0n, logId });
    await using fromTwo = watchRaw(keeper.connection, { afterSequence: 2n });
    const started = (startSequence: bigint) => ({
      case: "started",
      value: { logId, startSequence, firstRetainedSequence: 1n },
    });
    expect(await fromNow.next()).toMatchObject(started(3n));
    expect(await fromStart.next()).toMatchObject(started(0n));
    expect(await fromTwo.next()).toMatchObject(started(2n));
    const all = await fromStart.batch();
    expect(all.events.map(({ sequenceNumber }) => sequenceNumber)).toEqual([1n, 2n, 3n]);
    expect(all.previousMatchingSequence).toBe(0n);
    await setPolicy(keeper, "p4");
    const [live, next, tail] = [await fromNow.batch(), await fromStart.batch(), await fromTwo.batch()];
    expect(live.events.map(({ sequenceNumber }) => sequenceNumber)).toEqual([4n]);
    expect([live.previousMatchingSequence, next.previousMatchingSequence]).toEqual([0n, 3n]);
    expect(next.events).toEqual(live.events);
    expect(tail.events[0]?.sequenceNumber).toBe(3n);
  });

  it("AK-EXT-Watch a filter makes holes, and each batch names the last event that passed it", async () => {
    await using keeper = await startRawKeeper();
    await using watch = watchRaw(keeper.connection, { topics: ["policy."], afterSequence: 0n });
    await setPolicy(keeper, "p1");
    expect(await watch.batch()).toMatchObject({ events: [{ sequenceNumber: 1n }] });
    await keeper.agent();
    await keeper.agent();
    await setPolicy(keeper, "p2");
    expect(await watch.batch()).toMatchObject({
      events: [{ sequenceNumber: 4n, topic: "policy.set" }],
      previousMatchingSequence: 1n,
    });
  });

  it("AK-EXT-Watch shows progress at the interval asked for, 10 s by default, within its bounds", async () => {
    const clock = createFakeClock();
    await using keeper = await startRawKeeper({ clock });
    await using quick = watchRaw(keeper.connection, { progressInterval: durationOf(100) });
    await using usual = watchRaw(keeper.connection);
    for (const watch of [quick, usual]) {
      expect(await watch.next()).toMatchObject({ case: "started" });
    }
    // Both wait for what comes now: the ticks of the kernel, and one timer each.
    await waitUntil(() => clock.pendingTimers >= 3);
    let usualSaid = false;
    const whatUsualSays = usual.next().then((kind) => {
      usualSaid = true;
      return kind;
    });
    for (let passedMs = 0; passedMs < 9_900; passedMs += 100) {
      await clock.advance(100);
      expect(await quick.next()).toMatchObject({ case: "progress", value: { sequence: 0n } });
    }
    expect(usualSaid).toBe(false);
    await clock.advance(100);
    expect(await whatUsualSays).toMatchObject({ case: "progress", value: { sequence: 0n } });
    for (const ms of [99, 3_600_001, 0, -1]) {
      await using refused = watchRaw(keeper.connection, { progressInterval: durationOf(ms) });
      expect(await failureOf(refused.next()), `${ms} ms`).toMatchObject({ code: "ttl_out_of_range" });
    }
    await using longest = watchRaw(keeper.connection, { progressInterval: durationOf(3_600_000) });
    expect(await longest.next()).toMatchObject({ case: "started" });
  });

  it("AK-EXT-Watch shows progress although events come all the time that nobody asked for", async () => {
    const clock = createFakeClock();
    await using keeper = await startRawKeeper({ clock });
    await using watch = watchRaw(keeper.connection, {
      topics: ["task."],
      progressInterval: durationOf(1_000),
    });
    expect(await watch.next()).toMatchObject({ case: "started" });
    const said = watch.next();
    let heard = false;
    said.then(() => {
      heard = true;
    });
    let events = 0;
    for (; events < 9; events += 1) {
      await setPolicy(keeper, "p");
      await clock.advance(100);
    }
    await keeper.ext.server.getServerInfo({});
    expect(heard).toBe(false);
    await setPolicy(keeper, "p");
    await clock.advance(100);
    expect(await said).toMatchObject({ case: "progress", value: { sequence: BigInt(events + 1) } });
  });

  it("AK-X1 a list and then a watch behind its sequence tell all, once, while everything changes", async () => {
    await using keeper = await startRawKeeper();
    const writer = keeper.connect();
    const rounds = 200;
    let written = 0;
    const writing = (async () => {
      for (; written < rounds; written += 1) {
        const { agentId } = await writer.registry.register({
          card: { name: "churn", description: "", version: "" },
          ttlSeconds: 600,
        });
        if (written % 3 === 0) {
          await writer.registry.deregister({ agentId });
        }
      }
    })();
    const lists: Listed[] = [];
    for (const share of [0.2, 0.5, 0.8]) {
      await waitUntil(() => written >= rounds * share);
      lists.push(await listAgents(keeper, 7));
    }
    expect(written).toBeLessThan(rounds);
    await writing;
    const { logId, lastSequence } = await keeper.ext.server.getServerInfo({});
    const atTheEnd = await listAgents(keeper, 1_000);
    expect([atTheEnd.sequence, atTheEnd.statuses.size]).toEqual([lastSequence, rounds]);
    for (const { sequence, statuses } of lists) {
      await using watch = watchRaw(keeper.connection, { topics: ["agent."], afterSequence: sequence, logId });
      for (let last = sequence; last < lastSequence; ) {
        for (const event of (await watch.batch()).events) {
          expect(event.sequenceNumber).toBe(last + 1n);
          last = event.sequenceNumber;
          const { payload } = decodeEvent(event);
          if (payload !== null && "card" in payload) {
            statuses.set(payload.agentId, payload.status);
          }
        }
      }
      expect(statuses).toEqual(atTheEnd.statuses);
    }
  });

  it("AK-X2 AK-ERR-LOG_ID_MISMATCH AK-ERR-SEQUENCE_IN_FUTURE AK-ERR-SEQUENCE_COMPACTED AK-FLAG-event-retention refuses what cannot be resumed", async () => {
    await using keeper = await startRawKeeper({ eventRetention: 10 });
    await setPolicies(keeper, 1, 30);
    const { logId } = await keeper.ext.server.getServerInfo({});
    const refusal = async (request: Parameters<typeof watchRaw>[1]) => {
      await using watch = watchRaw(keeper.connection, request);
      return await failureOf(watch.next());
    };
    expect(await refusal({ afterSequence: 30n, logId: "another" })).toMatchObject({
      code: "log_id_mismatch",
      grpcCode: "FAILED_PRECONDITION",
      details: { log_id: logId },
    });
    expect(await refusal({ logId: "another" })).toMatchObject({ code: "log_id_mismatch" });
    expect(await refusal({ afterSequence: 31n, logId })).toMatchObject({
      code: "sequence_in_future",
      grpcCode: "OUT_OF_RANGE",
      details: { last_sequence: "30" },
    });
    expect(await refusal({ afterSequence: 2n ** 64n - 1n })).toMatchObject({ code: "sequence_in_future" });
    for (const afterSequence of [0n, 19n]) {
      expect(await refusal({ afterSequence, logId })).toMatchObject({
        code: "sequence_compacted",
        grpcCode: "OUT_OF_RANGE",
        details: { first_retained_sequence: "21" },
      });
    }
    await using watch = watchRaw(keeper.connection, { afterSequence: 20n, logId });
    expect(await watch.next()).toMatchObject({ value: { firstRetainedSequence: 21n } });
    expect((await watch.batch()).events.map(({ sequenceNumber }) => sequenceNumber)).toEqual(numbers(21, 30));
  });

  it("AK-EXT-Watch AK-FLAG-event-retention who follows misses nothing, however few events are kept to start behind", async () => {
    await using keeper = await startRawKeeper({ eventRetention: 0 });
    await setPolicy(keeper, "p0");
    await using watch = watchRaw(keeper.connection);
    expect(await watch.next()).toMatchObject({
      case: "started",
      value: { startSequence: 1n, firstRetainedSequence: 2n },
    });
    await Promise.all(Array.from({ length: 100 }, (_, index) => setPolicy(keeper, `p${index}`)));
    const seen: bigint[] = [];
    while (seen.length < 100) {
      seen.push(...(await watch.batch()).events.map(({ sequenceNumber }) => sequenceNumber));
    }
    expect(seen).toEqual(numbers(2, 101));
    await using late = watchRaw(keeper.connection, { afterSequence: 100n });
    expect(await failureOf(late.next())).toMatchObject({ code: "sequence_compacted" });
  });

  it("AK-X2 AK-ERR-SEQUENCE_COMPACTED a reader that is left behind is told where it could go on", async () => {
    await using keeper = await startRawKeeper({ eventRetention: 50, maxWatchers: 1 });
    await using watch = watchRaw(keeper.connection, { topics: ["policy."] });
    expect(await watch.next()).toMatchObject({ case: "started" });
    const long = "x".repeat(1_000);
    // Far more than buffers on the way can hold.
    for (let round = 0; round < 200; round += 1) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => setPolicy(keeper, `${long}${index}`)));
    }
    let last = 0n;
    const failure = await failureOf(
      (async () => {
        for (;;) {
          for (const { sequenceNumber } of (await watch.batch()).events) {
            expect(sequenceNumber).toBe(last + 1n);
            last = sequenceNumber;
          }
        }
      })(),
    );
    expect(failure).toMatchObject({ code: "sequence_compacted" });
    expect(Number(failure.details.first_retained_sequence)).toBeGreaterThan(Number(last) + 1);
    // The one place that there is for a watch is free again.
    await using again = watchRaw(keeper.connection);
    expect(await again.next()).toMatchObject({ case: "started" });
  });

  it("AK-X6 both watches show the same events, and an end of the daemon ends both alike", async () => {
    await using keeper = await startRawKeeper();
    const end = new AbortController();
    const plain = keeper.connection.registry
      .watch({ topics: [] }, { timeoutMs: 0, signal: end.signal })
      [Symbol.asyncIterator]();
    await using watch = watchRaw(keeper.connection);
    await watch.next();
    const agentId = await keeper.agent();
    const { lease } = await keeper.ext.leases.acquire({ taskId: "key", agentId });
    const token = create(FencingTokenSchema, { value: lease?.token?.value ?? 0n });
    await keeper.connection.leases.releaseLease({ taskId: "key", agentId, token });
    const seen = [];
    while (seen.length < 3) {
      seen.push(...(await watch.batch()).events);
    }
    for (const event of seen) {
      expect((await plain.next()).value).toEqual(event);
    }
    const [plainEnd, end2] = [failureOf(plain.next()), failureOf(watch.next())];
    await keeper.server.close();
    for (const failure of [await plainEnd, await end2]) {
      expect(failure).toMatchObject({ code: "shutting_down", grpcCode: "UNAVAILABLE" });
    }
  });
});

interface Listed {
  /** Where a watch must begin that is to tell all that this list may not. */
  readonly sequence: bigint;
  readonly statuses: Map<string, string>;
}

async function listAgents(keeper: RawKeeper, pageSize: number): Promise<Listed> {
  const statuses = new Map<string, string>();
  let sequence: bigint | undefined;
  let pageToken = "";
  do {
    const page = await keeper.ext.registry.listAgents({ pageSize, pageToken });
    // What changes during the listing is told again behind the sequence of its first page.
    sequence ??= page.sequence;
    for (const { agentId, status } of page.agents.map((one) => decodeAgentDetail("test", one))) {
      statuses.set(agentId, status);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return { sequence, statuses };
}
