// The arbitration window: commits for the same time are gathered for a moment, and the strongest of them wins.
import { deferred, type Now } from "@x/core/service";
import type { Created } from "../model/commands.ts";
import { keyScope } from "../model/keys.ts";
import { isRefusal, type Refusal } from "../model/refusal.ts";
import type { Calendar, Group, Member, State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import type { Siblings } from "./placement.ts";
import type { CreateCommand, Request } from "./request.ts";

/** Puts a commit into the open group whose members share a bucket with it; without one it opens a group. */
export function joinArbitration(
  state: State,
  { command, calendar, claim, key }: Request,
  turn: DraftTurn,
  windowMs: number,
): typeof deferred {
  state.arrivals += 1;
  const member: Member = {
    command,
    tickets: [turn.ticket],
    fingerprint: key?.fingerprint ?? "",
    order: state.arrivals,
    first: claim.first,
    end: claim.end,
  };
  const open = openGroups(calendar, member);
  const lastsMs = state.arbitrationsEnded ? 0 : windowMs;
  const group = earliest(open) ?? openGroup(state, calendar, turn.now.mono + lastsMs);
  for (const other of open) {
    if (other !== group) {
      merge(state, other, group);
    }
  }
  enter(group, member);
  if (key !== undefined) {
    state.waitingKeys.set(key.scope, member);
  }
  return deferred;
}

/** A repeat of a commit that waits gets the same answer. */
export function joinRepeat(member: Member, turn: DraftTurn): typeof deferred {
  member.tickets.push(turn.ticket);
  return deferred;
}

function openGroups(calendar: Calendar, { first, end }: Member): Group[] {
  const found = new Set<Group>();
  for (let bucket = first; bucket < end; bucket += 1) {
    const group = calendar.waiting.get(bucket);
    if (group !== undefined) {
      found.add(group);
    }
  }
  return [...found];
}

function earliest(groups: readonly Group[]): Group | undefined {
  let first: Group | undefined;
  for (const group of groups) {
    if (first === undefined || atOf(group) < atOf(first)) {
      first = group;
    }
  }
  return first;
}

const atOf = ({ deadline }: Group): number => deadline?.at ?? Number.POSITIVE_INFINITY;

function openGroup(state: State, calendar: Calendar, at: number): Group {
  const group: Group = { calendar, members: [], spared: false, deadline: undefined };
  group.deadline = state.groups.add(at, group);
  return group;
}

function enter(group: Group, member: Member): void {
  group.members.push(member);
  for (let bucket = member.first; bucket < member.end; bucket += 1) {
    group.calendar.waiting.set(bucket, group);
  }
}

function merge(state: State, from: Group, into: Group): void {
  if (from.deadline !== undefined) {
    state.groups.remove(from.deadline);
  }
  for (const member of from.members) {
    enter(into, member);
  }
}

/** A turn that comes so much later than the end of a window found the process busy or stopped. */
const lateMs = 2;
/** Until then what came meanwhile, and lies unread in the sockets, has been read. */
const readingMs = 1;

/**
 * The next group whose time has come. One that comes to its end late is given another moment, once: those who came in
 * time may not have been heard while the process was busy.
 */
export function dueGroup(state: State, now: Now): Group | undefined {
  for (let next = state.groups.peek(); next !== undefined; next = state.groups.peek()) {
    const group = next.value;
    if (next.at > now.mono) {
      return undefined;
    }
    if (group.spared || now.mono - next.at <= lateMs) {
      return group;
    }
    group.spared = true;
    state.groups.move(next, now.mono + readingMs);
  }
  return undefined;
}

/** Decides a group whose time has come: the strongest first, then by arrival, all at one time. */
export function endArbitration(
  state: State,
  group: Group,
  turn: DraftTurn,
  decide: (command: CreateCommand, siblings: Siblings) => Created | Refusal,
): void {
  if (group.deadline !== undefined) {
    state.groups.remove(group.deadline);
  }
  const rankOf = ({ command }: Member): number =>
    state.agents.get(command.agentId)?.priority ?? Number.POSITIVE_INFINITY;
  const members = group.members
    .map((member) => ({ member, rank: rankOf(member) }))
    .sort((a, b) => a.rank - b.rank || a.member.order - b.member.order);
  for (const { member } of members) {
    leave(state, group, member);
  }
  const siblings = new Set<string>();
  for (const { member } of members) {
    try {
      const reply = decide(member.command, siblings);
      if (!isRefusal(reply)) {
        siblings.add(reply.booking.bookingId);
      }
      for (const ticket of member.tickets) {
        turn.answer(ticket, reply);
      }
    } catch (error) {
      // A defect met this one; the others of the group are decided all the same.
      for (const ticket of member.tickets) {
        turn.fail(ticket, error);
      }
    }
  }
}

function leave(state: State, group: Group, member: Member): void {
  for (let bucket = member.first; bucket < member.end; bucket += 1) {
    if (group.calendar.waiting.get(bucket) === group) {
      group.calendar.waiting.delete(bucket);
    }
  }
  const { idempotencyKey, agentId } = member.command;
  if (idempotencyKey !== null) {
    state.waitingKeys.delete(keyScope(agentId, "commit", idempotencyKey));
  }
}

/** The process slept: what waited waits as much longer. */
export function postponeArbitrations(state: State, byMs: number): void {
  state.groups.shift(byMs);
}

/** The server stops: what waits is decided in this turn, and what comes later in its own. */
export function endArbitrations(state: State, { now }: DraftTurn): { readonly groups: number } {
  state.arbitrationsEnded = true;
  const groups: Group[] = [];
  for (let next = state.groups.peek(); next !== undefined; next = state.groups.peek()) {
    groups.push(next.value);
    state.groups.remove(next);
  }
  for (const { deadline } of groups) {
    if (deadline !== undefined) {
      state.groups.move(deadline, now.mono);
    }
  }
  return { groups: groups.length };
}
