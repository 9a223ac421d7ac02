// A store in virtual time, without sockets or timers: commands in, replies and events out, and a replay at any moment.
import { isDeepStrictEqual } from "node:util";
import { decodePlain, deferred, encodePlain, type Now, type Ticket } from "@x/core/service";
import { expect } from "vitest";
import type { Command, Created, Replies, Reply } from "../../src/local/commands.ts";
import { createMachine, type DraftMachine, genesis } from "../../src/local/machine.ts";
import type { DraftRecord } from "../../src/local/records.ts";
import { isRefusal, type Refusal } from "../../src/local/refusal.ts";
import type { DraftSettings } from "../../src/local/settings.ts";
import { calendarOf, type State } from "../../src/local/state.ts";
import { restoreState, snapshotState } from "../../src/local/state-snapshot.ts";
import { type AuditEvent, noRules, type RulesView, type Scope, scopes } from "../../src/local/views.ts";

/** A Monday; the wire's own examples are on this day. */
export const startWall: number = Date.UTC(2030, 0, 7, 8);

export const minute = 60_000;
export const hour: number = 60 * minute;

/** `10:00` on the day of {@link startWall}. */
export function at(clock: string): number {
  return Date.parse(`2030-01-07T${clock}:00Z`);
}

export type CreateCommand = Extract<Command, { type: "createBooking" }>;

type Booked = Partial<Omit<CreateCommand, "type" | "agentId" | "startMs" | "endMs">>;

export interface World {
  readonly state: State;
  readonly now: Now;
  /** Every event so far. */
  readonly events: readonly AuditEvent[];
  /** Every record so far. */
  readonly records: readonly DraftRecord[];
  /** Replies that came to deferred commands, by ticket. */
  readonly answers: ReadonlyMap<Ticket, Reply | Refusal>;
  /** Runs a command, whatever comes of it. */
  run(command: Command): Reply | Refusal | typeof deferred;
  /** Runs a command that must succeed. */
  ok<Type extends Command["type"]>(command: Extract<Command, { type: Type }>): Replies[Type];
  /** Runs a command that must be refused, with this code. */
  refused<Code extends Refusal["refused"]>(command: Command, code: Code): Extract<Refusal, { refused: Code }>;
  /** Runs a command that must wait, and answers its ticket. */
  waits(command: Command): Ticket;
  /** The caller of a command has gone. */
  cancel(ticket: Ticket): void;
  /** Lets time pass; each deadline is judged at its own time. */
  advance(ms: number): void;
  /** Lets time pass in one piece without judging anything, as when the process is busy. */
  skip(ms: number): void;
  pause(ms: number): void;
  /** The types of the events since the last call of this. */
  fresh(): string[];
  /** A new id with a prefix. */
  id(prefix: string): string;
  /** Signs a person in, and answers the user's id. */
  person(email: string): string;
  /** Makes an agent, and answers its id. */
  agent(
    priority: number,
    more?: {
      readonly userId?: string;
      readonly name?: string;
      readonly scopes?: readonly Scope[];
      readonly requiresConsent?: boolean;
    },
  ): string;
  /** The command that books `10:00` to `10:30`, say. */
  booking(agentId: string, start: string | number, end: string | number, more?: Booked): CreateCommand;
  commit(agentId: string, start: string | number, end: string | number, more?: Booked): Created;
  hold(agentId: string, start: string | number, end: string | number, more?: Booked): Created;
  /** Sets the rules of the first person's calendar. */
  rules(rules: Partial<RulesView>): void;
  /** Stores the state as a snapshot does; a restart begins with it. */
  takeSnapshot(): void;
  /** Ends the store and serves it again, from its newest snapshot and the records after it. */
  restart(): void;
  /** Fails the test unless a replay gives the present state: of all records, and of those after the newest snapshot. */
  expectReplayEqual(): void;
  /** The first person. */
  readonly owner: string;
}

/** `plant` may spoil the machine, to show that a check notices. */
export function createWorld(
  settings: Partial<DraftSettings> = {},
  plant: (machine: DraftMachine) => DraftMachine = (machine) => machine,
): World {
  const machine = plant(createMachine(settings));
  const answers = new Map<Ticket, Reply | Refusal>();
  const journal: { record: DraftRecord; wall: number }[] = [];
  const records: DraftRecord[] = [];
  const events: AuditEvent[] = [];
  let state = machine.create();
  let mono = 5_000;
  let wall = startWall;
  let lastWall = 0;
  let ticket = 0;
  let ids = 0;
  let seen = 0;

  const now = (): Now => {
    lastWall = Math.max(lastWall, wall);
    return { mono, wall: lastWall };
  };
  const emit = (record: DraftRecord): void => {
    const moment = now();
    journal.push({ record, wall: moment.wall });
    records.push(record);
    const event = machine.apply(state, record, moment);
    if (event !== undefined) {
      events.push(event);
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
      expect(answers.has(to), "a command is answered once").toBe(false);
      answers.set(to, reply);
    },
  };
  emit(genesis({ x: "x", d: "d", kid: "kid" }));

  const id = (prefix: string): string => {
    ids += 1;
    return `${prefix}_01J0000000${String(ids).padStart(16, "0")}`;
  };
  const run = (command: Command): Reply | Refusal | typeof deferred => {
    machine.expire(state, turn);
    ticket += 1;
    const reply = machine.decide(state, command, turn);
    machine.settle?.(state, turn);
    return reply;
  };
  const timeOf = (when: string | number): number => (typeof when === "number" ? when : at(when));
  let snapshot:
    | { readonly copy: unknown; readonly text: string; readonly wall: number; readonly records: number }
    | undefined;
  const replayed = (from: typeof snapshot): State => {
    const copy =
      from === undefined ? machine.create() : restoreState(decodePlain(from.text), { mono, wall: from.wall });
    for (const { record, wall: when } of journal.slice(from?.records ?? 0)) {
      // As it comes out of a store.
      machine.apply(copy, decodePlain(encodePlain(record)) as DraftRecord, { mono, wall: when });
    }
    return copy;
  };
  let owner = "";

  const world: World = {
    get state() {
      return state;
    },
    get now() {
      return now();
    },
    get owner() {
      return owner;
    },
    events,
    records,
    answers,
    run,
    ok<Type extends Command["type"]>(command: Extract<Command, { type: Type }>): Replies[Type] {
      const reply = run(command);
      if (reply === deferred) {
        throw new Error(`${command.type} waits`);
      }
      if (isRefusal(reply)) {
        throw new Error(`${command.type} was refused: ${JSON.stringify(reply)}`);
      }
      return reply as Replies[Type];
    },
    refused<Code extends Refusal["refused"]>(command: Command, code: Code) {
      const reply = run(command);
      if (reply === deferred || !isRefusal(reply)) {
        throw new Error(`${command.type} was not refused`);
      }
      expect(reply.refused, JSON.stringify(reply)).toBe(code);
      return reply as Extract<Refusal, { refused: Code }>;
    },
    waits(command: Command): Ticket {
      expect(run(command)).toBe(deferred);
      return ticket;
    },
    cancel(to: Ticket): void {
      machine.expire(state, turn);
      machine.cancel(state, to, turn);
      machine.settle?.(state, turn);
    },
    advance(ms: number): void {
      const end = mono + ms;
      const endWall = wall + ms;
      for (;;) {
        const next = machine.nextDeadline(state);
        if (next > end) {
          break;
        }
        // Timers have whole milliseconds.
        const step = Math.max(0, Math.ceil(next - mono));
        mono += step;
        wall += step;
        machine.expire(state, turn);
        machine.settle?.(state, turn);
      }
      mono = end;
      wall = endWall;
    },
    skip(ms: number): void {
      mono += ms;
      wall += ms;
    },
    pause(ms: number): void {
      world.skip(ms);
      emit(machine.pause(ms));
    },
    fresh(): string[] {
      const types = events.slice(seen).map(({ type }) => type);
      seen = events.length;
      return types;
    },
    id,
    person(email: string): string {
      const tokenHash = `token ${ids}`;
      world.ok({ type: "requestMagicLink", email, tokenHash });
      const { user } = world.ok({
        type: "verifyMagicLink",
        tokenHash,
        userId: id("usr"),
        workspaceId: id("wsp"),
        sessionHash: `session ${ids}`,
      });
      return user.userId;
    },
    agent(priority, more = {}): string {
      const agentId = id("agt");
      world.ok({
        type: "createAgent",
        userId: more.userId ?? owner,
        agentId,
        name: more.name ?? `Agent ${priority}`,
        scopes: more.scopes ?? scopes,
        priority,
        requiresConsent: more.requiresConsent ?? false,
        keyHash: `key of ${agentId}`,
        signingKey: { x: `x of ${agentId}`, kid: `kid of ${agentId}` },
        mailboxSuffix: String(ids).padStart(6, "0"),
      });
      return agentId;
    },
    booking: (agentId, start, end, more = {}) => ({
      type: "createBooking",
      mode: "commit",
      agentId,
      bookingId: id("bkg"),
      startMs: timeOf(start),
      endMs: timeOf(end),
      bufferBeforeMin: 0,
      bufferAfterMin: 0,
      bumpWindowSeconds: null,
      title: null,
      invitee: null,
      metadata: null,
      conferencing: null,
      idempotencyKey: null,
      ...more,
    }),
    commit: (agentId, start, end, more = {}) => world.ok(world.booking(agentId, start, end, more)),
    hold: (agentId, start, end, more = {}) =>
      world.ok(world.booking(agentId, start, end, { ...more, mode: "hold" })),
    rules(rules): void {
      world.ok({ type: "setRules", userId: owner, rules: { ...noRules, ...rules } });
    },
    takeSnapshot(): void {
      const copy = snapshotState(state);
      snapshot = { copy, text: encodePlain(copy), wall: lastWall, records: journal.length };
    },
    restart(): void {
      state = replayed(snapshot);
      answers.clear();
      emit(machine.restarted());
    },
    expectReplayEqual(): void {
      const live = describeState(state);
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
  owner = world.person("owner@example.com");
  seen = 0;
  return world;
}

/** Everything that a replay must bring back: what a snapshot holds, the live index, and the armed deadlines. */
export function describeState(state: State): unknown {
  const index = [...state.bookings.values()].flatMap((booking) => {
    const held = calendarOf(state, booking).index.overlapping(booking);
    return held.includes(booking) ? [[booking.bookingId, booking.first, booking.end]] : [];
  });
  return {
    stored: decodePlain(encodePlain(snapshotState(state))),
    index,
    holds: [...state.liveHolds].map(({ bookingId }) => bookingId).sort(),
    deadlines: [...state.bookings.values()]
      .filter(({ deadline }) => deadline !== undefined)
      .map(({ bookingId, deadline }) => [bookingId, deadline?.at]),
    deadlineCount: state.deadlines.size,
  };
}
