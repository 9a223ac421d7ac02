// The one writer: it gathers the commands of an event-loop turn, lets the machine decide them, journals what changed
// in a single append, and only then answers and publishes.
import { type Clock, type Now, systemClock, type Timer } from "../clock.ts";
import type { Journal, JournalEntry, OpenedJournal } from "./journal.ts";
import { KernelError } from "./kernel-error.ts";
import { deferred, type Machine, type Ticket, type Turn } from "./machine.ts";
import { type Replayed, replay } from "./replay.ts";

/** What a runner tells those who operate it. Called synchronously; must not throw. */
export interface RunnerObserver {
  /** One turn was journaled. `appendMs` is how long that took. */
  onAppend?(turn: { readonly records: number; readonly appendMs: number }): void;
  /** The process was stopped, or its event loop blocked, and every open deadline was moved by `byMs`. */
  onPause?(byMs: number): void;
  /** An append failed, or a rule threw. The runner goes on by itself. */
  onFault?(error: unknown): void;
}

/** Settings of {@link startRunner}. */
export interface RunnerOptions<State, Command, Record, Reply, Event> {
  readonly machine: Machine<State, Command, Record, Reply, Event>;
  readonly journal: Journal<Record>;
  /** The first record of a new store. */
  readonly genesis: (now: Now) => Record;
  /** Receives the events of each turn, in order, once they are durable and before their callers are answered. */
  readonly publish: (events: readonly Event[]) => void;
  readonly clock?: Clock;
  readonly observer?: RunnerObserver;
  /** How often a pause of the process is looked for. @default 200 */
  readonly tickMs?: number;
  /** A tick that comes later than this beyond its time is a pause. @default 1000 */
  readonly pauseAfterMs?: number;
  /** Commands that may wait for their turn; more are refused with `overloaded`. @default 100_000 */
  readonly maxQueued?: number;
  /** How long to wait before writing again after an append failed. @default 1000 */
  readonly retryAfterMs?: number;
}

/** A running machine. */
export interface Runner<State, Command, Reply> {
  /**
   * Decides one command and answers when what it changed is durable. Aborting withdraws the command; when it was
   * decided but not answered yet, the machine undoes what only its caller could use.
   *
   * @throws {KernelError} `store_unavailable`, `shutting_down`, `overloaded`, `internal`
   * @throws the signal's reason once it is aborted
   */
  submit(command: Command, options?: { readonly signal?: AbortSignal }): Promise<Reply>;
  /** Looks at the state without waiting for a turn: for metrics and dashboards, not for answers. */
  peek<View>(view: (state: State, now: Now) => View): View;
  /** Whether the store takes writes. */
  readonly healthy: boolean;
  /** Commands that wait for their turn. */
  readonly queued: number;
  /** The sequence of the newest journaled record. */
  readonly lastSequence: number;
  /** Refuses what waits, lets a running append end, and closes the journal. Idempotent. */
  close(): Promise<void>;
}

/**
 * A command on its way. `queued`: not decided. `deferred`: decided, its reply comes later. `answered`: has a reply
 * that is not durable yet. `settled`: its caller knows.
 */
interface Call<Command, Reply> {
  readonly ticket: Ticket;
  readonly command: Command;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  onAbort: (() => void) | undefined;
  phase: "queued" | "deferred" | "answered" | "settled";
  reply: Reply | undefined;
}

/** Thrown out of `emit` while the store takes no writes: the command stops before it has changed anything. */
const storeIsDown: unique symbol = Symbol("store is down");

/** Opens the journal, rebuilds the state, and starts to serve. */
export async function startRunner<State, Command, Record, Reply, Event>(
  options: RunnerOptions<State, Command, Record, Reply, Event>,
): Promise<Runner<State, Command, Reply>> {
  const { machine, journal, publish, observer = {}, clock = systemClock } = options;
  const { tickMs = 200, pauseAfterMs = 1_000, maxQueued = 100_000, retryAfterMs = 1_000 } = options;

  const opened: OpenedJournal = await journal.open();
  const replayed: Replayed<State> = await replay(machine, journal, {
    from: "oldest",
    mono: clock.now().mono,
  });
  let { state, lastSequence, lastWall } = replayed;

  let queue: (Call<Command, Reply> | Ticket)[] = [];
  const deferredCalls = new Map<Ticket, Call<Command, Reply>>();
  let tickets = 0;
  let scheduled = false;
  let appending: Promise<void> | undefined;
  let healthy = true;
  let closed = false;
  let lastTick = clock.now().mono;
  let deadlineTimer: Timer | undefined;
  let deadlineAt = Number.POSITIVE_INFINITY;

  // The turn in the making. One object for all turns: `decide` runs synchronously and never keeps it.
  let now: Now = clock.now();
  let ticket: Ticket = 0;
  let entries: JournalEntry<Record>[] = [];
  let events: Event[] = [];
  let answered: Call<Command, Reply>[] = [];
  let probing = false;

  const turn: Turn<Record, Reply> = {
    get now() {
      return now;
    },
    get ticket() {
      return ticket;
    },
    emit(record: Record): void {
      if (!healthy && !probing) {
        throw storeIsDown;
      }
      const event = machine.apply(state, record, now);
      entries.push({ record, wall: now.wall, streams: machine.streams?.(record) ?? [] });
      if (event !== undefined) {
        events.push(event);
      }
    },
    answer(to: Ticket, reply: Reply): void {
      const call = deferredCalls.get(to);
      if (call?.phase === "deferred") {
        deferredCalls.delete(to);
        call.phase = "answered";
        call.reply = reply;
        answered.push(call);
      }
    },
  };

  const settle = (call: Call<Command, Reply>): void => {
    call.phase = "settled";
    if (call.onAbort !== undefined) {
      call.signal?.removeEventListener("abort", call.onAbort);
    }
  };

  const refuse = (call: Call<Command, Reply>, reason: unknown): void => {
    if (call.phase !== "settled") {
      settle(call);
      call.reject(reason);
    }
  };

  const storeUnavailable = (cause: unknown): KernelError =>
    new KernelError(
      "store_unavailable",
      "the store cannot be written; nothing has changed, try again later",
      { cause },
    );

  const decide = (call: Call<Command, Reply>): void => {
    ticket = call.ticket;
    try {
      const reply = machine.decide(state, call.command, turn);
      if (reply === deferred) {
        call.phase = "deferred";
        deferredCalls.set(call.ticket, call);
      } else {
        call.phase = "answered";
        call.reply = reply;
        answered.push(call);
      }
    } catch (error) {
      if (error === storeIsDown) {
        refuse(call, storeUnavailable(undefined));
        return;
      }
      // A defect in a rule. What it emitted is journaled like everything else, so state and journal still agree.
      observer.onFault?.(error);
      refuse(
        call,
        new KernelError("internal", "a rule of this service failed; see the server's log", { cause: error }),
      );
    }
  };

  /** Runs a rule that no caller waits for. */
  const undisturbed = (rule: () => void): void => {
    try {
      rule();
    } catch (error) {
      if (error !== storeIsDown) {
        observer.onFault?.(error);
      }
    }
  };

  const decideAll = (): void => {
    const read = clock.now();
    now = { mono: read.mono, wall: Math.max(lastWall, read.wall) };
    lastWall = now.wall;
    entries = [];
    events = [];
    answered = [];
    ticket = 0;
    const lateByMs = now.mono - lastTick - tickMs;
    if (lateByMs > pauseAfterMs) {
      lastTick = now.mono;
      undisturbed(() => turn.emit(machine.pause(lateByMs)));
      observer.onPause?.(lateByMs);
    }
    if (probing) {
      undisturbed(() => turn.emit(machine.restarted()));
    }
    if (healthy) {
      undisturbed(() => machine.expire(state, turn));
    }
    const batch = queue;
    queue = [];
    for (const job of batch) {
      if (typeof job === "number") {
        ticket = job;
        undisturbed(() => machine.cancel(state, job, turn));
      } else if (job.phase === "queued") {
        decide(job);
      }
    }
  };

  const succeed = (sequence: number): void => {
    lastSequence = sequence;
    healthy = true;
    deliver();
  };

  const deliver = (): void => {
    const replies = answered;
    if (events.length > 0) {
      undisturbed(() => publish(events));
    }
    for (const call of replies) {
      if (call.phase === "answered") {
        settle(call);
        call.resolve(call.reply as Reply);
      }
    }
  };

  const fail = async (error: unknown): Promise<void> => {
    healthy = false;
    observer.onFault?.(error);
    const reason = storeUnavailable(error);
    for (const call of [...answered, ...deferredCalls.values()]) {
      refuse(call, reason);
    }
    deferredCalls.clear();
    // What the machine applied was never durable, so nobody may see it: back to what the journal holds.
    for (;;) {
      try {
        const rebuilt = await replay(machine, journal, { from: "newest", mono: clock.now().mono });
        ({ state, lastSequence } = rebuilt);
        break;
      } catch (rebuildError) {
        observer.onFault?.(rebuildError);
        for (const job of queue) {
          if (typeof job !== "number") {
            refuse(job, reason);
          }
        }
        queue = [];
        if (closed) {
          return;
        }
        await new Promise<void>((resolve) => clock.setTimer(retryAfterMs, resolve, { ref: false }));
      }
    }
    clock.setTimer(
      retryAfterMs,
      () => {
        if (!closed && !healthy) {
          probing = true;
          run();
        }
      },
      { ref: false },
    );
  };

  const afterTurn = (): void => {
    armDeadline();
    if (queue.length > 0) {
      schedule();
    }
  };

  const run = (): void => {
    scheduled = false;
    if (appending !== undefined || closed) {
      return;
    }
    decideAll();
    if (entries.length === 0) {
      deliver();
      afterTurn();
      return;
    }
    const startedAt = clock.now().mono;
    const observe = (sequence: number): void => {
      observer.onAppend?.({ records: entries.length, appendMs: clock.now().mono - startedAt });
      succeed(sequence);
    };
    const recover = (error: unknown): void => {
      appending = fail(error).finally(() => {
        appending = undefined;
        afterTurn();
      });
    };
    try {
      const appended = journal.append(opened.epoch, entries);
      if (typeof appended === "number") {
        observe(appended);
      } else {
        appending = appended.then(observe).then(
          () => {
            appending = undefined;
            afterTurn();
          },
          (error: unknown) => recover(error),
        );
        return;
      }
    } catch (error) {
      recover(error);
      return;
    } finally {
      probing = false;
    }
    afterTurn();
  };

  const schedule = (): void => {
    if (!scheduled && appending === undefined) {
      scheduled = true;
      setImmediate(run);
    }
  };

  const armDeadline = (): void => {
    const next = healthy && !closed ? machine.nextDeadline(state) : Number.POSITIVE_INFINITY;
    if (next < deadlineAt) {
      deadlineTimer?.cancel();
      deadlineAt = next;
      const delayMs = Math.max(0, Math.ceil(next - clock.now().mono));
      deadlineTimer = clock.setTimer(delayMs, onDeadline, { ref: false });
    }
  };

  const onDeadline = (): void => {
    deadlineAt = Number.POSITIVE_INFINITY;
    if (!closed && machine.nextDeadline(state) <= clock.now().mono) {
      run();
    } else {
      armDeadline();
    }
  };

  const onTick = (): void => {
    if (closed) {
      return;
    }
    tickTimer = clock.setTimer(tickMs, onTick, { ref: false });
    const mono = clock.now().mono;
    if (mono - lastTick - tickMs > pauseAfterMs) {
      run();
    } else {
      lastTick = mono;
    }
  };
  let tickTimer: Timer = clock.setTimer(tickMs, onTick, { ref: false });

  const read = clock.now();
  now = { mono: read.mono, wall: Math.max(lastWall, read.wall) };
  lastWall = now.wall;
  const first = lastSequence === 0 ? options.genesis(now) : machine.restarted();
  machine.apply(state, first, now);
  lastSequence = await journal.append(opened.epoch, [{ record: first, wall: now.wall, streams: [] }]);
  armDeadline();

  return {
    submit(command: Command, submitOptions: { readonly signal?: AbortSignal } = {}): Promise<Reply> {
      return new Promise<Reply>((resolve, reject) => {
        const { signal } = submitOptions;
        if (closed) {
          reject(new KernelError("shutting_down", "the server is stopping; connect again later"));
          return;
        }
        if (signal?.aborted === true) {
          reject(signal.reason);
          return;
        }
        if (queue.length >= maxQueued) {
          reject(new KernelError("overloaded", `more than ${maxQueued} commands wait; try again later`));
          return;
        }
        tickets += 1;
        const call: Call<Command, Reply> = {
          ticket: tickets,
          command,
          resolve,
          reject,
          signal,
          onAbort: undefined,
          phase: "queued",
          reply: undefined,
        };
        if (signal !== undefined) {
          call.onAbort = () => {
            const decided = call.phase !== "queued";
            refuse(call, signal.reason);
            deferredCalls.delete(call.ticket);
            if (decided) {
              queue.push(call.ticket);
              schedule();
            }
          };
          signal.addEventListener("abort", call.onAbort, { once: true });
        }
        queue.push(call);
        schedule();
      });
    },

    peek: (view) => view(state, clock.now()),

    get healthy() {
      return healthy;
    },
    get queued() {
      return queue.length;
    },
    get lastSequence() {
      return lastSequence;
    },

    async close(): Promise<void> {
      if (closed) {
        return;
      }
      closed = true;
      tickTimer.cancel();
      deadlineTimer?.cancel();
      const reason = new KernelError("shutting_down", "the server is stopping; connect again later");
      for (const call of [...queue, ...deferredCalls.values()]) {
        if (typeof call !== "number") {
          refuse(call, reason);
        }
      }
      queue = [];
      deferredCalls.clear();
      await appending;
      await journal.close();
    },
  };
}
