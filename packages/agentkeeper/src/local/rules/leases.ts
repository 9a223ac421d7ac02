// Leases: at most one agent holds a key, for a time, under a token that only ever grows.
import type { deferred, Now } from "@x/core/service";
import { forgetGrant, inTheWay, obstacleTo, type WantedLease, waitInLine } from "./lease-queue.ts";
import { type CommandOf, done, type Replies } from "./model/commands.ts";
import { checkLength, checkText, checkTtl, checkWait, firstRefusal, limits } from "./model/limits.ts";
import type { KeeperRecord } from "./model/records.ts";
import { isRefusal, type Refusal, refuse } from "./model/refusal.ts";
import { armDeadline, type Due, forgetClaimRequest, type Lease, publish, type State } from "./model/state.ts";
import { viewLease } from "./model/state-views.ts";
import type { KeeperTurn } from "./model/turn.ts";
import type { BusEvent } from "./model/views.ts";
import { actingAgent } from "./registry.ts";
import { loseClaim } from "./tasks.ts";
import { checkNotWithdrawn } from "./withdrawn.ts";

export function acquireLease(
  state: State,
  command: CommandOf<"acquireLease">,
  turn: KeeperTurn,
): Replies["acquireLease"] | Refusal | typeof deferred {
  const { taskId, agentId, requestId = "", waitMs = 0, lockDelayMs = 0 } = command;
  const refusal = firstRefusal(
    checkText("task_id", taskId, limits.taskId),
    checkText("agent_id", agentId, limits.agentId),
    checkLength("request_id", requestId, limits.requestId),
    checkTtl(command.ttlSeconds, limits.leaseTtlSeconds),
    checkLockDelay(lockDelayMs),
    checkWait(waitMs),
    checkNotWithdrawn(state, requestId, turn.now),
  );
  if (refusal !== undefined) {
    return refusal;
  }
  const agent = actingAgent(state, agentId);
  if (isRefusal(agent)) {
    return agent;
  }
  const ttlSeconds = command.ttlSeconds || limits.leaseTtlSecondsDefault;
  const wanted: WantedLease = { taskId, agentId, ttlSeconds, lockDelayMs, requestId };
  const held = state.leases.get(taskId);
  if (held?.agentId === agentId) {
    return reacquire(state, held, wanted, turn);
  }
  const obstacle = obstacleTo(state, taskId, agentId, turn.now);
  if (obstacle === undefined) {
    const lease = viewLease(state, grantLease(state, wanted, turn));
    return { acquired: true, lease, alreadyHeld: false, retryAfterMs: undefined };
  }
  return waitMs > 0 ? waitInLine(state, wanted, waitMs, turn) : inTheWay(obstacle);
}

/** The holder asks again: the same grant with a fresh time, or, for a repeated request, the very first answer. */
export function reacquire(
  state: State,
  held: Lease,
  wanted: WantedLease,
  turn: KeeperTurn,
): Replies["acquireLease"] {
  const { taskId, ttlSeconds, lockDelayMs = 0, requestId = "" } = wanted;
  if (requestId !== "" && requestId === held.requestId) {
    return { acquired: true, lease: viewLease(state, held), alreadyHeld: false, retryAfterMs: undefined };
  }
  turn.emit({ type: "lease.renewed", taskId, ttlSeconds, ...(lockDelayMs > 0 ? { lockDelayMs } : {}) });
  return { acquired: true, lease: viewLease(state, held), alreadyHeld: true, retryAfterMs: undefined };
}

function checkLockDelay(lockDelayMs: number): Refusal | undefined {
  if (lockDelayMs >= 0 && lockDelayMs <= limits.lockDelayMs) {
    return undefined;
  }
  return refuse("TTL_OUT_OF_RANGE", `lock_delay must be 0 to ${limits.lockDelayMs / 1_000} s`, {
    field: "lock_delay",
  });
}

/** Grants a free key under the next token. */
export function grantLease(state: State, wanted: WantedLease, turn: KeeperTurn): Lease {
  const { taskId, agentId, ttlSeconds, lockDelayMs = 0, requestId = "" } = wanted;
  turn.emit({
    type: "lease.acquired",
    taskId,
    agentId,
    token: state.token + 1,
    ttlSeconds,
    ...(lockDelayMs > 0 ? { lockDelayMs } : {}),
    ...(requestId === "" ? {} : { requestId }),
  });
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
  const { taskId } = lease;
  turn.emit({ type: "lease.released", taskId });
  // A claim is a lease; when the lease goes, the task waits again.
  if (state.tasks.get(taskId)?.status === "claimed") {
    turn.emit({
      type: "task.requeued",
      id: taskId,
      reason: "claim released",
      countsAsRetry: false,
      to: "back",
    });
  }
  return done;
}

/** Time has passed a lease's deadline. */
export function expireLease(
  state: State,
  lease: Lease,
  turn: KeeperTurn,
  rules: { readonly finishedRetention: number },
): void {
  turn.emit({ type: "lease.expired", taskId: lease.taskId });
  const task = state.tasks.get(lease.taskId);
  if (task?.status === "claimed") {
    loseClaim(state, task, "claim expired", turn, rules.finishedRetention);
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
    const { agentId, token, ttlSeconds, lockDelayMs = 0, requestId = "" } = record;
    const lease: Lease = {
      taskId,
      agentId,
      token,
      acquiredAt: now.wall,
      ttlSeconds,
      expiresAt: now.wall,
      pausedMsAtRenewal: 0,
      lockDelayMs,
      deadline: undefined,
      requestId,
      renewed: false,
      grantTicket: undefined,
    };
    unlock(state, taskId);
    raiseFence(state, taskId, token);
    if (requestId !== "") {
      state.grantRequests.set(requestId, lease);
    }
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
      lease.lockDelayMs = record.lockDelayMs ?? lease.lockDelayMs;
      lease.renewed = true;
      forgetGrant(state, lease);
      forgetClaimRequestOf(state, taskId);
      extendLease(state, lease, now);
      break;
    case "lease.expired":
      endLease(state, lease);
      lock(state, lease, now);
      break;
    case "lease.released":
      endLease(state, lease);
      if (record.holderDied === true) {
        lock(state, lease, now);
      }
      break;
  }
  return publish(state, now, { topic: record.type, lease: viewLease(state, lease) });
}

/** Whoever renews a claim knows of it. */
function forgetClaimRequestOf(state: State, taskId: string): void {
  const task = state.tasks.get(taskId);
  if (task !== undefined) {
    forgetClaimRequest(state, task);
  }
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
  forgetGrant(state, lease);
  keyIsFree(state, lease.taskId);
}

/** Others keep away from the key for as long as its last holder asked for. */
function lock(state: State, lease: Lease, now: Now): void {
  const { taskId, lockDelayMs } = lease;
  if (lockDelayMs > 0) {
    const due: Due = { kind: "unlock", taskId };
    const deadline = armDeadline(state, due, undefined, now, lockDelayMs / 1_000);
    state.locked.set(taskId, { last: viewLease(state, lease), delayMs: lockDelayMs, deadline });
  }
}

function unlock(state: State, taskId: string): void {
  const locked = state.locked.get(taskId);
  if (locked !== undefined) {
    state.deadlines.remove(locked.deadline);
    state.locked.delete(taskId);
  }
}

/** Whoever waits for the key, in line or as the claimer of a task of that id, is looked at after the command. */
function keyIsFree(state: State, taskId: string): void {
  if (state.leaseWaiters.has(taskId)) {
    state.freedKeys.add(taskId);
  }
  const task = state.tasks.get(taskId);
  if (task?.status === "pending") {
    state.freed.add(task);
  }
}

/** How many keys are remembered with their highest token. */
const fencesKept = 100_000;

function raiseFence(state: State, taskId: string, token: number): void {
  state.fences.set(taskId, token);
  const { oldest } = state.fences;
  if (oldest !== undefined && state.fences.size > fencesKept) {
    const [itsKey, itsToken] = oldest;
    state.fences.delete(itsKey);
    state.forgottenFence = Math.max(state.forgottenFence, itsToken);
  }
}

/** The lock delay of a key is over. */
export function applyUnlock(state: State, taskId: string): void {
  unlock(state, taskId);
  keyIsFree(state, taskId);
}

/** The store is served again: every lease has its full time before it. */
export function refreshLeases(state: State, now: Now): void {
  for (const lease of state.leases.values()) {
    extendLease(state, lease, now);
  }
  for (const [taskId, locked] of state.locked) {
    locked.deadline = armDeadline(
      state,
      { kind: "unlock", taskId },
      locked.deadline,
      now,
      locked.delayMs / 1_000,
    );
  }
}
