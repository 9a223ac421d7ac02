// Agents come and go: registered with a secret of their own, gone when they say so, are kicked, or are silent for too long.
import type { CommandOf, Replies } from "../model/commands.ts";
import { withMembers } from "../model/exact-json.ts";
import { type Refusal, refuse, unauthenticated } from "../model/refusal.ts";
import { defaultGroup, type NetworkRules, takeOverMs } from "../model/rule-options.ts";
import { homeOf, type State } from "../model/state.ts";
import type { NetworkTurn } from "../model/turn.ts";
import { endWait } from "../queues/polls.ts";
import { authenticated, sameHash } from "./authentication.ts";

const longestId = 128;
const reservedIds: ReadonlySet<string> = new Set(["system", "broadcast", "all", "mod", "channel", "agent"]);
const reservedBeginnings = ["mod:", "agent:", "channel:", "group:", "system:"];

/** Whether an agent may be called so. */
export function isAgentId(id: string): boolean {
  return (
    id.length >= 1 &&
    id.length <= longestId &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    !/[\u0000-\u001f\u007f-\u009f]/.test(id) &&
    id.isWellFormed() &&
    !reservedIds.has(id) &&
    !reservedBeginnings.some((beginning) => id.startsWith(beginning))
  );
}

export function register(
  state: State,
  command: CommandOf<"register">,
  turn: NetworkTurn,
  rules: NetworkRules,
): Replies["register"] | Refusal {
  const { agentId, transport } = command;
  if (!isAgentId(agentId)) {
    return refuse("invalid_agent_id", "Invalid agent_id");
  }
  const { wall, mono } = turn.now;
  const bannedMs = (state.bans.get(agentId) ?? 0) - wall;
  if (bannedMs > 0) {
    const seconds = Math.ceil(bannedMs / 1_000);
    return refuse(
      "banned",
      `Agent ${agentId} was recently kicked. Please wait ${seconds} seconds before re-registering.`,
    );
  }
  const group = groupFor(command, rules);
  if (typeof group !== "string") {
    return group;
  }
  const before = state.agents.get(agentId);
  if (before !== undefined) {
    if (!command.force && mono - before.seenMono < takeOverMs) {
      return refuse("registered", `Agent ${agentId} already registered with network`);
    }
    if (rules.claimIds && !sameHash(before.facts.secretHash, command.claim)) {
      return refuse("registered", `Agent ${agentId} is registered; show its secret to take over its id`);
    }
    // Its connection belongs to the registration that ends.
    endWait(state, before, turn);
    before.stream = null;
  } else if (state.agents.size >= rules.maxAgents) {
    return refuse("full", `The network is full: it takes ${rules.maxAgents} agents`);
  }
  leaveWorkspace(state, agentId, turn);
  turn.emit({
    type: "agent.registered",
    agent: {
      id: agentId,
      group,
      secretHash: command.secretHash,
      transport,
      metadata: withMembers(command.metadataText, `"_connect_time":${wall / 1_000}`),
      capabilities: command.capabilitiesText ?? "{}",
      connectedMs: wall,
    },
  });
  return { group };
}

/** The group that a password leads into. */
function groupFor(
  { group, passwordHash }: CommandOf<"register">,
  { groups, requirePassword }: NetworkRules,
): string | Refusal {
  const known = groups.find(
    (each) => each.passwordHash !== null && sameHash(each.passwordHash, passwordHash),
  );
  if (group !== null && group !== defaultGroup) {
    return known?.name === group ? group : refuse("bad_group", `Invalid credentials for group '${group}'`);
  }
  if (known !== undefined && group === null) {
    return known.name;
  }
  return requirePassword && known === undefined
    ? refuse("password_required", "Password authentication required for network registration")
    : defaultGroup;
}

/** The newest of two of one name wins, on whichever side it is: the member's session ends. */
function leaveWorkspace(state: State, agentId: string, turn: NetworkTurn): void {
  const member = homeOf(state).members.get(agentId);
  if (member?.facts.sessionHash != null || member?.facts.online === true) {
    turn.emit({
      type: "member.set",
      workspaceId: state.homeId,
      member: { ...member.facts, sessionHash: null, online: false },
    });
  }
}

export function unregister(
  state: State,
  { agentId, secretHash }: CommandOf<"unregister">,
  turn: NetworkTurn,
): Replies["unregister"] | Refusal {
  if (authenticated(state, agentId, secretHash, turn) === undefined) {
    return unauthenticated;
  }
  removeAgent(state, agentId, "disconnected", turn);
  return {};
}

/** Takes an agent out of the network, with all that it has not fetched. */
export function removeAgent(
  state: State,
  agentId: string,
  reason: string,
  turn: NetworkTurn,
  kick?: { readonly by: string; readonly untilMs: number },
): void {
  const agent = state.agents.get(agentId);
  if (agent !== undefined) {
    endWait(state, agent, turn);
    turn.emit({ type: "agent.removed", agentId, reason, ...(kick === undefined ? {} : { kick }) });
  }
}

/** An agent was to be silent for too long by now: it has gone, unless it was heard from. */
export function silenceDue(state: State, agentId: string, turn: NetworkTurn): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) {
    return;
  }
  const untilMono = agent.seenMono + state.limits.agentTimeoutMs;
  if (agent.waiter !== null || untilMono > turn.now.mono) {
    const nextMono = agent.waiter === null ? untilMono : turn.now.mono + state.limits.agentTimeoutMs;
    state.dues.move(agent.silence, nextMono);
  } else {
    removeAgent(state, agentId, "timeout", turn);
  }
}
