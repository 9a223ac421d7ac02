// The rules at work: events reach the feed before anybody hears of them, and a stop ends all that waits.
import { describe, expect, it } from "vitest";
import {
  createMemoryFeed,
  createMemoryJournal,
  type Engine,
  type MemoryFeed,
  silentLog,
  startEngine,
} from "../../src/service/index.ts";
import { createFakeClock, type FakeClock } from "../../src/testing/index.ts";
import { type LedgerEvent, type LedgerRecord, type LedgerTypes, ledger } from "./ledger.ts";

interface Fixture extends AsyncDisposable {
  readonly engine: Engine<LedgerTypes>;
  readonly feed: MemoryFeed<LedgerEvent>;
  readonly clock: FakeClock;
  readonly said: string[];
}

async function start(clock = createFakeClock()): Promise<Fixture> {
  let places = 0;
  // Events of the ledger do not count themselves.
  const placeOf = (): number => {
    places += 1;
    return places;
  };
  const feed = createMemoryFeed<LedgerEvent>({ placeOf, retain: 100, clock });
  const said: string[] = [];
  const say = (_: object, message: string): void => {
    said.push(message);
  };
  const engine = await startEngine<LedgerTypes>({
    machine: ledger,
    journal: createMemoryJournal<LedgerRecord>(),
    genesis: () => ({ type: "created" }),
    feed,
    clock,
    log: Object.assign(Object.create(silentLog), { warn: say, error: say }),
  });
  return { engine, feed, clock, said, [Symbol.asyncDispose]: () => engine.close() };
}

describe("engine", () => {
  it("what happened is in the feed before observers hear of it, and before the caller is answered", async () => {
    await using fixture = await start();
    const { engine, feed } = fixture;
    const heard: unknown[] = [];
    engine.observe({
      onEvents: (events) => heard.push([...events, feed.last]),
      onAppend: ({ records }) => heard.push(records),
    });
    const waiting = feed.wait(0).then(() => heard.push("woken"));
    expect(await engine.run({ type: "move", by: 2 })).toBe(0);
    await waiting;
    expect(heard).toEqual([2, ["sum 2", "sum 0", 2], "woken"]);
    expect(engine.peek(({ sum }) => sum)).toBe(0);
    expect(engine.lastSequence).toBe(3);
    expect([engine.healthy, engine.queued]).toEqual([true, 0]);
  });

  it("pauses and faults are logged, and told to observers", async () => {
    // Ticks that never come, while time passes, are what a stopped process looks like.
    let offset = 0;
    const clock = createFakeClock();
    const now = () => ({ mono: clock.now().mono + offset, wall: clock.now().wall + offset });
    await using fixture = await start({ ...clock, now });
    const { engine, said } = fixture;
    const heard: unknown[] = [];
    engine.observe({ onPause: (byMs) => heard.push(byMs), onFault: (error) => heard.push(String(error)) });
    await expect(engine.run({ type: "break" })).rejects.toMatchObject({ code: "internal" });
    offset = 60_000;
    await engine.run({ type: "read" });
    expect(heard).toEqual(["Error: a defect", 59_800]);
    expect(said).toEqual([
      "fault in the store or in a rule",
      "the process was paused; every open deadline moved by as much",
    ]);
  });

  it("a stop ends those who wait for the feed and for an answer, and refuses what comes", async () => {
    const { engine, feed, clock } = await start();
    const waiting = feed.wait(0);
    const answer = engine.run({ type: "await", sum: 10 });
    await engine.run({ type: "read" });
    expect(engine.stopping.aborted).toBe(false);
    const closed = engine.close();
    expect(engine.stopping.aborted).toBe(true);
    expect(await waiting).toBe("ended");
    await expect(answer).rejects.toMatchObject({ code: "shutting_down" });
    await closed;
    await engine.close();
    await expect(engine.run({ type: "read" })).rejects.toMatchObject({ code: "shutting_down" });
    expect(clock.pendingTimers).toBe(0);
  });
});
