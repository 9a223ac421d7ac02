// A store in virtual time, without sockets or timers: commands in, replies and events out, and a replay at any moment.
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Now } from "../clock.ts";
import {
  type AnyReply,
  type CommandOf,
  type CommandType,
  cancel,
  decide,
  deferred,
  expire,
  type Machine,
  type MachineTypes,
  type ReplyTo,
  type Ticket,
  type Turn,
} from "../service/kernel/machine.ts";
import { isRefusal } from "../service/kernel/refusal.ts";
import { decodePlain, encodePlain, plainCodec } from "../service/store/plain-codec.ts";
import type { RecordCodec } from "../service/store/record-codec.ts";

/** One thing that happened, at a monotonic time: what a checker of histories reads. */
export type Moment<Types extends MachineTypes> = { readonly mono: number } & (
  | { readonly kind: "event"; readonly event: Types["Event"] }
  /** A command was decided. What it changed stands before it. */
  | {
      readonly kind: "call";
      readonly ticket: Ticket;
      readonly command: Types["Command"];
      readonly reply: AnyReply<Types> | typeof deferred;
    }
  /** A deferred command was answered. */
  | { readonly kind: "answer"; readonly ticket: Ticket; readonly reply: AnyReply<Types> }
  | { readonly kind: "cancel"; readonly ticket: Ticket }
  | { readonly kind: "pause"; readonly byMs: number }
  | { readonly kind: "restart" }
);

/** What a virtual store is made of. */
export interface VirtualStoreOptions<Types extends MachineTypes> {
  readonly machine: Machine<Types>;
  /** The wall clock at the beginning, in milliseconds since 1970. */
  readonly startWall: number;
  /** The first record of the store. */
  readonly genesis: (now: Now) => Types["Record"];
  /** How the service's journal stores a record. @default `plainCodec()` */
  readonly codec?: RecordCodec<Types["Record"]>;
  /** Everything of a state that a replay must bring back, as plain values. */
  readonly describe: (state: Types["State"]) => unknown;
  /**
   * Whether a refusal may leave this record: that it happened, say, or whom it waits for.
   * @default none may
   */
  readonly mayLeave?: (refusal: Types["Refusal"], record: Types["Record"]) => boolean;
}

interface Snapshot {
  readonly value: unknown;
  readonly text: string;
  readonly wall: number;
  readonly records: number;
}

/**
 * Serves a machine as the runner does, at times that a test decides. Every command has a turn of its own.
 *
 * A rule that breaks a promise of {@link Machine} fails the test: a command answered twice, a refusal that changes
 * something, a replay that gives another state.
 */
export class VirtualStore<Types extends MachineTypes> {
  readonly #options: VirtualStoreOptions<Types>;
  readonly #machine: VirtualStoreOptions<Types>["machine"];
  readonly #walls: number[] = [];
  readonly #records: Types["Record"][] = [];
  readonly #events: Types["Event"][] = [];
  readonly #history: Moment<Types>[] = [];
  readonly #answers = new Map<Ticket, AnyReply<Types>>();
  readonly #turn: Turn<Types>;
  #state: Types["State"];
  #mono = 5_000;
  #wall: number;
  #ticket: Ticket = 0;
  #seen = 0;
  #snapshot: Snapshot | undefined;

  constructor(options: VirtualStoreOptions<Types>) {
    this.#options = options;
    this.#machine = options.machine;
    this.#wall = options.startWall;
    this.#state = options.machine.create();
    const store = this;
    this.#turn = {
      get now() {
        return store.now;
      },
      get ticket() {
        return store.#ticket;
      },
      emit: (record: Types["Record"]): void => this.#emit(record),
      answer: (ticket: Ticket, reply: AnyReply<Types>): void => {
        assert(!this.#answers.has(ticket), "a command is answered once");
        this.#answers.set(ticket, reply);
        this.#history.push({ kind: "answer", mono: this.#mono, ticket, reply });
      },
      fail(_ticket: Ticket, cause: unknown): never {
        throw cause;
      },
    };
    this.#emit(options.genesis(this.now));
  }

  get state(): Types["State"] {
    return this.#state;
  }

  get now(): Now {
    return { mono: this.#mono, wall: this.#wall };
  }

  /** Every record so far. */
  get records(): readonly Types["Record"][] {
    return this.#records;
  }

  /** Every event so far. */
  get events(): readonly Types["Event"][] {
    return this.#events;
  }

  /** Everything so far. */
  get history(): readonly Moment<Types>[] {
    return this.#history;
  }

  /** Replies that came to deferred commands, by ticket. */
  get answers(): ReadonlyMap<Ticket, AnyReply<Types>> {
    return this.#answers;
  }

  /** Runs a command, whatever comes of it. */
  run<Type extends CommandType<Types>>(
    command: CommandOf<Types, Type>,
  ): ReplyTo<Types, Type> | typeof deferred {
    expire(this.#machine, this.#state, this.#turn);
    this.#ticket += 1;
    const before = this.#records.length;
    const reply = decide(this.#machine, this.#state, command, this.#turn);
    if (isRefusal<Types["Refusal"]>(reply)) {
      const mayLeave = this.#options.mayLeave ?? (() => false);
      const changes = this.#records.slice(before).filter((record) => !mayLeave(reply, record));
      assert.deepStrictEqual(changes, [], "a refusal must change nothing");
    }
    this.#history.push({ kind: "call", mono: this.#mono, ticket: this.#ticket, command, reply });
    this.#machine.settle?.(this.#state, this.#turn);
    return reply;
  }

  /** Runs a command and answers its reply. Fails the test if it is refused or waits. */
  ok<Type extends CommandType<Types>>(command: CommandOf<Types, Type>): Types["Replies"][Type] {
    const reply = this.run(command);
    assert(reply !== deferred, `${command.type} waits`);
    assert(!isRefusal<Types["Refusal"]>(reply), `${command.type} was refused: ${JSON.stringify(reply)}`);
    return reply;
  }

  /** Runs a command that must be refused; with this code, if one is named. */
  refused<Type extends CommandType<Types>, Code extends Types["Refusal"]["refused"]>(
    command: CommandOf<Types, Type>,
    code?: Code,
  ): Extract<Types["Refusal"], { refused: Code }> {
    const reply = this.run(command);
    assert(isRefusal<Types["Refusal"]>(reply), `${command.type} was not refused`);
    if (code !== undefined) {
      assert.equal(reply.refused, code, JSON.stringify(reply));
    }
    return reply as Extract<Types["Refusal"], { refused: Code }>;
  }

  /** Runs a command that must wait, and answers its ticket. */
  waits<Type extends CommandType<Types>>(command: CommandOf<Types, Type>): Ticket {
    const reply = this.run(command);
    assert(reply === deferred, `${command.type} does not wait: ${JSON.stringify(reply)}`);
    return this.#ticket;
  }

  /** The caller of a command has gone. */
  cancel(ticket: Ticket): void {
    expire(this.#machine, this.#state, this.#turn);
    cancel(this.#machine, this.#state, ticket, this.#turn);
    this.#history.push({ kind: "cancel", mono: this.#mono, ticket });
    this.#machine.settle?.(this.#state, this.#turn);
  }

  /** Lets time pass, in whole milliseconds as timers have them; each deadline is judged at its own time. */
  advance(ms: number): void {
    const end = { mono: this.#mono + ms, wall: this.#wall + ms };
    for (;;) {
      const next = this.#machine.nextDeadline(this.#state);
      if (next > end.mono) {
        break;
      }
      this.skip(Math.max(0, Math.ceil(next - this.#mono)));
      expire(this.#machine, this.#state, this.#turn);
      this.#machine.settle?.(this.#state, this.#turn);
    }
    this.#mono = end.mono;
    this.#wall = end.wall;
  }

  /** Lets time pass in one piece without judging anything, as when the process is busy. */
  skip(ms: number): void {
    this.#mono += ms;
    this.#wall += ms;
  }

  /** The process was stopped for so long: time passes, and every deadline moves. */
  pause(ms: number): void {
    this.skip(ms);
    this.#history.push({ kind: "pause", mono: this.#mono, byMs: ms });
    this.#emit(this.#machine.pause(ms));
  }

  /** Corrects the wall clock, as the kernel does when the machine's has kept to another time. */
  stepWallClock(ms: number): void {
    this.#wall += ms;
    this.#emit(this.#machine.corrected(ms));
  }

  /** The events since the last call of this. */
  fresh(): Types["Event"][] {
    const fresh = this.#events.slice(this.#seen);
    this.#seen = this.#events.length;
    return fresh;
  }

  /** Stores the state as a snapshot does. From here on a restart begins with it, and reads only the records after it. */
  takeSnapshot(): void {
    assert(this.#machine.snapshot !== undefined, "the machine takes no snapshots");
    const value = this.#machine.snapshot(this.#state);
    this.#snapshot = {
      value,
      text: encodePlain(value),
      wall: this.#wall,
      records: this.#records.length,
    };
  }

  /** Ends the store and serves it again, from its newest snapshot and the records after it. */
  restart(): void {
    this.#state = this.#replayed(this.#snapshot);
    this.#answers.clear();
    this.#history.push({ kind: "restart", mono: this.#mono });
    this.#emit(this.#machine.restarted());
  }

  /** Fails the test unless a replay gives the present state: of all records, and of those after the newest snapshot. */
  expectReplayEqual(): void {
    const live = this.#described(this.#state);
    const snapshot = this.#snapshot;
    if (snapshot !== undefined) {
      // It is written piece by piece, while the state goes on.
      assert(
        encodePlain(snapshot.value) === snapshot.text,
        "a snapshot has changed with the state that it was taken of",
      );
    }
    for (const from of snapshot === undefined ? [undefined] : [undefined, snapshot]) {
      const copy = this.#described(this.#replayed(from));
      if (!isDeepStrictEqual(copy, live)) {
        assert.deepStrictEqual(copy, live);
      }
    }
  }

  #emit(record: Types["Record"]): void {
    const now = this.now;
    this.#walls.push(now.wall);
    this.#records.push(record);
    const event = this.#machine.apply(this.#state, record, now);
    if (event !== undefined) {
      this.#events.push(event);
      this.#history.push({ kind: "event", mono: this.#mono, event });
    }
  }

  /** As plain values: a journal keeps no members that are undefined. */
  #described(state: Types["State"]): unknown {
    return decodePlain(encodePlain(this.#options.describe(state)));
  }

  #replayed(from: Snapshot | undefined): Types["State"] {
    const mono = this.#mono;
    const { codec = plainCodec<Types["Record"]>() } = this.#options;
    const state =
      from === undefined
        ? this.#machine.create()
        : this.#machine.restore?.(decodePlain(from.text), { mono, wall: from.wall });
    for (const [index, record] of this.#records.entries()) {
      if (index >= (from?.records ?? 0)) {
        // As it comes out of a journal.
        const stored = codec.decode(codec.encode(record));
        this.#machine.apply(state, stored, { mono, wall: this.#walls[index] ?? 0 });
      }
    }
    return state;
  }
}
