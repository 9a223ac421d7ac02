// What a service must say about itself to run on the kernel: its rules as a deterministic state machine.
import type { Now } from "../../clock.ts";
import type { Refusal } from "./refusal.ts";

/** Names one submitted command, so that an answer or a cancellation can find it later. Never reused by a runner. */
export type Ticket = number;

/** What the machine of a service speaks of: the one type parameter of everything in the kernel. */
export interface MachineTypes {
  readonly State: unknown;
  /** Every command, told apart by its `type`. */
  readonly Command: { readonly type: string };
  /** The reply to each type of command, when it is not refused. */
  readonly Replies: object;
  /** The reply to a command that may not be carried out; `never` for a service that refuses nothing. */
  readonly Refusal: Refusal;
  /** What the journal holds. */
  readonly Record: unknown;
  /** What subscribers see. */
  readonly Event: unknown;
}

/** Names a command. */
export type CommandType<Types extends MachineTypes> = Types["Command"]["type"] & keyof Types["Replies"];

/** The command with this name. */
export type CommandOf<Types extends MachineTypes, Type extends CommandType<Types>> = Extract<
  Types["Command"],
  { readonly type: Type }
> & { readonly type: Type };

/** What the command with this name is answered. */
export type ReplyTo<Types extends MachineTypes, Type extends CommandType<Types>> =
  | Types["Replies"][Type]
  | Types["Refusal"];

/** What any command is answered. */
export type AnyReply<Types extends MachineTypes> =
  | Types["Replies"][keyof Types["Replies"]]
  | Types["Refusal"];

/** What a rule answers when its command waits: the reply comes later, through {@link Turn.answer}. */
export const deferred: unique symbol = Symbol("deferred");

/** The hands of the machine while it decides one command. */
export interface Turn<Types extends MachineTypes> {
  /** The time at which everything in this turn happens. `wall` falls within a store only where {@link Machine.corrected} says so. */
  readonly now: Now;
  /** The command being decided. */
  readonly ticket: Ticket;
  /**
   * Changes the state: the record is applied at once, so that a rule that follows from it sees its effect,
   * and is journaled with the rest of the turn before anybody is answered.
   */
  emit(record: Types["Record"]): void;
  /** Answers a command that was {@link deferred} earlier. */
  answer(ticket: Ticket, reply: AnyReply<Types>): void;
  /** Ends a deferred command that a defect of a rule met, so that its caller hears of it and the others go on. */
  fail(ticket: Ticket, cause: unknown): void;
}

/** Decides one command. A refusal is a reply, and emits nothing but what the service says it leaves. */
export type Rule<Types extends MachineTypes, Type extends CommandType<Types>> = (
  state: Types["State"],
  command: CommandOf<Types, Type>,
  turn: Turn<Types>,
) => ReplyTo<Types, Type> | typeof deferred;

/**
 * The rules of a service. Deterministic: no clock, no random, no I/O; ids and random bytes come inside commands.
 *
 * The rules change the state only through {@link Turn.emit}, except for what the wire document of the service calls
 * volatile (a heartbeat's time, who waits), which lives beside the state and is not replayed.
 */
export interface Machine<Types extends MachineTypes> {
  /** The state of a store that has no record yet. */
  create(): Types["State"];
  /** The rule for each command. */
  readonly commands: { readonly [Type in CommandType<Types>]: Rule<Types, Type> };
  /** Decides everything that time alone has brought by `turn.now`, oldest deadline first. */
  expire(state: Types["State"], turn: Turn<Types>): void;
  /** The caller of a deferred or not yet answered command has gone. Undoes what only that caller could use. */
  cancel(state: Types["State"], ticket: Ticket, turn: Turn<Types>): void;
  /** What follows from whatever was just changed: called after each command, each expiry and each cancellation. */
  followUp?(state: Types["State"], turn: Turn<Types>): void;
  /**
   * Decides what is due, but must wait for the commands of the turn in which it is: a decision among all that have come
   * by then. Called at the end of every turn.
   */
  settle?(state: Types["State"], turn: Turn<Types>): void;
  /** When `expire` or `settle` has work next, as a monotonic time in milliseconds; `Infinity` for never. */
  nextDeadline(state: Types["State"]): number;
  /** The record that moves every open deadline by `byMs`, after the process was stopped for a while. */
  pause(byMs: number): Types["Record"];
  /**
   * The record of a correction of the wall clock by `byMs`, forwards or back. It moves every wall time at which a span ends by as
   * much, so that spans last as long as they were meant to.
   */
  corrected(byMs: number): Types["Record"];
  /**
   * Applies one record, the only way in which the state changes; answers the event that subscribers see, if any.
   * In a replay `now.mono` is the time of the replay and `now.wall` that of the record.
   */
  apply(state: Types["State"], record: Types["Record"], now: Now): Types["Event"] | undefined;
  /** The record of a store that is served again: it arms every deadline afresh from its own time. */
  restarted(): Types["Record"];
  /**
   * The record of a store that was put back from a copy: cursors of before lead nowhere, and numbers that were promised to rise
   * must rise above those that are forgotten. `history` names what begins. Absent where a service promises neither.
   */
  restored?(history: string, now: Now): Types["Record"];
  /** The streams whose history a record belongs to (a booking, a channel, a task). Absent means none. */
  streams?(record: Types["Record"]): readonly string[];
  /**
   * The whole state as a plain value that {@link Machine.restore} understands, and that shares nothing with the state
   * that later records change: it is encoded and written over the following turns of the event loop. This call itself
   * holds up everything else, so it should copy and not more. Long lists belong directly below the top, where they
   * are encoded in pieces. Both methods or neither.
   */
  snapshot?(state: Types["State"]): unknown;
  /** The state that {@link Machine.snapshot} gave. As in a replay, deadlines count from `now.mono`. */
  restore?(snapshot: unknown, now: Now): Types["State"];
  /**
   * About how many items a snapshot of the state holds. Snapshots come at least as many records apart, so that what they
   * cost per record has a bound however large the state is. Absent means few.
   */
  size?(state: Types["State"]): number;
  /**
   * The service's own count of what has happened, which never falls: the sequence of its newest event, say. A runner
   * is told in this unit how far back a restart must be able to see. Absent means the count of records.
   */
  mark?(state: Types["State"]): number;
}

/** Decides one command, and what follows from it. */
export function decide<Types extends MachineTypes, Type extends CommandType<Types>>(
  machine: Machine<Types>,
  state: Types["State"],
  command: CommandOf<Types, Type>,
  turn: Turn<Types>,
): ReplyTo<Types, Type> | typeof deferred {
  const reply = machine.commands[command.type](state, command, turn);
  machine.followUp?.(state, turn);
  return reply;
}

/** Decides what time has brought, and what follows from it. */
export function expire<Types extends MachineTypes>(
  machine: Machine<Types>,
  state: Types["State"],
  turn: Turn<Types>,
): void {
  machine.expire(state, turn);
  machine.followUp?.(state, turn);
}

/** Undoes what only the caller of a ticket could use, and decides what follows from that. */
export function cancel<Types extends MachineTypes>(
  machine: Machine<Types>,
  state: Types["State"],
  ticket: Ticket,
  turn: Turn<Types>,
): void {
  machine.cancel(state, ticket, turn);
  machine.followUp?.(state, turn);
}
