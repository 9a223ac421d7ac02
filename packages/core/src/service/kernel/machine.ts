// What a service must say about itself to run on the kernel: its rules as a deterministic state machine.
import type { Now } from "../../clock.ts";

/** Names one submitted command, so that an answer or a cancellation can find it later. Never reused by a runner. */
export type Ticket = number;

/** What `decide` answers when the command waits: the reply comes later, through {@link Turn.answer}. */
export const deferred: unique symbol = Symbol("deferred");

/** The hands of the machine while it decides one command. */
export interface Turn<Record, Reply> {
  /** The time at which everything in this turn happens. `wall` never runs backwards within one store. */
  readonly now: Now;
  /** The command being decided. */
  readonly ticket: Ticket;
  /**
   * Changes the state: the record is applied at once, so that a rule that follows from it sees its effect,
   * and is journaled with the rest of the turn before anybody is answered.
   */
  emit(record: Record): void;
  /** Answers a command that was {@link deferred} earlier. */
  answer(ticket: Ticket, reply: Reply): void;
  /** Ends a deferred command that a defect of a rule met, so that its caller hears of it and the others go on. */
  fail(ticket: Ticket, cause: unknown): void;
}

/**
 * The rules of a service. Deterministic: no clock, no random, no I/O; ids and random bytes come inside commands.
 *
 * `decide`, `expire`, `settle` and `cancel` change the state only through {@link Turn.emit}, except for what the wire document
 * of the service calls volatile (a heartbeat's time, who waits), which lives beside the state and is not replayed.
 */
export interface Machine<State, Command, Record, Reply, Event> {
  /** The state of a store that has no record yet. */
  create(): State;
  /** Decides one command. A refusal is a reply, and emits nothing but what the service says it leaves. */
  decide(state: State, command: Command, turn: Turn<Record, Reply>): Reply | typeof deferred;
  /** Decides everything that time alone has brought by `turn.now`, oldest deadline first. */
  expire(state: State, turn: Turn<Record, Reply>): void;
  /**
   * Decides what is due, but must wait for the commands of the turn in which it is: a decision among all that have come
   * by then. Called at the end of every turn.
   */
  settle?(state: State, turn: Turn<Record, Reply>): void;
  /** The caller of a deferred or not yet answered command has gone. Undoes what only that caller could use. */
  cancel(state: State, ticket: Ticket, turn: Turn<Record, Reply>): void;
  /** When `expire` or `settle` has work next, as a monotonic time in milliseconds; `Infinity` for never. */
  nextDeadline(state: State): number;
  /** The record that moves every open deadline by `byMs`, after the process was stopped for a while. */
  pause(byMs: number): Record;
  /**
   * Applies one record, the only way in which the state changes; answers the event that subscribers see, if any.
   * In a replay `now.mono` is the time of the replay and `now.wall` that of the record.
   */
  apply(state: State, record: Record, now: Now): Event | undefined;
  /** The record of a store that is served again: it arms every deadline afresh from its own time. */
  restarted(): Record;
  /** The streams whose history a record belongs to (a booking, a channel, a task). Absent means none. */
  streams?(record: Record): readonly string[];
  /**
   * The whole state as a plain value that {@link Machine.restore} understands, and that shares nothing with the state
   * that later records change: it is encoded and written over the following turns of the event loop. This call itself
   * holds up everything else, so it should copy and not more. Long lists belong directly below the top, where they
   * are encoded in pieces. Both methods or neither.
   */
  snapshot?(state: State): unknown;
  /** The state that {@link Machine.snapshot} gave. As in a replay, deadlines count from `now.mono`. */
  restore?(snapshot: unknown, now: Now): State;
  /**
   * About how many items a snapshot of the state holds. Snapshots come at least as many records apart, so that what they
   * cost per record has a bound however large the state is. Absent means few.
   */
  size?(state: State): number;
  /**
   * The service's own count of what has happened, which never falls: the sequence of its newest event, say. A runner
   * is told in this unit how far back a restart must be able to see. Absent means the count of records.
   */
  mark?(state: State): number;
}
