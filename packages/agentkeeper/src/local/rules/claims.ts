// Claims: how a waiting task and a waiting agent find each other. A claim is a lease on the id of the task.
import { deferred, type Ticket } from "@x/core/service";
import { grantLease } from "./leases.ts";
import type { CommandOf, Replies } from "./model/commands.ts";
import { checkLength, checkTexts, checkWait, firstRefusal, limits } from "./model/limits.ts";
import { isRefusal, type Refusal } from "./model/refusal.ts";
import { type Agent, armDeadline, type State, type Task, type Waiter } from "./model/state.ts";
import { viewTask, viewTaskDetail } from "./model/state-views.ts";
import type { KeeperTurn } from "./model/turn.ts";
import { actingAgent, agentIsDead } from "./registry.ts";
import { checkNotWithdrawn, requestWithdrawn } from "./withdrawn.ts";

/** Answers at once if a task matches; else the call waits for one. */
export function claimTask(
  state: State,
  command: CommandOf<"claimTask">,
  turn: KeeperTurn,
): Replies["claimTask"] | Refusal | typeof deferred {
  const { types = [], waitMs, requestId = "" } = command;
  const agent = actingAgent(state, command.agentId);
  if (isRefusal(agent)) {
    return agent;
  }
  const refusal = firstRefusal(
    checkTexts("types", types, { count: limits.taskTypesCount, bytes: limits.taskType }),
    checkWait(waitMs),
    checkLength("request_id", requestId, limits.requestId),
    checkNotWithdrawn(state, requestId, turn.now),
  );
  if (refusal !== undefined) {
    return refusal;
  }
  const claimed = state.claimRequests.get(requestId);
  if (claimed !== undefined) {
    return { task: viewTask(claimed), detail: viewTaskDetail(state, claimed, true) };
  }
  const earlier = state.waiters.get(state.waitingRequests.get(requestId) ?? -1);
  if (earlier !== undefined) {
    leaveQueue(state, earlier);
    turn.answer(earlier.ticket, requestWithdrawn(requestId));
  }
  const waiter: Waiter = {
    ticket: turn.ticket,
    agentId: agent.agentId,
    types: new Set(types),
    requestId,
    deadline: undefined,
  };
  const task = agent.status === "alive" ? firstTaskFor(state, agent, waiter) : undefined;
  if (task !== undefined) {
    return claim(state, task, waiter, turn);
  }
  if (waitMs === 0) {
    return nothingToClaim;
  }
  if (waitMs !== undefined) {
    waiter.deadline = armDeadline(state, { kind: "claim wait", waiter }, undefined, turn.now, waitMs / 1_000);
  }
  state.waiters.set(turn.ticket, waiter);
  if (requestId !== "") {
    state.waitingRequests.set(requestId, turn.ticket);
  }
  return deferred;
}

const nothingToClaim: Replies["claimTask"] = { task: undefined, detail: undefined };

/** The caller's patience is over. */
export function endClaimWait(state: State, waiter: Waiter, turn: KeeperTurn): void {
  leaveQueue(state, waiter);
  turn.answer(waiter.ticket, nothingToClaim);
}

/** Gives every task that became free to whoever waits for it, in the order of the queue. */
export function matchFreedTasks(state: State, turn: KeeperTurn): void {
  if (state.freed.size === 0) {
    return;
  }
  const freed = [...state.freed].sort((a, b) => a.place - b.place);
  state.freed.clear();
  for (const task of freed) {
    const waiter = task.status === "pending" ? longestWaitingFor(state, task) : undefined;
    if (waiter !== undefined) {
      answerWaiter(state, task, waiter, turn);
    }
  }
}

/** The agent is reachable again: its waiting calls may take what is there. */
export function matchWaitersOf(state: State, agent: Agent, turn: KeeperTurn): void {
  for (const waiter of state.waiters.values()) {
    if (waiter.agentId === agent.agentId) {
      const task = firstTaskFor(state, agent, waiter);
      if (task !== undefined) {
        answerWaiter(state, task, waiter, turn);
      }
    }
  }
}

/** The agent has died: its waiting calls end. */
export function refuseWaitersOf(state: State, agentId: string, turn: KeeperTurn): void {
  for (const waiter of state.waiters.values()) {
    if (waiter.agentId === agentId) {
      leaveQueue(state, waiter);
      turn.answer(waiter.ticket, agentIsDead(agentId));
    }
  }
}

/** The caller has gone: its call waits no longer, and a claim that it never saw is undone. */
export function withdrawClaim(state: State, ticket: Ticket, turn: KeeperTurn): void {
  const waiter = state.waiters.get(ticket);
  if (waiter !== undefined) {
    leaveQueue(state, waiter);
    return;
  }
  const task = state.claimTickets.get(ticket);
  if (task !== undefined) {
    undoClaim(task, turn);
  }
}

/** The caller that sent this request has gone. */
export function withdrawClaimRequest(state: State, requestId: string, turn: KeeperTurn): boolean {
  const waiter = state.waiters.get(state.waitingRequests.get(requestId) ?? -1);
  if (waiter !== undefined) {
    leaveQueue(state, waiter);
    turn.answer(waiter.ticket, requestWithdrawn(requestId));
  }
  const task = state.claimRequests.get(requestId);
  if (task !== undefined) {
    undoClaim(task, turn);
  }
  return task !== undefined;
}

function undoClaim({ id }: Task, turn: KeeperTurn): void {
  turn.emit({ type: "lease.released", taskId: id });
  turn.emit({ type: "task.requeued", id, countsAsRetry: false, to: "old_place" });
}

function answerWaiter(state: State, task: Task, waiter: Waiter, turn: KeeperTurn): void {
  leaveQueue(state, waiter);
  turn.answer(waiter.ticket, claim(state, task, waiter, turn));
}

function leaveQueue(state: State, waiter: Waiter): void {
  state.waiters.delete(waiter.ticket);
  state.waitingRequests.delete(waiter.requestId);
  if (waiter.deadline !== undefined) {
    state.deadlines.remove(waiter.deadline);
  }
}

function claim(state: State, task: Task, waiter: Waiter, turn: KeeperTurn): Replies["claimTask"] {
  const { id, ttlSeconds } = task;
  if (state.leases.has(id)) {
    turn.emit({ type: "lease.renewed", taskId: id, ttlSeconds });
  } else {
    grantLease(state, { taskId: id, agentId: waiter.agentId, ttlSeconds }, turn);
  }
  const { agentId, requestId } = waiter;
  turn.emit({ type: "task.claimed", id, agentId, ...(requestId === "" ? {} : { requestId }) });
  task.claimTicket = waiter.ticket;
  state.claimTickets.set(waiter.ticket, task);
  return { task: viewTask(task), detail: viewTaskDetail(state, task, true) };
}

function firstTaskFor(state: State, agent: Agent, waiter: Waiter): Task | undefined {
  return state.pending.firstFor(agent.tools, (task) => wants(waiter, task) && mayTake(state, task, agent));
}

function wants(waiter: Waiter, task: Task): boolean {
  return waiter.types.size === 0 || waiter.types.has(task.type);
}

function longestWaitingFor(state: State, task: Task): Waiter | undefined {
  for (const waiter of state.waiters.values()) {
    const agent = state.agents.get(waiter.agentId);
    if (
      agent?.status === "alive" &&
      canRun(agent, task) &&
      wants(waiter, task) &&
      mayTake(state, task, agent)
    ) {
      return waiter;
    }
  }
  return undefined;
}

function canRun(agent: Agent, task: Task): boolean {
  return task.requiredTools.every((tool) => agent.tools.has(tool));
}

/** A task whose id somebody else has leased directly is left alone until that lease, and its lock delay, end. */
function mayTake(state: State, task: Task, agent: Agent): boolean {
  const holder = state.leases.get(task.id)?.agentId ?? state.locked.get(task.id)?.last.holderAgentId;
  return holder === undefined || holder === agent.agentId;
}
