// The runner: turns, durability before answers, deadlines, pauses, cancellation, failure of the store.
import { describe, expect, it } from "vitest";
import type { Clock } from "../../src/clock.ts";
import {
  createMemoryJournal,
  type Journal,
  type JournalEntry,
  JournalError,
  KernelError,
  type Runner,
  type RunnerObserver,
  startRunner,
} from "../../src/service/index.ts";
import { createFakeClock, type FakeClock, waitUntil } from "../../src/testing/index.ts";
import {
  type LedgerCommand,
  type LedgerEvent,
  type LedgerRecord,
  type LedgerTypes,
  ledger,
} from "./ledger.ts";

interface Fixture extends AsyncDisposable {
  readonly runner: Runner<LedgerTypes>;
  readonly clock: FakeClock;
  readonly published: LedgerEvent[];
  readonly pauses: number[];
  readonly faults: unknown[];
}

async function start(
  options: {
    readonly journal?: Journal<LedgerRecord>;
    readonly clock?: FakeClock;
    readonly maxQueued?: number;
  } = {},
): Promise<Fixture> {
  const { journal = createMemoryJournal<LedgerRecord>(), clock = createFakeClock(), maxQueued } = options;
  const published: LedgerEvent[] = [];
  const pauses: number[] = [];
  const faults: unknown[] = [];
  const observer: RunnerObserver = {
    onPause: (byMs) => pauses.push(byMs),
    onFault: (error) => faults.push(error),
  };
  const runner = await startRunner<LedgerTypes>({
    machine: ledger,
    journal,
    genesis: () => ({ type: "created" }),
    publish: (events) => published.push(...events),
    clock,
    observer,
    ...(maxQueued === undefined ? {} : { maxQueued }),
  });
  return { runner, clock, published, pauses, faults, [Symbol.asyncDispose]: () => runner.close() };
}

/** A journal whose appends are in the test's hand. */
function controlledJournal(): Journal<LedgerRecord> & {
  fail: boolean;
  hold: Promise<void> | undefined;
  appends: number;
} {
  const memory = createMemoryJournal<LedgerRecord>();
  const journal = {
    ...memory,
    fail: false,
    appends: 0,
    hold: undefined as Promise<void> | undefined,
    append(epoch: number, entries: readonly JournalEntry<LedgerRecord>[]): number | Promise<number> {
      journal.appends += 1;
      if (journal.fail) {
        throw new JournalError("unavailable", "the disk is full");
      }
      const { hold } = journal;
      return hold === undefined
        ? memory.append(epoch, entries)
        : hold.then(() => memory.append(epoch, entries));
    },
  };
  return journal;
}

const add = (by: number): LedgerCommand => ({ type: "add", by });

async function startLedger(
  journal: Journal<LedgerRecord>,
  machine: typeof ledger,
  clock: Clock = createFakeClock(),
): Promise<Runner<LedgerTypes> & AsyncDisposable> {
  const runner = await startRunner<LedgerTypes>({
    machine,
    journal,
    genesis: () => ({ type: "created" }),
    publish: () => undefined,
    clock,
  });
  return Object.assign(runner, { [Symbol.asyncDispose]: () => runner.close() });
}

/** A machine of which each addition takes its time. */
function hardWork(ms: number): { readonly clock: Clock; readonly machine: typeof ledger } {
  const fake = createFakeClock();
  let workedMs = 0;
  return {
    clock: { ...fake, now: () => ({ mono: fake.now().mono + workedMs, wall: fake.now().wall + workedMs }) },
    machine: {
      ...ledger,
      commands: {
        ...ledger.commands,
        add(state, command, turn) {
          workedMs += ms;
          return ledger.commands.add(state, command, turn);
        },
      },
    },
  };
}

describe("runner", () => {
  it("decides all commands of an event-loop turn with a single append, in their order", async () => {
    const journal = controlledJournal();
    await using fixture = await start({ journal });
    const { appends } = journal;
    const replies = await Promise.all([1, 2, 3, 4].map((by) => fixture.runner.run(add(by))));
    expect(replies).toEqual([1, 3, 6, 10]);
    expect(journal.appends).toBe(appends + 1);
    expect(fixture.published).toEqual(["sum 1", "sum 3", "sum 6", "sum 10"]);
  });

  it("settles after all commands of a turn, in the same append", async () => {
    const journal = controlledJournal();
    const sums: number[] = [];
    await using runner = await startLedger(journal, {
      ...ledger,
      settle(state, turn) {
        sums.push(state.sum);
        if (state.sum === 3) {
          turn.emit({ type: "added", by: 10 });
        }
      },
    });
    const { appends } = journal;
    await Promise.all([1, 2].map((by) => runner.run(add(by))));
    expect(journal.appends - appends).toBe(1);
    expect(sums).toEqual([3]);
    expect(await runner.run({ type: "read" })).toBe(13);
  });

  it("leaves to the next turns what one has no time for, and settles after all that came together", async () => {
    const journal = controlledJournal();
    const work = hardWork(4);
    const settled: number[] = [];
    await using runner = await startLedger(
      journal,
      {
        ...work.machine,
        settle(state) {
          settled.push(state.sum);
        },
      },
      work.clock,
    );
    const { appends } = journal;
    const answers = [1, 2, 3, 4, 5, 6, 7].map((by) => runner.run(add(by)));
    expect(runner.queued).toBe(7);
    const late = answers[0]?.then(() => runner.run(add(100)));
    expect(await Promise.all(answers)).toEqual([1, 3, 6, 10, 15, 21, 28]);
    expect(await late).toBe(128);
    expect(journal.appends - appends).toBe(4);
    expect(settled).toEqual([28, 128]);
    expect(runner.queued).toBe(0);
  });

  it("a stop refuses what a turn had no time for", async () => {
    const work = hardWork(20);
    const hold = Promise.withResolvers<void>();
    const journal = controlledJournal();
    const runner = await startLedger(
      journal,
      {
        ...work.machine,
      },
      work.clock,
    );
    journal.hold = hold.promise;
    const answers = [1, 2, 3].map((by) => runner.run(add(by)).catch((error: KernelError) => error.code));
    await waitUntil(() => runner.queued === 2);
    const closed = runner.close();
    hold.resolve();
    await closed;
    expect(await Promise.all(answers)).toEqual([1, "shutting_down", "shutting_down"]);
  });

  it("what follows is decided after each command, expiry and cancellation, in the same append", async () => {
    const journal = controlledJournal();
    const sums: number[] = [];
    await using runner = await startLedger(journal, {
      ...ledger,
      followUp(state, turn) {
        sums.push(state.sum);
        if (state.sum % 10 === 3) {
          turn.emit({ type: "added", by: 7 });
        }
      },
    });
    const { appends } = journal;
    // The first is of the time that has passed before the commands.
    const replies = await Promise.all([1, 2, 4].map((by) => runner.run(add(by))));
    expect(journal.appends - appends).toBe(1);
    expect(sums).toEqual([0, 1, 3, 14]);
    // A command is answered what its own rule saw.
    expect(replies).toEqual([1, 3, 14]);
    const gone = new AbortController();
    const waiting = runner.run({ type: "await", sum: 1_000 }, { signal: gone.signal });
    await runner.run({ type: "read" });
    sums.length = 0;
    gone.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    await runner.run({ type: "read" });
    expect(sums).toEqual([14, 14, 14]);
  });

  it("a turn that changes nothing writes nothing", async () => {
    const journal = controlledJournal();
    await using fixture = await start({ journal });
    const { appends } = journal;
    expect(await fixture.runner.run({ type: "read" })).toBe(0);
    expect(journal.appends).toBe(appends);
  });

  it("answers and publishes nothing before the append has ended, and starts no other turn", async () => {
    const journal = controlledJournal();
    await using fixture = await start({ journal });
    const gate = Promise.withResolvers<void>();
    journal.hold = gate.promise;
    const order: string[] = [];
    const first = fixture.runner.run(add(1)).then((sum) => order.push(`first ${sum}`));
    await new Promise(setImmediate);
    const second = fixture.runner.run({ type: "read" }).then((sum) => order.push(`second ${sum}`));
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect([...order, ...fixture.published]).toEqual([]);
    gate.resolve();
    await Promise.all([first, second]);
    expect(order).toEqual(["first 1", "second 1"]);
    expect(fixture.published).toEqual(["sum 1"]);
  });

  it("a failed append fails what its turn has changed, shows nothing of it, and the state is the journal's again", async () => {
    const journal = controlledJournal();
    await using fixture = await start({ journal });
    await fixture.runner.run(add(5));
    journal.fail = true;
    const outcomes = await Promise.allSettled([
      fixture.runner.run(add(1)),
      fixture.runner.run({ type: "read" }),
    ]);
    expect(outcomes).toMatchObject([{ reason: { code: "store_unavailable" } }, { value: 5 }]);
    expect(fixture.runner.healthy).toBe(false);
    expect(fixture.published).toEqual(["sum 5"]);
    expect(await fixture.runner.run({ type: "read" })).toBe(5);
  });

  it("who waited for a change that the store refuses is refused too, and not left to wait again", async () => {
    const journal = controlledJournal();
    await using fixture = await start({ journal });
    const waiting = fixture.runner.run({ type: "await", sum: 5 });
    await fixture.runner.run({ type: "read" });
    journal.fail = true;
    expect(await Promise.allSettled([waiting, fixture.runner.run(add(5))])).toMatchObject([
      { reason: { code: "store_unavailable" } },
      { reason: { code: "store_unavailable" } },
    ]);
  });

  it("is at rest between turns, and neither while one goes to the store nor until a store that failed takes turns again", async () => {
    const journal = controlledJournal();
    await using fixture = await start({ journal });
    const { runner, clock } = fixture;
    expect(runner.atRest).toBe(true);
    const gate = Promise.withResolvers<void>();
    journal.hold = gate.promise;
    const answer = runner.run(add(1));
    await waitUntil(() => runner.peek(({ sum }) => sum) === 1);
    expect(runner.atRest).toBe(false);
    gate.resolve();
    await answer;
    expect(runner.atRest).toBe(true);
    journal.hold = undefined;
    journal.fail = true;
    await expect(runner.run(add(2))).rejects.toMatchObject({ code: "store_unavailable" });
    expect(runner.atRest).toBe(false);
    expect(await runner.run({ type: "read" })).toBe(1);
    expect(runner.atRest).toBe(false);
    journal.fail = false;
    await clock.advance(1_000);
    await waitUntil(() => runner.healthy);
    expect(runner.atRest).toBe(true);
    await runner.close();
    expect(runner.atRest).toBe(false);
  });

  it("while the store is down writes are refused without a try, and it heals by itself", async () => {
    const journal = controlledJournal();
    await using fixture = await start({ journal });
    journal.fail = true;
    await expect(fixture.runner.run(add(1))).rejects.toMatchObject({ code: "store_unavailable" });
    await fixture.runner.run({ type: "read" });
    const { appends } = journal;
    await expect(fixture.runner.run(add(1))).rejects.toMatchObject({ code: "store_unavailable" });
    expect(journal.appends).toBe(appends);
    journal.fail = false;
    await fixture.clock.advance(1_000);
    expect(fixture.runner.healthy).toBe(true);
    expect(await fixture.runner.run(add(1))).toBe(1);
  });

  it("tries a broken store again every second", async () => {
    const journal = controlledJournal();
    await using fixture = await start({ journal });
    journal.fail = true;
    await expect(fixture.runner.run(add(1))).rejects.toThrow(KernelError);
    await fixture.runner.run({ type: "read" });
    const { appends } = journal;
    for (let second = 0; second < 3; second += 1) {
      await fixture.clock.advance(1_000);
      await fixture.runner.run({ type: "read" });
    }
    expect(journal.appends).toBe(appends + 3);
  });

  it("rebuilds its state once in an outage, however long: what finds out whether it is over carries no record", async () => {
    const memory = controlledJournal();
    let probes = 0;
    let reads = 0;
    const journal: Journal<LedgerRecord> = {
      ...memory,
      append: memory.append,
      probe(): void {
        probes += 1;
        if (memory.fail) {
          throw new JournalError("unavailable", "the disk is full");
        }
      },
      read(after: number) {
        reads += 1;
        return memory.read(after);
      },
    };
    await using fixture = await start({ journal });
    await fixture.runner.run(add(5));
    const started = reads;
    memory.fail = true;
    await expect(fixture.runner.run(add(1))).rejects.toMatchObject({ code: "store_unavailable" });
    for (let second = 1; second <= 5; second += 1) {
      await fixture.clock.advance(1_000);
      expect(await fixture.runner.run({ type: "read" })).toBe(5);
      await expect(fixture.runner.run(add(1))).rejects.toMatchObject({ code: "store_unavailable" });
      expect([probes, reads - started]).toEqual([second, 1]);
    }
    expect(fixture.faults).toHaveLength(6);
    memory.fail = false;
    await fixture.clock.advance(1_000);
    expect(fixture.runner.healthy).toBe(true);
    expect(await fixture.runner.run(add(1))).toBe(6);
    expect(reads - started).toBe(1);
  });

  it("answers nothing any more when another writer has taken the store over, and never tries again", async () => {
    const journal = controlledJournal();
    await using fixture = await start({ journal });
    await fixture.runner.run(add(5));
    const waiting = fixture.runner.run({ type: "await", sum: 9 });
    const refused = expect(waiting).rejects.toMatchObject({ code: "store_unavailable" });
    await fixture.runner.run({ type: "read" });
    await journal.open();
    await expect(fixture.runner.run(add(1))).rejects.toMatchObject({ code: "store_unavailable" });
    await refused;
    const { appends } = journal;
    await fixture.clock.advance(5_000);
    await expect(fixture.runner.run({ type: "read" })).rejects.toMatchObject({
      code: "store_unavailable",
    });
    expect([journal.appends, fixture.faults.length, fixture.runner.healthy]).toEqual([appends, 1, false]);
  });

  it("deadlines are judged in time and before any command that comes later", async () => {
    await using fixture = await start();
    await fixture.runner.run({ type: "hold", forMs: 1_500 });
    await fixture.clock.advance(1_499);
    expect(fixture.published).toEqual(["held"]);
    await fixture.clock.advance(1);
    expect(fixture.published).toEqual(["held", "ended"]);
  });

  it("a nearer deadline that comes later is judged first", async () => {
    await using fixture = await start();
    await fixture.runner.run({ type: "hold", forMs: 900 });
    await fixture.runner.run({ type: "hold", forMs: 300 });
    await fixture.clock.advance(300);
    expect(fixture.published).toEqual(["held", "held", "ended"]);
  });

  it("a pause moves every deadline by its length, and is noticed before anything is judged", async () => {
    // Ticks that never come, while time passes, are what a stopped process looks like.
    let offset = 0;
    const clock = createFakeClock();
    const sleepy: FakeClock = {
      ...clock,
      now: () => ({ mono: clock.now().mono + offset, wall: clock.now().wall + offset }),
    };
    await using fixture = await start({ clock: sleepy });
    await fixture.runner.run({ type: "hold", forMs: 5_000 });
    offset = 60_000;
    expect(await fixture.runner.run({ type: "read" })).toBe(0);
    expect(fixture.pauses).toEqual([59_800]);
    expect(fixture.published).toEqual(["held"]);
    await clock.advance(4_799);
    await fixture.runner.run({ type: "read" });
    expect(fixture.published).toEqual(["held"]);
    await clock.advance(1);
    await fixture.runner.run({ type: "read" });
    expect(fixture.published).toEqual(["held", "ended"]);
  });

  it("a late tick within the bound is no pause", async () => {
    let offset = 0;
    const clock = createFakeClock();
    const sleepy: FakeClock = {
      ...clock,
      now: () => ({ mono: clock.now().mono + offset, wall: clock.now().wall }),
    };
    await using fixture = await start({ clock: sleepy });
    offset = 1_200;
    await fixture.runner.run({ type: "read" });
    expect(fixture.pauses).toEqual([]);
  });

  it("a deferred command is answered by the one that brings what it waits for", async () => {
    await using fixture = await start();
    const waiting = fixture.runner.run({ type: "await", sum: 3 });
    await fixture.runner.run(add(2));
    const [last, answer] = await Promise.all([fixture.runner.run(add(2)), waiting]);
    expect([last, answer]).toEqual([4, 4]);
  });

  it("an aborted command that waits is withdrawn, and leaves no listener", async () => {
    await using fixture = await start();
    const controller = new AbortController();
    const waiting = fixture.runner.run({ type: "await", sum: 3 }, { signal: controller.signal });
    await fixture.runner.run({ type: "read" });
    controller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    await fixture.runner.run({ type: "read" });
    expect(fixture.runner.peek((state) => state.waiting.size)).toBe(0);
    expect(await fixture.runner.run(add(5))).toBe(5);
  });

  it("an answer that was given but not delivered when its caller went is undone", async () => {
    await using fixture = await start();
    const controller = new AbortController();
    const waiting = fixture.runner.run({ type: "await", sum: 3 }, { signal: controller.signal });
    await fixture.runner.run({ type: "read" });
    // Same turn: first what answers the waiting call, then the news that its caller has gone.
    const adding = fixture.runner.run(add(4));
    controller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    expect(await adding).toBe(4);
    expect(await fixture.runner.run({ type: "read" })).toBe(4 - 1_000);
  });

  it("a command that is aborted before its turn is never decided", async () => {
    await using fixture = await start();
    const controller = new AbortController();
    const adding = fixture.runner.run(add(4), { signal: controller.signal });
    controller.abort(new Error("gone"));
    await expect(adding).rejects.toThrow("gone");
    await expect(fixture.runner.run(add(1), { signal: controller.signal })).rejects.toThrow("gone");
    expect(await fixture.runner.run({ type: "read" })).toBe(0);
  });

  it("a defect in a rule fails its command only, and is reported", async () => {
    await using fixture = await start();
    const [broken, fine] = await Promise.allSettled([
      fixture.runner.run({ type: "break" }),
      fixture.runner.run(add(1)),
    ]);
    expect(broken).toMatchObject({ status: "rejected", reason: { code: "internal" } });
    expect(fine).toEqual({ status: "fulfilled", value: 1 });
    expect(fixture.faults).toHaveLength(1);
  });

  it("more commands than may wait are refused", async () => {
    await using fixture = await start({ maxQueued: 2 });
    const outcomes = await Promise.allSettled([1, 2, 3].map((by) => fixture.runner.run(add(by))));
    expect(outcomes[2]).toMatchObject({ status: "rejected", reason: { code: "overloaded" } });
    expect(outcomes.slice(0, 2).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  });

  it("closing refuses what waits and what comes later, and leaves no timer", async () => {
    const fixture = await start();
    const waiting = fixture.runner.run({ type: "await", sum: 3 });
    await fixture.runner.run({ type: "hold", forMs: 1_000 });
    const queued = fixture.runner.run(add(1));
    await Promise.all([
      expect(waiting).rejects.toMatchObject({ code: "shutting_down" }),
      expect(queued).rejects.toMatchObject({ code: "shutting_down" }),
      fixture.runner.close(),
    ]);
    await expect(fixture.runner.run(add(1))).rejects.toMatchObject({ code: "shutting_down" });
    expect(fixture.clock.pendingTimers).toBe(0);
  });

  it("a second opener continues from the journal, and the first can write no more", async () => {
    const journal = createMemoryJournal<LedgerRecord>();
    await using first = await start({ journal });
    await first.runner.run(add(7));
    await using second = await start({ journal });
    expect(await second.runner.run({ type: "read" })).toBe(7);
    expect(second.runner.peek((state) => state.restarts)).toBe(1);
    await expect(first.runner.run(add(1))).rejects.toMatchObject({ code: "store_unavailable" });
    expect(first.faults).toMatchObject([{ code: "stale_epoch" }]);
    expect(await second.runner.run(add(1))).toBe(8);
  });

  it("what a restart arms afresh counts from when callers can be heard, once", async () => {
    const journal = createMemoryJournal<LedgerRecord>();
    {
      await using first = await start({ journal });
      await first.runner.run({ type: "hold", forMs: 1_000 });
    }
    await using second = await start({ journal });
    await second.clock.advance(400);
    second.runner.ready();
    await second.runner.run({ type: "read" });
    await second.clock.advance(999);
    second.runner.ready();
    expect(second.published).toEqual([]);
    await second.clock.advance(1);
    await second.runner.run({ type: "read" });
    expect(second.published).toEqual(["ended"]);
    expect(second.pauses).toEqual([]);
  });

  it("wall time falls only where a record says so, when the clock of the next process was set back", async () => {
    const journal = createMemoryJournal<LedgerRecord>();
    const late = await start({ journal });
    await late.clock.advance(3_600_000);
    await late.runner.run(add(1));
    await late.runner.close();
    await using early = await start({ journal });
    await early.runner.run(add(1));
    const told: (readonly [type: string, fallen: number])[] = [];
    let last = 0;
    for await (const { record, wall } of journal.read(0)) {
      told.push([record.type, Math.max(0, last - wall)]);
      last = wall;
    }
    expect(told).toEqual([
      ["created", 0],
      ["added", 0],
      ["restarted", 3_600_000],
      ["corrected", 0],
      ["added", 0],
    ]);
    expect(early.runner.peek(({ correctedMs }) => correctedMs)).toBe(-3_600_000);
    expect(early.runner.now().wall).toBe(last);
  });

  it("a step of the machine's wall clock is told by a record once it has lasted, also when the store refuses it at first", async () => {
    const journal = controlledJournal();
    const clock = createFakeClock();
    let offMs = 0;
    await using server = await start({
      journal,
      clock: {
        ...clock,
        now() {
          const { mono, wall } = clock.now();
          return { mono, wall: wall + offMs };
        },
      },
    });
    const corrected = (): number => server.runner.peek((state) => state.correctedMs);
    offMs = 7_200_000;
    await clock.advance(9_000);
    expect(corrected()).toBe(0);
    journal.fail = true;
    await clock.advance(2_000);
    await server.runner.idle();
    expect(corrected()).toBe(0);
    journal.fail = false;
    await clock.advance(2_000);
    await server.runner.idle();
    await server.runner.run(add(1));
    expect(corrected()).toBe(7_200_000);
    expect(server.runner.now().wall).toBe(clock.now().wall + 7_200_000);
  });

  it("every close waits for the same end", async () => {
    const journal = createMemoryJournal<LedgerRecord>();
    let closed = false;
    const slow: Journal<LedgerRecord> = {
      ...journal,
      async close() {
        await new Promise((resolve) => setImmediate(resolve));
        await journal.close();
        closed = true;
      },
    };
    const { runner } = await start({ journal: slow });
    void runner.close();
    await runner.close();
    expect(closed).toBe(true);
  });

  it("closing does not wait for a store that cannot even be read, and leaves no timer", async () => {
    const journal = controlledJournal();
    const fixture = await start({ journal });
    journal.fail = true;
    journal.read = () => {
      throw new JournalError("unavailable", "the disk is gone");
    };
    await expect(fixture.runner.run(add(1))).rejects.toMatchObject({ code: "store_unavailable" });
    await new Promise(setImmediate);
    await fixture.runner.close();
    expect(fixture.clock.pendingTimers).toBe(0);
  });

  it("closing while the store is down leaves no timer", async () => {
    const journal = controlledJournal();
    const fixture = await start({ journal });
    journal.fail = true;
    await expect(fixture.runner.run(add(1))).rejects.toMatchObject({ code: "store_unavailable" });
    expect(await fixture.runner.run({ type: "read" })).toBe(0);
    await fixture.runner.close();
    expect(fixture.clock.pendingTimers).toBe(0);
  });

  it("closing while the state is being rebuilt waits for that, and leaves no timer", async () => {
    const journal = controlledJournal();
    const { read } = journal;
    const fixture = await start({ journal });
    const reading = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    journal.fail = true;
    journal.read = async function* (after: number) {
      reading.resolve();
      await gate.promise;
      yield* read(after);
    };
    await expect(fixture.runner.run(add(1))).rejects.toMatchObject({ code: "store_unavailable" });
    await reading.promise;
    const closed = fixture.runner.close();
    gate.resolve();
    await closed;
    expect(fixture.clock.pendingTimers).toBe(0);
  });
});
