// Elections: one leader per group, candidates in the order in which they came, and a term that grows with each change.
import type { Now } from "@x/core/service";
import { type CommandOf, done, type Replies } from "./model/commands.ts";
import { checkText, limits } from "./model/limits.ts";
import type { KeeperRecord } from "./model/records.ts";
import { isRefusal, type Refusal } from "./model/refusal.ts";
import { type Agent, type Election, publish, type State } from "./model/state.ts";
import { viewElection } from "./model/state-views.ts";
import type { KeeperTurn } from "./model/turn.ts";
import type { BusEvent, ElectionView } from "./model/views.ts";
import { actingAgent } from "./registry.ts";

export function campaign(
  state: State,
  command: CommandOf<"campaign">,
  turn: KeeperTurn,
): Replies["campaign"] | Refusal {
  const { group } = command;
  const agent = candidate(state, command);
  if (isRefusal(agent)) {
    return agent;
  }
  if (!agent.groups.has(group)) {
    const leader = state.elections.get(group)?.leaderAgentId ?? "";
    if (leader === "") {
      turn.emit({ type: "leader.changed", group, leaderAgentId: agent.agentId });
    } else {
      turn.emit({ type: "candidate.joined", group, agentId: agent.agentId });
    }
  }
  return { election: electionOf(state, group) };
}

export function resign(
  state: State,
  command: CommandOf<"resign">,
  turn: KeeperTurn,
): Replies["resign"] | Refusal {
  const { group } = command;
  const agent = candidate(state, command);
  if (isRefusal(agent)) {
    return agent;
  }
  const election = state.elections.get(group);
  if (election?.leaderAgentId === agent.agentId) {
    turn.emit({ type: "leader.changed", group, leaderAgentId: election.candidates[0] ?? "" });
  } else if (agent.groups.has(group)) {
    turn.emit({ type: "candidate.left", group, agentId: agent.agentId });
  }
  return done;
}

function candidate(state: State, command: CommandOf<"campaign" | "resign">): Agent | Refusal {
  return checkText("group", command.group, limits.group) ?? actingAgent(state, command.agentId);
}

function electionOf(state: State, group: string): ElectionView {
  const election = state.elections.get(group);
  return election === undefined
    ? { group, leaderAgentId: "", term: 0, electedAt: undefined }
    : viewElection(election);
}

type ElectionRecord = Extract<KeeperRecord, { type: "leader.changed" | `candidate.${string}` }>;

export function applyElection(state: State, record: ElectionRecord, now: Now): BusEvent | undefined {
  const { group } = record;
  const election = state.elections.get(group) ?? newElection(group, state.elections.size + 1);
  state.elections.set(group, election);
  switch (record.type) {
    case "candidate.joined":
      election.candidates.push(record.agentId);
      state.agents.get(record.agentId)?.groups.add(group);
      return undefined;
    case "candidate.left":
      election.candidates = election.candidates.filter((agentId) => agentId !== record.agentId);
      state.agents.get(record.agentId)?.groups.delete(group);
      return undefined;
    case "leader.changed": {
      const { leaderAgentId } = record;
      state.agents.get(election.leaderAgentId)?.groups.delete(group);
      state.agents.get(leaderAgentId)?.groups.add(group);
      election.candidates = election.candidates.filter((agentId) => agentId !== leaderAgentId);
      election.leaderAgentId = leaderAgentId;
      election.term += 1;
      election.electedAt = leaderAgentId === "" ? undefined : now.wall;
      election.latest = publish(state, now, { topic: "leader.changed", election: viewElection(election) });
      return election.latest;
    }
  }
}

function newElection(group: string, ordinal: number): Election {
  return {
    group,
    ordinal,
    leaderAgentId: "",
    term: 0,
    electedAt: undefined,
    candidates: [],
    latest: undefined,
  };
}
