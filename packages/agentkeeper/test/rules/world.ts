// A store in virtual time, without sockets or timers: commands in, replies and events out, and a replay at any moment.
import { isDeepStrictEqual } from "node:util";
import { decodePlain, deferred, encodePlain, type Now, type Ticket } from "@x/core/service";
import { expect } from "vitest";
import type { Command, Replies, Reply } from "../../src/local/commands.ts";
import {
  createMachine,
  defaultRules,
  genesis,
  type KeeperMachine,
  type KeeperRules,
} from "../../src/local/machine.ts";
import type { KeeperRecord } from "../../src/local/records.ts";
import { isRefusal, type Refusal } from "../../src/local/refusal.ts";
import type { State } from "../../src/local/state.ts";
import { restoreState, snapshotState } from "../../src/local/state-snapshot.ts";
import type { BusEvent, CardView } from "../../src/wire/views.ts";
import { describeState } from "./describe-state.ts";

export const startWall: number = Date.UTC(2026, 0, 1);

/** One thing that happened, at a monotonic time: what a checker of histories reads. */
export type Moment = { readonly mono: number } & (
  | { readonly kind: "event"; readonly event: BusEvent }
  /** A command was decided. What it changed stands before it. */
  | {
      readonly kind: "call";
      readonly ticket: Ticket;
      readonly command: Command;
      readonly reply: Reply | Refusal | typeof deferred;
    }
  /** A deferred command was answered. */
  | { readonly kind: "answer"; readonly ticket: Ticket; readonly reply: Reply | Refusal }
  | { readonly kind: "cancel"; readonly ticket: Ticket }
  | { readonly kind: "pause"; readonly byMs: number }
  | { readonly kind: "restart" }
);

export interface World {
  readonly state: State;
  readonly now: Now;
  /** Every event so far. */
  readonly events: readonly BusEvent[];
  /** Everything so far. */
  readonly history: readonly Moment[];
  /** Replies that came to deferred commands, by ticket. */
  readonly answers: ReadonlyMap<Ticket, Reply | Refusal>;
  /** Runs a command and answers its reply. Fails the test if it is refused or deferred. */
  ok<Type extends Command["type"]>(command: Extract<Command, { type: Type }>): Replies[Type];
  /** Runs a command that must be refused. */
  refused(command: Command): Refusal;
  /** Runs a command that must wait, and answers its ticket. */
  waits(command: Command): Ticket;
  /** Runs a command, whatever comes of it. */
  run(command: Command): Reply | Refusal | typeof deferred;
  /** Withdraws a deferred command. */
  cancel(ticket: Ticket): void;
  /** Lets time pass, in ticks as the daemon has them; each deadline is judged at its own time. */
  advance(ms: number): void;
  /** Lets time pass in one piece without judging anything, as when the daemon is busy. */
  skip(ms: number): void;
  /** The daemon was stopped for so long: time passes, and every deadline moves. */
  pause(ms: number): void;
  /** Moves the wall clock, as an NTP step does. */
  stepWallClock(ms: number): void;
  /** The topics of the events since the last call of this. */
  topics(): string[];
  /** The events since the last call of this or of `topics`. */
  fresh(): BusEvent[];
  /** Registers an agent and answers its id. */
  agent(
    name?: string,
    options?: { readonly ttlSeconds?: number; readonly tools?: readonly string[] },
  ): string;
  /** Stores the state as a snapshot does. From here on a restart begins with it, and reads only the records after it. */
  takeSnapshot(): void;
  /** Ends the store and serves it again, from its newest snapshot and the records after it. */
  restart(): void;
  /** Fails the test unless a replay gives the present state: of all records, and of those after the newest snapshot. */
  expectReplayEqual(): void;
}

export function card(name: string, more: Partial<CardView> = {}): CardView {
  return { name, description: "", version: "1", capabilities: [], tools: [], metadata: {}, ...more };
}

/** `plant` may spoil the machine, to show that a check notices. */
export function createWorld(
  rules: Partial<KeeperRules> = {},
  plant: (machine: KeeperMachine) => KeeperMachine = (machine) => machine,
): World {
  const machine = plant(createMachine({ ...defaultRules, ...rules }));
  const answers = new Map<Ticket, Reply | Refusal>();
  const records: { record: KeeperRecord; wall: number }[] = [];
  const events: BusEvent[] = [];
  const history: Moment[] = [];
  let state = machine.create();
  let mono = 5_000;
  let wall = startWall;
  let lastWall = 0;
  let ticket = 0;
  let agents = 0;
  let seen = 0;

  const now = (): Now => {
    lastWall = Math.max(lastWall, wall);
    return { mono, wall: lastWall };
  };
  const emit = (record: KeeperRecord): void => {
    const at = now();
    records.push({ record, wall: at.wall });
    const event = machine.apply(state, record, at);
    if (event !== undefined) {
      events.push(event);
      history.push({ kind: "event", mono, event });
    }
  };
  const turn = {
    get now() {
      return now();
    },
    get ticket() {
      return ticket;
    },
    emit,
    answer(to: Ticket, reply: Reply | Refusal): void {
      answers.set(to, reply);
      history.push({ kind: "answer", mono, ticket: to, reply });
    },
  };
  emit(genesis("log", now()));

  const run = (command: Command): Reply | Refusal | typeof deferred => {
    machine.expire(state, turn);
    ticket += 1;
    const before = records.length;
    const reply = machine.decide(state, command, turn);
    if (reply !== deferred && isRefusal(reply)) {
      expect(records.length, "a refusal must change nothing").toBe(before);
    }
    history.push({ kind: "call", mono, ticket, command, reply });
    return reply;
  };

  let snapshot:
    | { readonly copy: unknown; readonly text: string; readonly wall: number; readonly records: number }
    | undefined;

  const replayed = (from: typeof snapshot): State => {
    const copy =
      from === undefined ? machine.create() : restoreState(decodePlain(from.text), { mono, wall: from.wall });
    for (const { record, wall: at } of records.slice(from?.records ?? 0)) {
      machine.apply(copy, record, { mono, wall: at });
    }
    return copy;
  };

  const world: World = {
    get state() {
      return state;
    },
    get now() {
      return now();
    },
    events,
    history,
    answers,
    run,
    ok<Type extends Command["type"]>(command: Extract<Command, { type: Type }>): Replies[Type] {
      const reply = run(command);
      if (reply === deferred) {
        throw new Error(`${command.type} waits`);
      }
      if (isRefusal(reply)) {
        throw new Error(`${command.type} was refused: ${reply.refused}`);
      }
      return reply as Replies[Type];
    },
    refused(command: Command): Refusal {
      const reply = run(command);
      if (reply === deferred || !isRefusal(reply)) {
        throw new Error(`${command.type} was not refused`);
      }
      return reply;
    },
    waits(command: Command): Ticket {
      expect(run(command)).toBe(deferred);
      return ticket;
    },
    cancel(to: Ticket): void {
      machine.expire(state, turn);
      machine.cancel(state, to, turn);
      history.push({ kind: "cancel", mono, ticket: to });
    },
    advance(ms: number): void {
      const end = mono + ms;
      const begin = mono;
      const beginWall = wall;
      for (;;) {
        const next = machine.nextDeadline(state);
        if (next > end) {
          break;
        }
        mono = Math.max(mono, next);
        wall = beginWall + (mono - begin);
        machine.expire(state, turn);
      }
      mono = end;
      wall = beginWall + ms;
    },
    skip(ms: number): void {
      mono += ms;
      wall += ms;
    },
    pause(ms: number): void {
      mono += ms;
      wall += ms;
      history.push({ kind: "pause", mono, byMs: ms });
      emit(machine.pause(ms));
    },
    stepWallClock(ms: number): void {
      wall += ms;
    },
    topics: () => world.fresh().map((event) => event.topic),
    fresh(): BusEvent[] {
      const fresh = events.slice(seen);
      seen = events.length;
      return fresh;
    },
    agent(name = `agent-${agents}`, options = {}): string {
      agents += 1;
      const agentId = `id-${agents}`;
      const { ttlSeconds = 30, tools = [] } = options;
      return world.ok({ type: "register", agentId, card: card(name, { tools }), ttlSeconds }).agentId;
    },
    takeSnapshot(): void {
      const copy = snapshotState(state);
      snapshot = { copy, text: encodePlain(copy), wall: lastWall, records: records.length };
    },
    restart(): void {
      state = replayed(snapshot);
      answers.clear();
      history.push({ kind: "restart", mono });
      emit(machine.restarted());
    },
    expectReplayEqual(): void {
      const live = describeState(state);
      // It is written piece by piece, while the state goes on.
      if (snapshot !== undefined && encodePlain(snapshot.copy) !== snapshot.text) {
        expect.fail("a snapshot has changed with the state that it was taken of");
      }
      for (const from of snapshot === undefined ? [undefined] : [undefined, snapshot]) {
        const copy = describeState(replayed(from));
        if (!isDeepStrictEqual(copy, live)) {
          expect(copy).toEqual(live);
        }
      }
    },
  };
  return world;
}
