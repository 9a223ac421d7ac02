// Members of a workspace: they join with a session of their own, show that they are there, leave, or are removed.
import { onmTypes } from "../../../wire/names.ts";
import { onmAgent, onmCore } from "../../../wire/onm.ts";
import { isAgentId, removeAgent } from "../agents/registration.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import type { Member } from "../model/entities.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { memberTimeoutMs } from "../model/rule-options.ts";
import type { MemberState, State, Workspace } from "../model/state.ts";
import type { NetworkTurn } from "../model/turn.ts";
import { letIn, workspaceAt } from "./doors.ts";
import { emitWorkspaceEvent } from "./log-posts.ts";
import { isSessionOf, revoked } from "./sessions.ts";

const longestName = 64;

/** So many members a workspace has. */
const mostMembers = 10_000;

/** Control characters, and those that turn the direction of text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const hidden = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

export function isMemberName(name: string): boolean {
  return (
    name.length <= longestName &&
    name.trim() === name &&
    !hidden.test(name) &&
    !name.startsWith("human:") &&
    isAgentId(name)
  );
}

export function join(state: State, command: CommandOf<"join">, turn: NetworkTurn): Replies["join"] | Refusal {
  const { name, tokenHash, agentType, serverHost, workingDir, sessionHash, metadataText } = command;
  const workspace = workspaceToJoin(state, command.network, tokenHash);
  if ("refused" in workspace) {
    return workspace;
  }
  if (!isMemberName(name)) {
    return refuse("invalid_name", "Invalid agent_name");
  }
  const before = workspace.members.get(name)?.facts;
  if (before === undefined && workspace.members.size >= mostMembers) {
    return refuse("full", `A workspace takes ${mostMembers} members`);
  }
  const workspaceId = workspace.facts.id;
  if (workspaceId === state.homeId) {
    // The newest of two of one name wins, on whichever side it is.
    removeAgent(state, name, "disconnected", turn);
  }
  const member: Member = {
    name,
    role: before?.role ?? "member",
    agentType: agentType ?? before?.agentType ?? null,
    serverHost,
    workingDir,
    description: before?.description ?? null,
    metadata: metadataText,
    joinedMs: before?.joinedMs ?? turn.now.wall,
    sessionHash,
    online: true,
  };
  turn.emit({ type: "member.set", workspaceId, member, told: "connected" });
  emitWorkspaceEvent(state, workspace, turn, {
    type: onmTypes.join,
    source: onmAgent(name),
    target: onmCore,
    payload: JSON.stringify({ agent_name: name, agent_type: member.agentType ?? undefined }),
    metadata: JSON.stringify({ role: member.role, network_id: workspaceId }),
  });
  return { workspaceId, name, role: member.role };
}

function workspaceToJoin(state: State, network: string | null, tokenHash: string): Workspace | Refusal {
  if (network === null) {
    const found = state.workspaces.get(state.tokens.get(tokenHash) ?? "");
    return found ?? refuse("workspace_not_found", "Network not found");
  }
  const workspace = letIn(state, { network, tokenHash });
  return "refused" in workspace && workspace.refused === "bad_token"
    ? refuse("bad_token", "Invalid network token")
    : workspace;
}

export function beat(state: State, command: CommandOf<"beat">, turn: NetworkTurn): Replies["beat"] | Refusal {
  const workspace = letIn(state, command);
  if ("refused" in workspace) {
    return workspace;
  }
  const member = workspace.members.get(command.name);
  if (member === undefined) {
    return refuse("not_in_network", "Agent not in network");
  }
  if (!isSessionOf(state, workspace, member, command.sessionHash)) {
    return revoked;
  }
  member.seenMono = turn.now.mono;
  if (!member.facts.online) {
    turn.emit({
      type: "member.set",
      workspaceId: workspace.facts.id,
      member: { ...member.facts, online: true },
      told: "connected",
    });
  }
  return {};
}

export function leave(
  state: State,
  command: CommandOf<"leave">,
  turn: NetworkTurn,
): Replies["leave"] | Refusal {
  const workspace = letIn(state, command);
  if ("refused" in workspace) {
    return workspace;
  }
  const { name } = command;
  const member = workspace.members.get(name);
  if (member?.facts.online === true && isSessionOf(state, workspace, member, command.sessionHash)) {
    goOffline(workspace, member, "disconnected", turn);
    emitWorkspaceEvent(state, workspace, turn, {
      type: onmTypes.leave,
      source: onmAgent(name),
      target: onmCore,
      payload: JSON.stringify({ agent_name: name }),
    });
  }
  return {};
}

export function removeMember(
  state: State,
  command: CommandOf<"removeMember">,
  turn: NetworkTurn,
): Replies["removeMember"] | Refusal {
  const workspace = letIn(state, command);
  if ("refused" in workspace) {
    return workspace;
  }
  const { name } = command;
  const workspaceId = workspace.facts.id;
  if (workspaceId === state.homeId && state.agents.has(name)) {
    return refuse("not_yours", "an agent of the network is removed by an admin, with system.kick_agent");
  }
  const member = workspace.members.get(name);
  if (member === undefined) {
    return { newMaster: null };
  }
  turn.emit({ type: "member.removed", workspaceId, name, told: member.facts.online });
  const [oldest] = workspace.members.values();
  const isMasterless = member.facts.role === "master" && oldest !== undefined;
  if (isMasterless) {
    turn.emit({ type: "member.set", workspaceId, member: { ...oldest.facts, role: "master" } });
  }
  emitWorkspaceEvent(state, workspace, turn, {
    type: onmTypes.remove,
    source: onmAgent(name),
    target: onmCore,
    payload: JSON.stringify({ agent_name: name }),
  });
  return { newMaster: isMasterless ? oldest : null };
}

/** A member was to be silent for too long by now: it is offline, unless it was heard from. */
export function lapseDue(state: State, workspaceId: string, name: string, turn: NetworkTurn): void {
  const workspace = workspaceAt(state, workspaceId);
  const member = workspace?.members.get(name);
  if (workspace === undefined || member === undefined || !member.facts.online) {
    return;
  }
  const untilMono = member.seenMono + memberTimeoutMs;
  if (untilMono > turn.now.mono) {
    state.dues.move(member.lapse, untilMono);
  } else {
    turn.emit({
      type: "member.set",
      workspaceId,
      member: { ...member.facts, online: false },
      told: { reason: "timeout" },
    });
  }
}

function goOffline(
  { facts: { id } }: Workspace,
  member: MemberState,
  reason: string,
  turn: NetworkTurn,
): void {
  turn.emit({
    type: "member.set",
    workspaceId: id,
    member: { ...member.facts, online: false, sessionHash: null },
    told: { reason },
  });
}
