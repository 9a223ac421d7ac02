// The rules of AgentKeeper as one state machine: which concept decides a command, and which applies a record.
import type { Machine, Now, Ticket } from "@x/core/service";
import { claimTask, endClaimWait, matchFreedTasks, matchWaitersOf, withdrawClaim } from "./claims.ts";
import { deregister, miss } from "./death.ts";
import { applyElection, campaign, resign } from "./elections.ts";
import { applyPolicy, checkPolicy, deletePolicy, listPolicies, setPolicy } from "./entitlements.ts";
import { endLeaseWait, type KeyTaking, matchFreedKeys, withdrawLeaseWait } from "./lease-queue.ts";
import {
  acquireLease,
  applyLease,
  applyUnlock,
  expireLease,
  grantLease,
  reacquire,
  refreshLeases,
  releaseLease,
  renewLease,
} from "./leases.ts";
import type { KeeperRecord } from "./model/records.ts";
import { createState, type Due, type State } from "./model/state.ts";
import type { KeeperTurn, KeeperTypes } from "./model/turn.ts";
import type { BusEvent } from "./model/views.ts";
import {
  batchCheckPolicy,
  findScored,
  getElection,
  getLease,
  getPolicy,
  listAgents,
  listElections,
  listLeases,
  listTaskPage,
  validateFence,
} from "./reads.ts";
import { registerAgent } from "./registration.ts";
import { applyRegistry, find, getAgent, heartbeat, register, reviveAgents } from "./registry.ts";
import { restoreState, sizeOf, snapshotState } from "./state-snapshot.ts";
import { applyTask, cancelTask, completeTask, createTask, failTask, getTask, listTasks } from "./tasks.ts";
import { withdraw } from "./withdraw.ts";

/** What an operator may choose about the rules. */
export interface KeeperRules {
  /** Refuse a second live agent of the same name. */
  readonly uniqueNames: boolean;
  /** How many records of dead agents are kept. */
  readonly deadRetention: number;
  /** How many finished tasks are kept. */
  readonly finishedRetention: number;
}

export const defaultRules: KeeperRules = {
  uniqueNames: false,
  deadRetention: 10_000,
  finishedRetention: 10_000,
};

export type KeeperMachine = Machine<KeeperTypes>;

export function createMachine(rules: KeeperRules = defaultRules): KeeperMachine {
  return {
    create: createState,

    commands: {
      register: (state, command, turn) => register(state, command, turn, rules),
      registerAgent: (state, command, turn) => registerAgent(state, command, turn, rules),
      listAgents,
      findScored,
      heartbeat(state, command, turn) {
        const wasUnreachable = state.agents.get(command.agentId)?.status === "unreachable";
        const reply = heartbeat(state, command, turn);
        const agent = state.agents.get(command.agentId);
        if (wasUnreachable && agent !== undefined) {
          matchWaitersOf(state, agent, turn);
        }
        return reply;
      },
      deregister: (state, command, turn) => deregister(state, command, turn, rules),
      getAgent,
      find,
      acquireLease,
      getLease,
      listLeases,
      validateFence,
      renewLease,
      releaseLease,
      campaign,
      resign,
      getElection,
      listElections,
      getPolicy,
      batchCheckPolicy,
      setPolicy,
      deletePolicy,
      listPolicies,
      checkPolicy,
      createTask,
      claimTask,
      withdraw: (state, command, turn) => withdraw(state, command, turn, rules),
      cancelTask: (state, command, turn) => cancelTask(state, command, turn, rules.finishedRetention),
      listTaskPage,
      completeTask: (state, command, turn) => completeTask(state, command, turn, rules.finishedRetention),
      failTask: (state, command, turn) => failTask(state, command, turn, rules.finishedRetention),
      getTask,
      listTasks,
    },

    expire(state: State, turn: KeeperTurn): void {
      for (;;) {
        const next = state.deadlines.peek();
        if (next === undefined || next.at + state.pausedMs > turn.now.mono) {
          break;
        }
        fallDue(state, next.value, turn, rules);
      }
    },

    cancel(state: State, ticket: Ticket, turn: KeeperTurn): void {
      withdrawClaim(state, ticket, turn);
      withdrawLeaseWait(state, ticket, turn);
    },

    // Only after all that has freed something is it known who is still there to take it.
    followUp: matchFreed,

    nextDeadline(state: State): number {
      const next = state.deadlines.peek();
      return next === undefined ? Number.POSITIVE_INFINITY : next.at + state.pausedMs;
    },

    pause: (byMs: number) => ({ type: "clock.paused", byMs }),
    corrected: (byMs: number) => ({ type: "clock.corrected", byMs }),
    restarted: () => ({ type: "store.restarted" }),
    apply,
    snapshot: snapshotState,
    restore: restoreState,
    size: sizeOf,
    // A restart must be able to show the events that watches may still ask for.
    mark: (state) => state.sequence,
  };
}

/** The first record of a new store. Tokens start from the clock, so that they grow over stores without a disk too. */
export function genesis(logId: string, seconds: number): KeeperRecord {
  return { type: "store.created", logId, tokenBase: tokensFrom(seconds) };
}

/** The record of a store that was put back from a copy. */
export function restored(logId: string, seconds: number): KeeperRecord {
  return { type: "store.restored", logId, tokenBase: tokensFrom(seconds) };
}

const tokensFrom = (seconds: number): number => seconds * 2 ** 20;

function keyTaking(state: State, turn: KeeperTurn): KeyTaking {
  return {
    grant: (wanted) => grantLease(state, wanted, turn),
    reacquire: (held, wanted) => reacquire(state, held, wanted, turn),
  };
}

/** Keys go to those in line before tasks of the same ids go to claimers. */
function matchFreed(state: State, turn: KeeperTurn): void {
  if (state.freedKeys.size > 0) {
    matchFreedKeys(state, turn, keyTaking(state, turn));
  }
  matchFreedTasks(state, turn);
}

function fallDue(state: State, due: Due, turn: KeeperTurn, rules: KeeperRules): void {
  switch (due.kind) {
    case "agent":
      miss(state, due.agent, turn, rules);
      break;
    case "lease":
      expireLease(state, due.lease, turn, rules);
      break;
    case "unlock":
      turn.emit({ type: "key.unlocked", taskId: due.taskId });
      break;
    case "claim wait":
      endClaimWait(state, due.waiter, turn);
      break;
    case "lease wait":
      endLeaseWait(state, due.waiter, turn, keyTaking(state, turn));
      break;
  }
}

/** Timestamps never fall within a store, also where the wall clock was corrected. */
function apply(state: State, record: KeeperRecord, { mono, wall }: Now): BusEvent | undefined {
  if (record.type === "clock.corrected") {
    moveTimes(state, Math.max(0, Math.min(record.byMs, wall - state.newestWall)));
  }
  state.newestWall = Math.max(state.newestWall, wall);
  return applyAt(state, record, { mono, wall: state.newestWall });
}

/** Timestamps have leapt: what counts from one, or is told to end at one, leaps with them. */
function moveTimes(state: State, byMs: number): void {
  for (const lease of state.leases.values()) {
    lease.expiresAt += byMs;
  }
  for (const memory of [state.requests, state.taskKeys]) {
    for (const [key, remembered] of [...memory]) {
      memory.set(key, { ...remembered, rememberedAt: remembered.rememberedAt + byMs });
    }
  }
}

function applyAt(state: State, record: KeeperRecord, now: Now): BusEvent | undefined {
  switch (record.type) {
    case "store.created":
      state.logId = record.logId;
      state.token = record.tokenBase;
      return undefined;
    case "store.restored":
      state.logId = record.logId;
      state.token = Math.max(state.token, record.tokenBase);
      return undefined;
    case "store.restarted":
      state.pausedMs = 0;
      reviveAgents(state, now);
      refreshLeases(state, now);
      return undefined;
    case "clock.paused":
      state.pausedMs += record.byMs;
      return undefined;
    case "clock.corrected":
      return undefined;
    case "agent.registered":
    case "agent.unreachable":
    case "agent.recovered":
    case "agent.died":
    case "agent.forgotten":
      return applyRegistry(state, record, now);
    case "lease.acquired":
    case "lease.renewed":
    case "lease.expired":
    case "lease.released":
      return applyLease(state, record, now);
    case "key.unlocked":
      applyUnlock(state, record.taskId);
      return undefined;
    case "candidate.joined":
    case "candidate.left":
    case "leader.changed":
      return applyElection(state, record, now);
    case "policy.set":
    case "policy.deleted":
      return applyPolicy(state, record, now);
    case "task.created":
    case "task.claimed":
    case "task.completed":
    case "task.requeued":
    case "task.dead":
    case "task.forgotten":
      return applyTask(state, record, now);
  }
}
