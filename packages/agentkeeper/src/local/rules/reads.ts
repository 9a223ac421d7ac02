// The additive reads: details, lists in pages, scores, and checks of many policies against one state.

import type { CommandOf, Page, Replies } from "./model/commands.ts";
import { checkSearch, checkText, firstRefusal, limits } from "./model/limits.ts";
import { pageOf } from "./model/paging.ts";
import { type Refusal, refuse } from "./model/refusal.ts";
import { type Agent, agentPlace, electionPlace, leasePlace, type State, taskPlace } from "./model/state.ts";
import {
  viewAgent,
  viewAgentDetail,
  viewElectionDetail,
  viewLeaseDetail,
  viewTaskDetail,
} from "./model/state-views.ts";
import type { AgentDetailView, ElectionDetailView, LeaseDetailView, TaskDetailView } from "./model/views.ts";

export function listAgents(
  state: State,
  { statuses, namePrefix, page }: CommandOf<"listAgents">,
): Page<AgentDetailView> | Refusal {
  return pageOf(
    {
      name: "agents",
      source: state.agents,
      placeOf: agentPlace,
      matches: (agent) =>
        (statuses.length === 0 || statuses.includes(agent.status)) && agent.card.name.startsWith(namePrefix),
      view: viewAgentDetail,
      sizeOf: ({ agent: { card } }) => 256 + Buffer.byteLength(JSON.stringify(card)),
      sequence: state.sequence,
    },
    page,
  );
}

export function findScored(state: State, command: CommandOf<"findScored">): Replies["findScored"] | Refusal {
  const { query, tools, statuses, metadata, minScore } = command;
  const refusal = checkSearch(query, tools, command.limit);
  if (refusal !== undefined) {
    return refusal;
  }
  const limit = command.limit || limits.findLimitDefault;
  const entries = Object.entries(metadata);
  const fits = (agent: Agent): boolean =>
    tools.every((tool) => agent.tools.has(tool)) &&
    entries.every(([key, value]) => agent.card.metadata[key] === value);
  // Rarity of words is counted among the agents that are searched: the live ones by default.
  const wanted: readonly string[] = statuses.length === 0 ? ["alive"] : statuses;
  const ranked = state.ranking.search(query, {
    among: ({ status }) => wanted.includes(status),
    accept: fits,
    limit,
  });
  const matches = ranked.filter(({ score }) => score >= minScore);
  return { matches: matches.map(({ agent, score }) => ({ agent: viewAgent(agent), score })) };
}

export function getLease(state: State, { taskId }: CommandOf<"getLease">): Replies["getLease"] | Refusal {
  const refusal = checkText("task_id", taskId, limits.taskId);
  if (refusal !== undefined) {
    return refusal;
  }
  const lease = state.leases.get(taskId);
  return lease === undefined
    ? refuse("LEASE_NOT_HELD", `nobody holds a lease on ${taskId}`, { task_id: taskId })
    : { detail: viewLeaseDetail(state, lease) };
}

export function listLeases(
  state: State,
  { taskIdPrefix, holderAgentId, page }: CommandOf<"listLeases">,
): Page<LeaseDetailView> | Refusal {
  return pageOf(
    {
      name: "leases",
      source: state.leases,
      placeOf: leasePlace,
      matches: (lease) =>
        lease.taskId.startsWith(taskIdPrefix) && (holderAgentId === "" || lease.agentId === holderAgentId),
      view: (lease) => viewLeaseDetail(state, lease),
      sequence: state.sequence,
    },
    page,
  );
}

export function validateFence(
  state: State,
  { taskId, token }: CommandOf<"validateFence">,
): Replies["validateFence"] | Refusal {
  const refusal = checkText("task_id", taskId, limits.taskId);
  if (refusal !== undefined) {
    return refusal;
  }
  const currentToken = state.fences.get(taskId) ?? 0;
  return { current: currentToken !== 0 && BigInt(currentToken) === token, currentToken };
}

export function getElection(
  state: State,
  { group }: CommandOf<"getElection">,
): Replies["getElection"] | Refusal {
  const refusal = checkText("group", group, limits.group);
  if (refusal !== undefined) {
    return refusal;
  }
  const election = state.elections.get(group);
  return election === undefined
    ? refuse("ELECTION_NOT_FOUND", `nobody has ever campaigned for ${group}`, { group })
    : { detail: viewElectionDetail(election) };
}

export function listElections(
  state: State,
  { groupPrefix, page }: CommandOf<"listElections">,
): Page<ElectionDetailView> | Refusal {
  return pageOf(
    {
      name: "elections",
      source: state.elections,
      placeOf: electionPlace,
      matches: (election) => election.group.startsWith(groupPrefix),
      view: viewElectionDetail,
      sizeOf: ({ candidateAgentIds }) => 1_200 + 40 * candidateAgentIds.length,
      sequence: state.sequence,
    },
    page,
  );
}

export function getPolicy(state: State, { id }: CommandOf<"getPolicy">): Replies["getPolicy"] | Refusal {
  const refusal = checkText("id", id, limits.policyField);
  if (refusal !== undefined) {
    return refusal;
  }
  const policy = state.policies.get(id);
  return policy === undefined ? refuse("POLICY_NOT_FOUND", `no policy has the id ${id}`, { id }) : { policy };
}

export function batchCheckPolicy(
  state: State,
  { checks }: CommandOf<"batchCheckPolicy">,
): Replies["batchCheckPolicy"] | Refusal {
  const refusal =
    checks.length > limits.batchChecks
      ? refuse("LIMIT_OUT_OF_RANGE", `at most ${limits.batchChecks} checks at once`, {
          field: "checks",
          limit: String(limits.batchChecks),
        })
      : firstRefusal(
          ...checks.flatMap((check) =>
            (["subject", "action", "resource"] as const).map((field) =>
              checkText(`checks.${field}`, check[field], limits.policyField),
            ),
          ),
        );
  if (refusal !== undefined) {
    return refusal;
  }
  const results = checks.map(({ subject, action, resource }) =>
    state.policyIndex.check(subject, action, resource),
  );
  return { results, sequence: state.sequence };
}

export function listTaskPage(
  state: State,
  { statuses, taskType, withData, page }: CommandOf<"listTaskPage">,
): Page<TaskDetailView> | Refusal {
  return pageOf(
    {
      name: "tasks",
      source: state.tasks,
      placeOf: taskPlace,
      matches: (task) =>
        (statuses.length === 0 || statuses.includes(task.status)) &&
        (taskType === "" || task.type === taskType),
      view(task) {
        const detail = viewTaskDetail(state, task, false);
        return withData ? detail : { ...detail, task: { ...detail.task, input: noBytes, output: noBytes } };
      },
      sizeOf: ({ task }) =>
        1_024 +
        task.input.length +
        task.output.length +
        260 * task.requiredTools.length +
        task.failureReason.length * 3,
      sequence: state.sequence,
    },
    page,
  );
}

const noBytes = new Uint8Array(0);
