// Leases: at most one agent holds a key, for a time, under a token that only ever grows.
import type { Now } from "@x/core/service";
import type { BusEvent } from "../wire/views.ts";
import { type CommandOf, done, type Replies } from "./commands.ts";
import { checkText, checkTtl, firstRefusal, limits } from "./limits.ts";
import type { KeeperRecord } from "./records.ts";
import { isRefusal, type Refusal, refuse } from "./refusal.ts";
import { actingAgent } from "./registry.ts";
import { armDeadline, type Lease, publish, type State, viewLease } from "./state.ts";
import type { KeeperTurn } from "./turn.ts";

export function acquireLease(
  state: State,
  command: CommandOf<"acquireLease">,
  turn: KeeperTurn,
): Replies["acquireLease"] | Refusal {
  const { taskId, agentId } = command;
  const refusal = firstRefusal(
    checkText("task_id", taskId, limits.taskId),
    checkText("agent_id", agentId, limits.agentId),
    checkTtl(command.ttlSeconds, limits.leaseTtlSeconds),
  );
  if (refusal !== undefined) {
    return refusal;
  }
  const agent = actingAgent(state, agentId);
  if (isRefusal(agent)) {
    return agent;
  }
  const ttlSeconds = command.ttlSeconds || limits.leaseTtlSecondsDefault;
  const held = state.leases.get(taskId);
  if (held === undefined) {
    return { acquired: true, lease: viewLease(state, grantLease(state, taskId, agentId, ttlSeconds, turn)) };
  }
  if (held.agentId !== agentId) {
    return { acquired: false, lease: viewLease(state, held) };
  }
  turn.emit({ type: "lease.renewed", taskId, ttlSeconds });
  return { acquired: true, lease: viewLease(state, held) };
}

/** Grants a free key under the next token. */
export function grantLease(
  state: State,
  taskId: string,
  agentId: string,
  ttlSeconds: number,
  turn: KeeperTurn,
): Lease {
  turn.emit({ type: "lease.acquired", taskId, agentId, token: state.token + 1, ttlSeconds });
  const lease = state.leases.get(taskId);
  if (lease === undefined) {
    throw new Error("a granted lease is not in the state");
  }
  return lease;
}

export function renewLease(
  state: State,
  command: CommandOf<"renewLease">,
  turn: KeeperTurn,
): Replies["renewLease"] | Refusal {
  const lease = heldLease(state, command, checkTtl(command.ttlSeconds, limits.leaseTtlSeconds));
  if (isRefusal(lease)) {
    return lease;
  }
  turn.emit({
    type: "lease.renewed",
    taskId: lease.taskId,
    ttlSeconds: command.ttlSeconds || lease.ttlSeconds,
  });
  return { lease: viewLease(state, lease) };
}

export function releaseLease(
  state: State,
  command: CommandOf<"releaseLease">,
  turn: KeeperTurn,
): Replies["releaseLease"] | Refusal {
  const lease = heldLease(state, command, undefined);
  if (isRefusal(lease)) {
    return lease;
  }
  turn.emit({ type: "lease.released", taskId: lease.taskId });
  requeueLostClaim(state, lease.taskId, "claim released", turn);
  return done;
}

/** Time has passed a lease's deadline. */
export function expireLease(state: State, lease: Lease, turn: KeeperTurn): void {
  turn.emit({ type: "lease.expired", taskId: lease.taskId });
  requeueLostClaim(state, lease.taskId, "claim expired", turn);
}

/** A claim is a lease; when the lease goes, the task waits again. */
function requeueLostClaim(state: State, taskId: string, reason: string, turn: KeeperTurn): void {
  if (state.tasks.get(taskId)?.status === "claimed") {
    turn.emit({ type: "task.requeued", id: taskId, reason, countsAsRetry: false, to: "back" });
  }
}

/** The lease that agent and token name, or why they name none. */
function heldLease(
  state: State,
  command: CommandOf<"renewLease" | "releaseLease">,
  ttlRefusal: Refusal | undefined,
): Lease | Refusal {
  const { taskId, agentId, token } = command;
  const refusal = firstRefusal(
    checkText("task_id", taskId, limits.taskId),
    checkText("agent_id", agentId, limits.agentId),
    ttlRefusal,
  );
  if (refusal !== undefined) {
    return refusal;
  }
  const lease = state.leases.get(taskId);
  if (lease === undefined) {
    return refuse("LEASE_NOT_HELD", `nobody holds a lease on ${taskId}`, { task_id: taskId });
  }
  if (lease.agentId !== agentId || BigInt(lease.token) !== token) {
    return refuse("LEASE_TOKEN_MISMATCH", `the lease on ${taskId} is held under another grant`, {
      task_id: taskId,
    });
  }
  return lease;
}

type LeaseRecord = Extract<KeeperRecord, { type: `lease.${string}` }>;

export function applyLease(state: State, record: LeaseRecord, now: Now): BusEvent | undefined {
  const { taskId } = record;
  if (record.type === "lease.acquired") {
    const { agentId, token, ttlSeconds } = record;
    const lease: Lease = {
      taskId,
      agentId,
      token,
      acquiredAt: now.wall,
      ttlSeconds,
      expiresAt: now.wall,
      pausedMsAtRenewal: 0,
      deadline: undefined,
    };
    extendLease(state, lease, now);
    state.token = token;
    state.leases.set(taskId, lease);
    state.agents.get(agentId)?.leases.add(taskId);
    return publish(state, now, { topic: record.type, lease: viewLease(state, lease) });
  }
  const lease = state.leases.get(taskId);
  if (lease === undefined) {
    return undefined;
  }
  switch (record.type) {
    case "lease.renewed":
      lease.ttlSeconds = record.ttlSeconds;
      extendLease(state, lease, now);
      break;
    case "lease.expired":
    case "lease.released":
      endLease(state, lease);
      break;
  }
  return publish(state, now, { topic: record.type, lease: viewLease(state, lease) });
}

function extendLease(state: State, lease: Lease, now: Now): void {
  lease.expiresAt = now.wall + lease.ttlSeconds * 1_000;
  lease.pausedMsAtRenewal = state.pausedMs;
  lease.deadline = armDeadline(state, { kind: "lease", lease }, lease.deadline, now, lease.ttlSeconds);
}

function endLease(state: State, lease: Lease): void {
  state.leases.delete(lease.taskId);
  state.agents.get(lease.agentId)?.leases.delete(lease.taskId);
  if (lease.deadline !== undefined) {
    state.deadlines.remove(lease.deadline);
  }
  // A pending task whose id was leased directly may be taken again.
  const task = state.tasks.get(lease.taskId);
  if (task?.status === "pending") {
    state.freed.add(task);
  }
}

/** The store is served again: every lease has its full time before it. */
export function refreshLeases(state: State, now: Now): void {
  for (const lease of state.leases.values()) {
    extendLease(state, lease, now);
  }
}
