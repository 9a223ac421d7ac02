// Makes one turn: reads the time, lets the machine decide all that waits, and gathers what must be journaled, published
// and answered. Nothing here is durable yet.
import type { Clock, Now } from "../../clock.ts";
import type { JournalEntry } from "../store/journal.ts";
import { type Call, refuse, storeUnavailable } from "./call.ts";
import { KernelError } from "./kernel-error.ts";
import {
  type AnyReply,
  cancel,
  deferred,
  expire,
  type Machine,
  type MachineTypes,
  type Ticket,
  type Turn,
} from "./machine.ts";
import type { SteadyClock } from "./steady-clock.ts";

/** What waits for a turn: a command, or the ticket of one whose caller has gone. */
export type Job<Types extends MachineTypes> = Call<Types> | Ticket;

/** Whether the store takes writes. `trying`: it did not, and this turn finds out. */
export type StoreHealth = "up" | "trying" | "down";

/** What a turn came to. */
export interface MadeTurn<Types extends MachineTypes> {
  readonly entries: readonly JournalEntry<Types["Record"]>[];
  readonly events: readonly Types["Event"][];
  readonly answered: readonly Call<Types>[];
}

export interface TurnMakerOptions<Types extends MachineTypes> {
  readonly machine: Machine<Types>;
  readonly clock: Pick<SteadyClock, "now">;
  /** What a turn takes is measured by it. */
  readonly workClock: Pick<Clock, "now">;
  readonly state: Types["State"];
  readonly onFault: (error: unknown) => void;
}

/** The state of a machine, and the turns that change it. */
export interface TurnMaker<Types extends MachineTypes> {
  /** Replaced only by one that was rebuilt from the journal. */
  state: Types["State"];
  /** A monotonic time before which no deadline is judged, because a rule of one has failed. */
  readonly timedAgainAt: number;
  /** Commands whose reply comes later. */
  readonly deferredCalls: Map<Ticket, Call<Types>>;
  /** Starts a turn; the time is read now. */
  begin(health: StoreHealth): Now;
  /** Adds a record to the turn that has begun; left out when the store is down. */
  emit(record: Types["Record"]): void;
  /**
   * Decides what time has brought, then jobs in their order: those that are left, or else those that `take` hands over. When all of
   * them are decided, it decides what waited for them. A turn that takes too long leaves the rest to the next one.
   */
  decide(take: () => Job<Types>[]): void;
  /** How many jobs are left. */
  readonly left: number;
  /** Hands over the jobs that are left. */
  takeLeft(): Job<Types>[];
  /** Calls that were decided for nothing, and come first in the next turn. */
  decideAgain(calls: readonly Call<Types>[]): void;
  /** What has come together since {@link TurnMaker.begin}. */
  end(): MadeTurn<Types>;
}

/** So long after its start a turn begins no further job, in milliseconds: what else the event loop has to do comes between. */
const turnMs = 10;

/** How long deadlines wait after one whose rule has failed. */
const faultPauseMs = 1_000;

const ruleFailed = (cause: unknown): KernelError =>
  new KernelError("internal", "a rule of this service failed; see the server's log", { cause });

/** Thrown out of `emit` while the store takes no writes: the command stops before it has changed anything. */
const storeIsDown: unique symbol = Symbol("store is down");

export function createTurnMaker<Types extends MachineTypes>(
  options: TurnMakerOptions<Types>,
): TurnMaker<Types> {
  const { machine, clock, workClock, onFault } = options;
  const deferredCalls = new Map<Ticket, Call<Types>>();
  let { state } = options;

  let timedAgainAt = Number.NEGATIVE_INFINITY;

  // The turn in the making. One object for all turns: `decide` runs synchronously and never keeps it.
  let now: Now = clock.now();
  let health: StoreHealth = "up";
  let ticket: Ticket = 0;
  let entries: JournalEntry<Types["Record"]>[] = [];
  let events: Types["Event"][] = [];
  let answered: Call<Types>[] = [];
  let jobs: Job<Types>[] = [];
  let decided = 0;

  const turn: Turn<Types> = {
    get now() {
      return now;
    },
    get ticket() {
      return ticket;
    },
    emit(record: Types["Record"]): void {
      if (health === "down") {
        throw storeIsDown;
      }
      const event = machine.apply(state, record, now);
      entries.push({ record, wall: now.wall, streams: machine.streams?.(record) ?? [] });
      if (event !== undefined) {
        events.push(event);
      }
    },
    answer(to: Ticket, reply: AnyReply<Types>): void {
      const call = deferredCalls.get(to);
      if (call?.phase === "deferred") {
        deferredCalls.delete(to);
        call.phase = "answered";
        call.reply = reply;
        call.emitted = true;
        answered.push(call);
      }
    },
    fail(to: Ticket, cause: unknown): void {
      if (cause === storeIsDown) {
        throw storeIsDown;
      }
      onFault(cause);
      const call = deferredCalls.get(to);
      if (call !== undefined) {
        deferredCalls.delete(to);
        refuse(call, ruleFailed(cause));
      }
    },
  };

  const decideOne = (call: Call<Types>): void => {
    ticket = call.ticket;
    const before = entries.length;
    try {
      const reply = call.decide(state, turn);
      call.emitted = entries.length > before;
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
      onFault(error);
      refuse(call, ruleFailed(error));
    }
  };

  /** Runs a rule that no caller waits for. */
  const undisturbed = (rule: () => void, onDefect?: () => void): void => {
    try {
      rule();
    } catch (error) {
      if (error !== storeIsDown) {
        onDefect?.();
        onFault(error);
      }
    }
  };

  /** What time has brought. A defect there would come again at once: it waits, and everything due with it. */
  const timed = (rule: () => void): void => {
    if (health === "up" && now.mono >= timedAgainAt) {
      undisturbed(rule, () => {
        timedAgainAt = now.mono + faultPauseMs;
      });
    }
  };

  return {
    get timedAgainAt() {
      return timedAgainAt;
    },
    get state() {
      return state;
    },
    set state(rebuilt: Types["State"]) {
      state = rebuilt;
    },
    deferredCalls,

    begin(storeHealth: StoreHealth): Now {
      now = clock.now();
      health = storeHealth;
      ticket = 0;
      entries = [];
      events = [];
      answered = [];
      return now;
    },

    emit(record: Types["Record"]): void {
      undisturbed(() => turn.emit(record));
    },

    decide(take): void {
      timed(() => expire(machine, state, turn));
      if (decided === jobs.length) {
        jobs = take();
        decided = 0;
      }
      const untilMono = workClock.now().mono + turnMs;
      while (decided < jobs.length) {
        const job = jobs[decided];
        decided += 1;
        if (typeof job === "number") {
          ticket = job;
          undisturbed(() => cancel(machine, state, job, turn));
        } else if (job?.phase === "queued") {
          decideOne(job);
        }
        if (decided < jobs.length && workClock.now().mono >= untilMono) {
          return;
        }
      }
      jobs = [];
      decided = 0;
      timed(() => machine.settle?.(state, turn));
    },

    get left() {
      return jobs.length - decided;
    },

    decideAgain(calls) {
      for (const call of calls) {
        call.phase = "queued";
        call.reply = undefined;
      }
      jobs = [...calls, ...jobs.slice(decided)];
      decided = 0;
    },

    takeLeft() {
      const left = jobs.slice(decided);
      jobs = [];
      decided = 0;
      return left;
    },

    end: () => ({ entries, events, answered }),
  };
}
