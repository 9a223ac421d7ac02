// What a state says of itself twice must agree: counters, indexes, deadlines and the links between things.
import type { State } from "../../../src/local/rules/model/state.ts";
import { demand, type Ledger } from "./ledger.ts";

export function checkState(state: State, ledger: Ledger): void {
  checkCounters(state);
  checkDeadlines(state);
  checkLinks(state);
  checkNobodyWaitsInVain(state);
  checkNobodyStandsInVain(state);
  checkAgainstLog(state, ledger);
}

const equal = (found: unknown, expected: unknown, what: string): void =>
  demand(Object.is(found, expected), "J5", `${what} is ${String(found)}, counted anew ${String(expected)}`);

function checkCounters(state: State): void {
  const { agentCounts, taskCounts } = state;
  const agents = [...state.agents.values()];
  const tasks = [...state.tasks.values()];
  for (const status of ["alive", "unreachable", "dead"] as const) {
    equal(agentCounts[status], agents.filter((agent) => agent.status === status).length, `agents ${status}`);
  }
  for (const status of ["pending", "claimed", "completed", "dead"] as const) {
    equal(taskCounts[status], tasks.filter((task) => task.status === status).length, `tasks ${status}`);
  }
  equal(state.pending.size, taskCounts.pending, "the length of the queue");
  equal(state.finished.size, taskCounts.completed + taskCounts.dead, "the number of finished tasks");
  equal(state.dead.size, agentCounts.dead, "the number of the dead");
  equal(state.ranking.size, state.agents.size, "the number of agents that are ranked");
  equal(state.policyIndex.size, state.policies.size, "the number of indexed policies");
  // A replay sets all pending tasks free, at a time when nobody can be waiting.
  demand(state.freed.size === 0 || state.waiters.size === 0, "K5", "free tasks were left unmatched");
}

function checkDeadlines(state: State): void {
  let armed = 0;
  for (const agent of state.agents.values()) {
    const { deadline, status } = agent;
    demand((deadline === undefined) === (status === "dead"), "T1", `${agent.agentId} has a wrong deadline`);
    if (deadline !== undefined) {
      armed += 1;
      demand(
        deadline.value.kind === "agent" && deadline.value.agent === agent,
        "T1",
        "a stranger's deadline",
      );
    }
  }
  for (const lease of state.leases.values()) {
    armed += 1;
    const due = lease.deadline?.value;
    demand(due?.kind === "lease" && due.lease === lease, "L10", `${lease.taskId} has a wrong deadline`);
  }
  for (const [key, { deadline }] of state.locked) {
    armed += 1;
    const due = deadline.value;
    demand(due.kind === "unlock" && due.taskId === key, "X5", `the lock of ${key} has a wrong deadline`);
    demand(!state.leases.has(key), "X5", `${key} is held and locked`);
  }
  for (const { deadline } of [...state.waiters.values(), ...state.leaseTickets.values()]) {
    armed += deadline === undefined ? 0 : 1;
  }
  equal(state.deadlines.size, armed, "the number of deadlines");
}

function checkLinks(state: State): void {
  for (const agent of state.agents.values()) {
    const { agentId } = agent;
    const leases = [...state.leases.values()].filter((lease) => lease.agentId === agentId);
    equal(agent.leases.size, leases.length, `the number of leases of ${agentId}`);
    demand(
      leases.every(({ taskId }) => agent.leases.has(taskId)),
      "L1",
      `a lease is not with ${agentId}`,
    );
    demand(agent.status !== "dead" || leases.length === 0, "J5", `${agentId} is dead and holds leases`);
    const groups = [...state.elections.values()].filter(
      ({ leaderAgentId, candidates }) => leaderAgentId === agentId || candidates.includes(agentId),
    );
    equal(agent.groups.size, groups.length, `the number of groups of ${agentId}`);
    demand(agent.status !== "dead" || groups.length === 0, "J3", `${agentId} is dead and a candidate`);
  }
  for (const election of state.elections.values()) {
    const members = [election.leaderAgentId, ...election.candidates];
    equal(new Set(members).size, members.length, `the number of members of ${election.group}`);
  }
  const lines = [...state.leaseWaiters.values()].flat();
  equal(lines.length, state.leaseTickets.size, "the number of calls in line");
  demand(
    lines.every((waiter) => state.leaseTickets.get(waiter.ticket) === waiter),
    "X5",
    "a call is in line and not known",
  );
  for (const [ticket, lease] of state.grantTickets) {
    demand(state.leases.get(lease.taskId) === lease, "X5", `a lease that has ended could be given back`);
    equal(lease.grantTicket, ticket, `the call that got ${lease.taskId}`);
  }
  for (const { taskId, token } of state.leases.values()) {
    equal(state.fences.get(taskId), token, `the fence of ${taskId}`);
  }
  for (const task of state.tasks.values()) {
    const holder = state.leases.get(task.id)?.agentId;
    demand(task.status !== "claimed" || holder === task.claimedByAgentId, "K7", `${task.id} has no lease`);
    demand(task.retryCount <= task.maxRetries, "J4", `${task.id} was retried too often`);
  }
}

/** No ALIVE agent waits while a task is there that it may have. */
function checkNobodyWaitsInVain(state: State): void {
  for (const { agentId } of state.waiters.values()) {
    const agent = state.agents.get(agentId);
    demand(agent !== undefined && agent.status !== "dead", "K6", `${agentId} waits and is dead`);
    for (const task of state.tasks.values()) {
      const holder =
        state.leases.get(task.id)?.agentId ?? state.locked.get(task.id)?.last.holderAgentId ?? agentId;
      const fits = task.requiredTools.every((tool) => agent.tools.has(tool)) && holder === agentId;
      demand(
        agent.status !== "alive" || task.status !== "pending" || !fits,
        "K5",
        `${agentId} waits while ${task.id} is there`,
      );
    }
  }
}

/** Nobody is in line for a key that it could have, or holds. */
function checkNobodyStandsInVain(state: State): void {
  demand(state.freedKeys.size === 0, "X5", "free keys were left unmatched");
  for (const { taskId, agentId } of state.leaseTickets.values()) {
    demand(state.agents.get(agentId)?.status !== "dead", "X5", `${agentId} is in line and dead`);
    const held = state.leases.get(taskId);
    const locked = state.locked.get(taskId);
    demand(
      held === undefined
        ? locked !== undefined && locked.last.holderAgentId !== agentId
        : held.agentId !== agentId,
      "X5",
      `${agentId} is in line for ${taskId}, which it could have`,
    );
  }
}

/** What the events told, the state says, and nothing is lost. */
function checkAgainstLog(state: State, ledger: Ledger): void {
  equal(state.tasks.size, ledger.tasks.size, "the number of tasks");
  for (const [id, { status, by, retries }] of ledger.tasks) {
    const task = state.tasks.get(id);
    demand(
      task?.status === status && task.claimedByAgentId === by && task.retryCount === retries,
      "J4",
      `${id} is told to be ${status} by ${by} and is ${task?.status} by ${task?.claimedByAgentId}`,
    );
  }
  equal(state.leases.size, ledger.leases.size, "the number of leases");
  for (const [key, { holder, token }] of ledger.leases) {
    const lease = state.leases.get(key);
    demand(lease?.agentId === holder && lease.token === token, "J1", `${key} is told to be with ${holder}`);
  }
  for (const [agentId, { status }] of ledger.agents) {
    equal(state.agents.get(agentId)?.status, status, `the status of ${agentId}`);
  }
  for (const [name, { leader, term, waiting }] of ledger.groups) {
    const group = state.elections.get(name);
    equal(group?.leaderAgentId ?? "", leader, `the leader of ${name}`);
    equal(group?.term ?? 0, term, `the term of ${name}`);
    equal(group?.candidates.join(" ") ?? "", waiting.join(" "), `the candidates of ${name}`);
  }
}
