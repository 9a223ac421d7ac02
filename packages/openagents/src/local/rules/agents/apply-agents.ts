// What records bring about agents: registered, gone, able.
import type { Now } from "@x/core/service";
import type { AgentFacts } from "../model/entities.ts";
import type { RecordOf } from "../model/records.ts";
import { addAgent, homeOf, type State } from "../model/state.ts";
import { tellAble, tellConnected, tellDisconnected, tellKicked } from "../queues/announcements.ts";

export function applyRegistered(state: State, facts: AgentFacts, { mono, wall }: Now): void {
  const { id, group, capabilities } = facts;
  const before = state.agents.get(id);
  if (before === undefined) {
    addAgent(state, facts, mono);
  } else {
    before.facts = facts;
    before.seenMono = mono;
    state.dues.move(before.silence, mono + state.limits.agentTimeoutMs);
  }
  for (const { members } of homeOf(state).channels.values()) {
    members.add(id);
  }
  tellConnected(state, id, group, capabilities, wall);
}

export function applyRemoved(
  state: State,
  { agentId, reason, kick }: RecordOf<"agent.removed">,
  { wall }: Now,
): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) {
    return;
  }
  state.agents.delete(agentId);
  state.dues.remove(agent.silence);
  state.unlogged.delete(agent);
  state.woken.delete(agent);
  for (const { members } of homeOf(state).channels.values()) {
    members.delete(agentId);
  }
  tellDisconnected(state, agentId, reason, wall);
  if (kick !== undefined) {
    for (const [id, untilMs] of state.bans) {
      if (untilMs <= wall) {
        state.bans.delete(id);
      }
    }
    state.bans.set(agentId, kick.untilMs);
    tellKicked(state, agentId, kick.by, agent.facts.group, wall);
  }
}

export function applyAble(
  state: State,
  { agentId, capabilities }: RecordOf<"agent.able">,
  { wall }: Now,
): void {
  const agent = state.agents.get(agentId);
  if (agent !== undefined) {
    agent.facts = { ...agent.facts, capabilities };
    tellAble(state, agentId, capabilities, wall);
  }
}
