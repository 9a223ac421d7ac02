// Workspaces: made with a token of their own, found by it, and what is set about their channels.
import type { CommandOf, Replies } from "../model/commands.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { State } from "../model/state.ts";
import type { NetworkTurn } from "../model/turn.ts";
import { freshChannel } from "./channel-facts.ts";
import { letIn } from "./doors.ts";
import { isMemberName } from "./members.ts";

/** So many workspaces a server has. */
const mostWorkspaces = 10_000;

export function createWorkspace(
  state: State,
  command: CommandOf<"createWorkspace">,
  turn: NetworkTurn,
): Replies["createWorkspace"] | Refusal {
  const { id, slug, name, tokenHash, creatorEmail, agentName, agentType, channelName } = command;
  if (agentName !== null && !isMemberName(agentName)) {
    return refuse("invalid_name", "Invalid agent_name");
  }
  if (state.workspaces.size >= mostWorkspaces) {
    return refuse("full", `This server has ${mostWorkspaces} workspaces already`);
  }
  const { wall } = turn.now;
  turn.emit({
    type: "workspace.created",
    workspace: { id, slug, name, tokenHash, createdMs: wall, creatorEmail },
  });
  if (agentName !== null) {
    turn.emit({
      type: "member.set",
      workspaceId: id,
      member: {
        name: agentName,
        role: "master",
        agentType,
        serverHost: null,
        workingDir: null,
        description: null,
        metadata: "{}",
        joinedMs: wall,
        sessionHash: null,
        online: true,
      },
    });
  }
  turn.emit({
    type: "channel.set",
    workspaceId: id,
    channel: freshChannel(channelName, {
      title: "Session 1",
      createdBy: agentName,
      master: agentName,
      createdMs: wall,
    }),
    members: agentName === null ? [] : [agentName],
  });
  const workspace = state.workspaces.get(id);
  const channel = workspace?.channels.get(channelName);
  return workspace === undefined || channel === undefined
    ? refuse("workspace_not_found", "Workspace not found")
    : { workspace, channel };
}

export function readWorkspace(
  state: State,
  command: CommandOf<"readWorkspace">,
): Replies["readWorkspace"] | Refusal {
  const workspace = letIn(state, command);
  return "refused" in workspace ? workspace : { workspace };
}

export function resolveToken(
  state: State,
  { tokenHash }: CommandOf<"resolveToken">,
): Replies["resolveToken"] | Refusal {
  const workspace = state.workspaces.get(state.tokens.get(tokenHash) ?? "");
  return workspace === undefined ? refuse("bad_token", "Invalid or expired token") : { workspace };
}

export function patchChannel(
  state: State,
  command: CommandOf<"patchChannel">,
  turn: NetworkTurn,
): Replies["patchChannel"] | Refusal {
  const workspace = letIn(state, command);
  if ("refused" in workspace) {
    return workspace;
  }
  const channel = workspace.channels.get(command.name);
  if (channel === undefined) {
    return refuse("channel_not_found", "Channel not found");
  }
  const { title, status, starred } = command;
  if (title !== null || status !== null || starred !== null) {
    turn.emit({
      type: "channel.set",
      workspaceId: workspace.facts.id,
      channel: {
        ...channel.facts,
        ...(title === null ? {} : { title, titleManuallySet: true }),
        ...(status === null ? {} : { status }),
        ...(starred === null ? {} : { starred }),
      },
      members: [],
    });
  }
  return { channel };
}
