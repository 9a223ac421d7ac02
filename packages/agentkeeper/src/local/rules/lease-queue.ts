// Calls that wait in line for a held key: first come, first served, each for as long as its caller is patient.
import { deferred, type Now, type Ticket } from "@x/core/service";
import type { Replies } from "./model/commands.ts";
import { armDeadline, type Lease, type LeaseWaiter, type State } from "./model/state.ts";
import { viewLease } from "./model/state-views.ts";
import type { KeeperTurn } from "./model/turn.ts";
import type { LeaseView } from "./model/views.ts";
import { agentIsDead } from "./registry.ts";
import { requestWithdrawn } from "./withdrawn.ts";

/** A lease that somebody asks for. */
export interface WantedLease {
  readonly taskId: string;
  readonly agentId: string;
  readonly ttlSeconds: number;
  readonly lockDelayMs?: number;
  readonly requestId?: string;
}

/** What keeps an agent from a key. */
export interface Obstacle {
  /** The lease of another, or the last one while its lock delay lasts. */
  readonly lease: LeaseView;
  /** When it will be gone by itself at the latest, as far as is known now. */
  readonly retryAfterMs: number;
}

/** What keeps this agent from a key that it does not hold; `undefined` if nothing does. */
export function obstacleTo(state: State, taskId: string, agentId: string, now: Now): Obstacle | undefined {
  const held = state.leases.get(taskId);
  if (held !== undefined) {
    const at = (held.deadline?.at ?? 0) + state.pausedMs + held.lockDelayMs;
    return { lease: viewLease(state, held), retryAfterMs: Math.max(0, Math.ceil(at - now.mono)) };
  }
  const locked = state.locked.get(taskId);
  if (locked !== undefined && locked.last.holderAgentId !== agentId) {
    const at = locked.deadline.at + state.pausedMs;
    return { lease: locked.last, retryAfterMs: Math.max(0, Math.ceil(at - now.mono)) };
  }
  return undefined;
}

export function inTheWay({ lease, retryAfterMs }: Obstacle): Replies["acquireLease"] {
  return { acquired: false, lease, alreadyHeld: false, retryAfterMs };
}

export function waitInLine(
  state: State,
  wanted: WantedLease,
  waitMs: number,
  turn: KeeperTurn,
): typeof deferred {
  const { taskId, agentId, ttlSeconds, lockDelayMs = 0, requestId = "" } = wanted;
  const waiter: LeaseWaiter = {
    ticket: turn.ticket,
    taskId,
    agentId,
    ttlSeconds,
    lockDelayMs,
    requestId,
    deadline: undefined,
  };
  waiter.deadline = armDeadline(state, { kind: "lease wait", waiter }, undefined, turn.now, waitMs / 1_000);
  const line = state.leaseWaiters.get(taskId);
  if (line === undefined) {
    state.leaseWaiters.set(taskId, [waiter]);
  } else {
    line.push(waiter);
  }
  state.leaseTickets.set(waiter.ticket, waiter);
  if (requestId !== "") {
    state.waitingRequests.set(requestId, waiter.ticket);
  }
  return deferred;
}

/** How the line takes a key: as a new grant, or, for another call of the agent that just got it, once more. */
export interface KeyTaking {
  grant(wanted: WantedLease): Lease;
  reacquire(held: Lease, wanted: WantedLease): Replies["acquireLease"];
}

/** Gives every key that came free to the first in its line. */
export function matchFreedKeys(state: State, turn: KeeperTurn, taking: KeyTaking): void {
  for (const taskId of state.freedKeys) {
    matchFreedKey(state, taskId, turn, taking);
  }
}

function matchFreedKey(state: State, taskId: string, turn: KeeperTurn, taking: KeyTaking): void {
  if (state.freedKeys.delete(taskId)) {
    const first = state.leaseWaiters
      .get(taskId)
      ?.find(({ agentId }) => obstacleTo(state, taskId, agentId, turn.now) === undefined);
    if (first !== undefined) {
      leaveLine(state, first);
      const lease = taking.grant(first);
      lease.grantTicket = first.ticket;
      state.grantTickets.set(first.ticket, lease);
      turn.answer(first.ticket, {
        acquired: true,
        lease: viewLease(state, lease),
        alreadyHeld: false,
        retryAfterMs: undefined,
      });
      // An agent that asked twice, as after a lost connection, does not wait for itself.
      const line = state.leaseWaiters.get(taskId) ?? [];
      for (const again of line.filter(({ agentId }) => agentId === first.agentId)) {
        leaveLine(state, again);
        forgetGrantTicket(state, lease);
        turn.answer(again.ticket, taking.reacquire(lease, again));
      }
    }
  }
}

/** The holder knows of the lease, or it is gone: nothing is left for the request or the call in line to give back. */
export function forgetGrant(state: State, lease: Lease): void {
  state.grantRequests.delete(lease.requestId);
  forgetGrantTicket(state, lease);
}

function forgetGrantTicket(state: State, lease: Lease): void {
  if (lease.grantTicket !== undefined) {
    state.grantTickets.delete(lease.grantTicket);
    lease.grantTicket = undefined;
  }
}

/** The caller's patience is over. */
export function endLeaseWait(state: State, waiter: LeaseWaiter, turn: KeeperTurn, taking: KeyTaking): void {
  const { taskId, agentId, ticket } = waiter;
  // When time is judged late, the key may have come free before the patience ended.
  matchFreedKey(state, taskId, turn, taking);
  const obstacle = obstacleTo(state, taskId, agentId, turn.now);
  if (obstacle !== undefined && state.leaseTickets.has(ticket)) {
    leaveLine(state, waiter);
    turn.answer(ticket, inTheWay(obstacle));
  }
}

/** The agent has died: its calls in line end. */
export function refuseLeaseWaitersOf(state: State, agentId: string, turn: KeeperTurn): void {
  for (const waiter of [...state.leaseTickets.values()]) {
    if (waiter.agentId === agentId) {
      leaveLine(state, waiter);
      turn.answer(waiter.ticket, agentIsDead(agentId));
    }
  }
}

/** The caller has gone: it waits no longer, and a lease that it never saw is given back. */
export function withdrawLeaseWait(state: State, ticket: Ticket, turn: KeeperTurn): void {
  const waiter = state.leaseTickets.get(ticket);
  if (waiter !== undefined) {
    leaveLine(state, waiter);
    return;
  }
  const granted = state.grantTickets.get(ticket);
  if (granted !== undefined) {
    turn.emit({ type: "lease.released", taskId: granted.taskId });
  }
}

/** The caller that sent this request has gone. */
export function withdrawLeaseRequest(state: State, requestId: string, turn: KeeperTurn): boolean {
  const waiter = state.leaseTickets.get(state.waitingRequests.get(requestId) ?? -1);
  const line = state.leaseWaiters.get(waiter?.taskId ?? "") ?? [];
  for (const repeated of line.filter((each) => each.requestId === requestId)) {
    leaveLine(state, repeated);
    turn.answer(repeated.ticket, requestWithdrawn(requestId));
  }
  const granted = state.grantRequests.get(requestId);
  if (granted !== undefined) {
    turn.emit({ type: "lease.released", taskId: granted.taskId });
  }
  return granted !== undefined;
}

function leaveLine(state: State, waiter: LeaseWaiter): void {
  state.leaseTickets.delete(waiter.ticket);
  state.waitingRequests.delete(waiter.requestId);
  if (waiter.deadline !== undefined) {
    state.deadlines.remove(waiter.deadline);
  }
  const line = state.leaseWaiters.get(waiter.taskId);
  const index = line?.indexOf(waiter) ?? -1;
  if (line !== undefined && index !== -1) {
    line.splice(index, 1);
    if (line.length === 0) {
      state.leaseWaiters.delete(waiter.taskId);
    }
  }
}
