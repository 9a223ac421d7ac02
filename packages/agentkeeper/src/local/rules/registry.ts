// Agents: who is there, since when, and until when without a heartbeat.
import type { Now } from "@x/core/service";
import { type CommandOf, done, type Replies } from "./model/commands.ts";
import { checkCard, checkSearch, checkText, checkTtl, limits } from "./model/limits.ts";
import type { DeathCause, KeeperRecord } from "./model/records.ts";
import { isRefusal, type Refusal, refuse } from "./model/refusal.ts";
import { remember, requestKey, requestMemoryMs } from "./model/remembered.ts";
import { type Agent, armDeadline, deadlineSeconds, publish, type State } from "./model/state.ts";
import { viewAgent } from "./model/state-views.ts";
import type { KeeperTurn } from "./model/turn.ts";
import type { AgentStatusView, BusEvent } from "./model/views.ts";

/** The agent, or why it cannot act: unknown, or dead. */
export function actingAgent(state: State, agentId: string): Agent | Refusal {
  const refusal = checkText("agent_id", agentId, limits.agentId);
  if (refusal !== undefined) {
    return refusal;
  }
  const agent = state.agents.get(agentId);
  if (agent === undefined) {
    return refuse("AGENT_NOT_FOUND", `no agent ${agentId} is registered`, { agent_id: agentId });
  }
  if (agent.status === "dead") {
    return agentIsDead(agentId);
  }
  return agent;
}

export function agentIsDead(agentId: string): Refusal {
  return refuse("AGENT_DEAD", `agent ${agentId} is dead; register again`, { agent_id: agentId });
}

export function register(
  state: State,
  command: CommandOf<"register">,
  turn: KeeperTurn,
  rules: { readonly uniqueNames: boolean },
  /** Ends another agent for this one, once it is certain that nothing is refused, and answers its id. */
  replaceOther: () => string | undefined = () => undefined,
): Replies["register"] | Refusal {
  const { agentId, card, requestId = "" } = command;
  const refusal = checkCard(card) ?? checkTtl(command.ttlSeconds, limits.agentTtlSeconds);
  if (refusal !== undefined) {
    return refusal;
  }
  if (rules.uniqueNames && liveAgentNamed(state, card.name) !== undefined) {
    return nameTaken(card.name);
  }
  const ttlSeconds = command.ttlSeconds || limits.agentTtlSecondsDefault;
  const replacedAgentId = replaceOther();
  turn.emit({
    type: "agent.registered",
    agentId,
    card,
    ttlSeconds,
    ...(requestId === "" ? {} : { requestId }),
    ...(replacedAgentId === undefined ? {} : { replacedAgentId }),
  });
  return { agentId };
}

export function liveAgentNamed(state: State, name: string): Agent | undefined {
  for (const agent of state.agents.values()) {
    if (agent.status !== "dead" && agent.card.name === name) {
      return agent;
    }
  }
  return undefined;
}

export function nameTaken(name: string): Refusal {
  return refuse("NAME_TAKEN", `a live agent is already named ${name}`, { name });
}

export function heartbeat(
  state: State,
  command: CommandOf<"heartbeat">,
  turn: KeeperTurn,
): Replies["heartbeat"] | Refusal {
  const agent = actingAgent(state, command.agentId);
  if (isRefusal(agent)) {
    return agent;
  }
  if (agent.status === "unreachable") {
    turn.emit({ type: "agent.recovered", agentId: agent.agentId });
  } else {
    beat(state, agent, turn.now);
  }
  return done;
}

export function getAgent(state: State, command: CommandOf<"getAgent">): Replies["getAgent"] | Refusal {
  const { agentId } = command;
  const refusal = checkText("agent_id", agentId, limits.agentId);
  if (refusal !== undefined) {
    return refusal;
  }
  const agent = state.agents.get(agentId);
  return agent === undefined
    ? refuse("AGENT_NOT_FOUND", `no agent ${agentId} is registered`, { agent_id: agentId })
    : { agent: viewAgent(agent) };
}

export function find(state: State, command: CommandOf<"find">): Replies["find"] | Refusal {
  const refusal = checkSearch(command.query, command.tools, command.limit);
  if (refusal !== undefined) {
    return refusal;
  }
  const ranked = state.ranking.search(command.query, {
    among: ({ status }) => status === "alive",
    accept: ({ tools }) => command.tools.every((tool) => tools.has(tool)),
    limit: command.limit || limits.findLimitDefault,
  });
  return { agents: ranked.map(({ agent }) => viewAgent(agent)) };
}

function beat(state: State, agent: Agent, now: Now): void {
  agent.lastHeartbeatAt = now.wall;
  agent.deadline = armDeadline(state, { kind: "agent", agent }, agent.deadline, now, deadlineSeconds(agent));
}

function setStatus(state: State, agent: Agent, status: AgentStatusView): void {
  state.agentCounts[agent.status] -= 1;
  state.agentCounts[status] += 1;
  agent.status = status;
}

type RegistryRecord = Extract<KeeperRecord, { type: `agent.${string}` }>;

export function applyRegistry(state: State, record: RegistryRecord, now: Now): BusEvent | undefined {
  if (record.type === "agent.registered") {
    const { agentId, card, ttlSeconds, requestId, replacedAgentId } = record;
    state.lastAgentOrdinal += 1;
    const agent: Agent = {
      agentId,
      ordinal: state.lastAgentOrdinal,
      card,
      tools: new Set(card.tools),
      ttlSeconds,
      registeredAt: now.wall,
      status: "alive",
      lastHeartbeatAt: now.wall,
      deadline: undefined,
      leases: new Set(),
      groups: new Set(),
      deathCause: undefined,
      diedAt: undefined,
    };
    if (requestId !== undefined) {
      const did = { id: agentId, ...(replacedAgentId === undefined ? {} : { replacedAgentId }) };
      remember(state.requests, requestKey(requestId), did, now, requestMemoryMs);
    }
    state.agents.set(agentId, agent);
    state.agentCounts.alive += 1;
    state.ranking.add(agent);
    beat(state, agent, now);
    return publish(state, now, { topic: "agent.registered", agent: viewAgent(agent) });
  }
  const agent = state.agents.get(record.agentId);
  if (agent === undefined) {
    return undefined;
  }
  switch (record.type) {
    case "agent.unreachable":
      agent.lastHeartbeatAt = record.lastHeartbeatAt;
      setStatus(state, agent, "unreachable");
      extendAfterMiss(state, agent, now);
      return publish(state, now, { topic: record.type, agent: viewAgent(agent) });
    case "agent.recovered":
      setStatus(state, agent, "alive");
      beat(state, agent, now);
      return publish(state, now, { topic: record.type, agent: viewAgent(agent) });
    case "agent.died":
      agent.lastHeartbeatAt = record.lastHeartbeatAt;
      agent.diedAt = now.wall;
      setStatus(state, agent, "dead");
      bury(state, agent, record.cause);
      return publish(state, now, { topic: record.type, agent: viewAgent(agent) });
    case "agent.forgotten":
      state.dead.delete(agent.agentId);
      state.agents.delete(agent.agentId);
      state.ranking.remove(agent.agentId);
      state.agentCounts.dead -= 1;
      return undefined;
  }
}

/** The second deadline counts from the first one, not from when it was noticed. */
function extendAfterMiss(state: State, agent: Agent, now: Now): void {
  const seconds = deadlineSeconds(agent);
  if (agent.deadline === undefined) {
    agent.deadline = armDeadline(state, { kind: "agent", agent }, undefined, now, seconds);
  } else {
    state.deadlines.move(agent.deadline, agent.deadline.at + seconds * 1_000);
  }
}

function bury(state: State, agent: Agent, cause: DeathCause): void {
  agent.deathCause = cause;
  state.dead.add(agent.agentId);
  if (agent.deadline !== undefined) {
    state.deadlines.remove(agent.deadline);
    agent.deadline = undefined;
  }
  for (const group of agent.groups) {
    const election = state.elections.get(group);
    if (election !== undefined && election.leaderAgentId !== agent.agentId) {
      election.candidates = election.candidates.filter((candidate) => candidate !== agent.agentId);
      agent.groups.delete(group);
    }
  }
}

/** The store is served again: everyone who was not dead is given a full fresh time. */
export function reviveAgents(state: State, now: Now): void {
  for (const agent of state.agents.values()) {
    if (agent.status !== "dead") {
      if (agent.status === "unreachable") {
        setStatus(state, agent, "alive");
      }
      agent.deadline = armDeadline(
        state,
        { kind: "agent", agent },
        agent.deadline,
        now,
        deadlineSeconds(agent),
      );
    }
  }
}
