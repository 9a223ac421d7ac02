// The one writer: it gathers the commands of an event-loop turn, lets the machine decide them, journals what changed
// in a single append, and only then answers and publishes.
import { randomUUID } from "node:crypto";
import { type Now, systemClock } from "../../clock.ts";
import type { JournalError, OpenedJournal } from "../store/journal.ts";
import { type Call, fulfil, refuse, shuttingDown, storeUnavailable } from "./call.ts";
import { createCallQueue } from "./call-queue.ts";
import { KernelError } from "./kernel-error.ts";
import type { CommandOf, CommandType, MachineTypes, ReplyTo } from "./machine.ts";
import { startPulse } from "./pulse.ts";
import { createRecovery } from "./recovery.ts";
import { replay } from "./replay.ts";
import type { RunnerOptions } from "./runner-options.ts";
import { createSnapshotPolicy } from "./snapshot-policy.ts";
import { createSteadyClock } from "./steady-clock.ts";
import { createTurnMaker, type Job } from "./turn-maker.ts";

/** A running machine. */
export interface Runner<Types extends MachineTypes> {
  /**
   * Decides one command and answers when what it changed is durable: its reply, or a refusal. Aborting withdraws the command; when it was
   * decided but not answered yet, the machine undoes what only its caller could use.
   *
   * @throws {KernelError} `store_unavailable`, `shutting_down`, `overloaded`, `internal`
   * @throws the signal's reason once it is aborted
   */
  run<Type extends CommandType<Types>>(
    command: CommandOf<Types, Type>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<ReplyTo<Types, Type>>;
  /** Looks at the state without waiting for a turn: for metrics and dashboards, not for answers. */
  peek<View>(view: (state: Types["State"], now: Now) => View): View;
  /** The present, as the rules see it: the server's wall clock, not the machine's. */
  now(): Now;
  /** Callers can be heard from now on: what a restart armed afresh counts from here, not from the replay. */
  ready(): void;
  /** Whether the store takes writes. */
  readonly healthy: boolean;
  /** The first damage that was found in what the start did not read; the history that it lies in is refused. */
  readonly damage: JournalError | undefined;
  /** Commands that wait for their turn. */
  readonly queued: number;
  /** The sequence of the newest journaled record. */
  readonly lastSequence: number;
  /** Whether all that a look at the state shows is durable: a reader need not wait for a turn then. */
  readonly atRest: boolean;
  /** Resolves when no command waits for a turn and no turn for the store; deferred commands still wait for an event. */
  idle(): Promise<void>;
  /**
   * Refuses what waits, lets a running append end, takes a last snapshot if the journal is durable, the machine has them
   * and a second suffices, and closes the journal. Idempotent.
   */
  close(): Promise<void>;
}

/**
 * Opens the journal, rebuilds the state, and starts to serve.
 *
 * @throws {JournalError} `locked`, `damaged`, `unavailable`: the journal is closed again then
 */
export async function startRunner<Types extends MachineTypes>(
  options: RunnerOptions<Types>,
): Promise<Runner<Types>> {
  const { journal } = options;
  const opened = await journal.open();
  try {
    return await serve(options, opened);
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** What a stop gives its last snapshot: the next start replays what it would have saved. */
const lastSnapshotMs = 1_000;

const newest = <Item>(items: readonly Item[], count: number): Item[] =>
  items.slice(Math.max(0, items.length - count));

async function serve<Types extends MachineTypes>(
  options: RunnerOptions<Types>,
  { epoch, forgottenTo, restored: wasRestored }: OpenedJournal,
): Promise<Runner<Types>> {
  const { machine, journal, publish, observer = {}, clock = systemClock } = options;
  const onFault = (error: unknown): void => observer.onFault?.(error);

  const keepRestored = options.keepRestored ?? 100_000;
  let restored: Types["Event"][] = [];
  const replayed = await replay(machine, journal, {
    from: forgottenTo,
    mono: clock.now().mono,
    onEvent(event: Types["Event"]) {
      restored.push(event);
      // Cut in large pieces, so that each event costs the same however many there are.
      if (restored.length > 2 * keepRestored + 1_000) {
        restored = newest(restored, keepRestored);
      }
    },
  });
  let { lastSequence } = replayed;
  const steady = createSteadyClock(clock, replayed.lastWall);
  const snapshots = await createSnapshotPolicy({
    machine,
    journal,
    clock,
    epoch,
    everyRecords: options.snapshotEveryRecords ?? 100_000,
    replayableMarks: options.replayableMarks ?? 0,
    onFault,
    onSnapshot: (taken) => observer.onSnapshot?.(taken),
  });
  const turns = createTurnMaker({
    machine,
    clock: steady,
    workClock: clock,
    state: replayed.state,
    onFault,
  });

  const queue = createCallQueue<Types>({
    machine,
    maxQueued: options.maxQueued ?? 100_000,
    refusal() {
      if (closed) {
        return shuttingDown();
      }
      return recovery.replacedBy === undefined ? undefined : storeUnavailable(recovery.replacedBy);
    },
    onWithdrawn: ({ ticket }) => turns.deferredCalls.delete(ticket),
    onWaiting: () => schedule(),
  });
  let scheduled = false;
  let appending: Promise<void> | undefined;
  let closed = false;
  let closing: Promise<void> | undefined;
  /** When deadlines were armed afresh; undefined in a new store, and once callers can be heard. */
  let restartedAt: number | undefined;
  /** What passed since then until callers could be heard, while no turn has told it yet. */
  let lateMs = 0;

  const deliver = ({ events, answered }: ReturnType<typeof turns.end>): void => {
    if (events.length > 0) {
      try {
        publish(events);
      } catch (error) {
        onFault(error);
      }
    }
    for (const call of answered) {
      fulfil(call);
    }
  };

  const isCall = (job: Job<Types>): job is Call<Types> => typeof job !== "number";

  /** Hands over everything that waits, in the queue or for an event. */
  const takeWaiting = (): Call<Types>[] => {
    const jobs = [...turns.takeLeft(), ...queue.take()];
    const waiting = [...jobs.filter(isCall), ...turns.deferredCalls.values()];
    turns.deferredCalls.clear();
    return waiting;
  };

  const recovery = createRecovery<Types>({
    clock,
    retryAfterMs: options.retryAfterMs ?? 1_000,
    onFault,
    async rebuild(): Promise<void> {
      const rebuilt = await replay(machine, journal, { from: "newest", mono: clock.now().mono });
      turns.state = rebuilt.state;
      lastSequence = rebuilt.lastSequence;
    },
    takeWaiting,
    probe: () => journal.probe(epoch),
    retry: () => runTurn(),
  });

  const afterTurn = (): void => {
    pulse.arm();
    if (queue.length + turns.left > 0) {
      schedule();
    }
  };

  const tellCorrection = (byMs: number): void => {
    if (byMs !== 0) {
      turns.emit(machine.corrected(byMs));
      observer.onCorrection?.(byMs);
    }
  };

  const runTurn = (): void => {
    scheduled = false;
    if (appending !== undefined || closed) {
      return;
    }
    const correctedBy = recovery.health === "down" ? 0 : steady.take();
    const { mono, wall } = turns.begin(recovery.health);
    // First of all: what else happens in this turn happens at the corrected time.
    tellCorrection(correctedBy);
    const pausedMs = pulse.takePause(mono);
    if (pausedMs > 0) {
      observer.onPause?.(pausedMs);
    }
    if (pausedMs + lateMs > 0) {
      turns.emit(machine.pause(pausedMs + lateMs));
      lateMs = 0;
    }
    if (recovery.health === "trying") {
      turns.emit(machine.restarted());
    }
    turns.decide(queue.take);
    const made = turns.end();
    if (made.entries.length === 0) {
      deliver(made);
      afterTurn();
      return;
    }

    const startedAt = clock.now().mono;
    const succeed = (sequence: number): void => {
      appending = undefined;
      recovery.succeeded();
      lastSequence = sequence;
      observer.onAppend?.({ records: made.entries.length, appendMs: clock.now().mono - startedAt });
      deliver(made);
      snapshots.consider({ state: turns.state, lastSequence, lastWall: wall });
      afterTurn();
    };
    const recover = (error: unknown): Promise<void> => {
      steady.giveBack(correctedBy);
      const deferredCalls = [...turns.deferredCalls.values()];
      turns.deferredCalls.clear();
      // Who has changed nothing is answered all the same, by what was true before this turn.
      const readers = made.answered.filter(({ phase, emitted }) => phase === "answered" && !emitted);
      const writers = made.answered.filter(({ emitted }) => emitted);
      turns.decideAgain(readers);
      appending = recovery.failed(error, [...writers, ...deferredCalls]).finally(() => {
        appending = undefined;
        afterTurn();
      });
      return appending;
    };
    let sequence: number | Promise<number>;
    try {
      sequence = journal.append(epoch, made.entries);
    } catch (error) {
      void recover(error);
      return;
    }
    if (typeof sequence === "number") {
      succeed(sequence);
    } else {
      appending = sequence.then(succeed, recover);
    }
  };

  const schedule = (): void => {
    if (!scheduled && appending === undefined) {
      scheduled = true;
      setImmediate(runTurn);
    }
  };

  const pulse = startPulse({
    clock,
    tickMs: options.tickMs ?? 200,
    pauseAfterMs: options.pauseAfterMs ?? 1_000,
    nextDeadline: () =>
      recovery.health === "up" && !closed
        ? Math.max(machine.nextDeadline(turns.state), turns.timedAgainAt)
        : Number.POSITIVE_INFINITY,
    isDue: () => recovery.health === "up" && steady.due() !== 0,
    wake: () => runTurn(),
  });

  try {
    const correctedBy = steady.take();
    const now = turns.begin("up");
    restartedAt = lastSequence === 0 ? undefined : now.mono;
    turns.emit(restartedAt === undefined ? options.genesis(now) : machine.restarted());
    tellCorrection(correctedBy);
    if (wasRestored) {
      observer.onRestored?.();
      if (machine.restored !== undefined) {
        turns.emit(machine.restored(randomUUID(), now));
      }
    }
    const { entries } = turns.end();
    if (entries.length === 0) {
      throw new KernelError(
        "internal",
        "the first record of a start could not be applied; see the server's log",
      );
    }
    lastSequence = await journal.append(epoch, entries);
    options.restored?.(newest(restored, keepRestored));
    restored = [];
  } catch (error) {
    pulse.stop();
    throw error;
  }
  pulse.arm();

  const checking = new AbortController();
  let damage: JournalError | undefined;
  const check = async (): Promise<void> => {
    for await (const found of journal.check(checking.signal)) {
      damage ??= found;
      (observer.onDamage ?? onFault)(found);
    }
  };
  const checked = check().catch(onFault);

  return {
    run: (command, { signal } = {}) => queue.add(command, signal),

    ready(): void {
      if (restartedAt !== undefined) {
        lateMs = clock.now().mono - restartedAt;
        restartedAt = undefined;
        schedule();
      }
    },

    now: () => steady.now(),
    peek: (view) => view(turns.state, steady.now()),

    get healthy() {
      return recovery.health === "up";
    },
    get damage() {
      return damage;
    },
    get queued() {
      return queue.length + turns.left;
    },
    get lastSequence() {
      return lastSequence;
    },
    get atRest() {
      return appending === undefined && recovery.health === "up" && !closed;
    },

    async idle(): Promise<void> {
      do {
        await appending;
        await new Promise(setImmediate);
      } while (scheduled || appending !== undefined);
    },

    close(): Promise<void> {
      closing ??= close();
      return closing;
    },
  };

  async function close(): Promise<void> {
    closed = true;
    pulse.stop();
    recovery.stop();
    checking.abort();
    for (const call of takeWaiting()) {
      refuse(call, shuttingDown());
    }
    await appending;
    await (recovery.health === "up"
      ? snapshots.finish({ state: turns.state, lastSequence, lastWall: steady.now().wall }, lastSnapshotMs)
      : snapshots.stop());
    await checked;
    await journal.close();
  }
}
