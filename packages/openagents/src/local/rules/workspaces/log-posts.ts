// What is posted to a workspace: messages to channels and to each other, channels made and joined, and events of any type.
import { type Body, textOf, textsOf } from "../../../wire/body.ts";
import { onmTypes } from "../../../wire/names.ts";
import { agentOfOnm, channelOfOnm, onmChannel } from "../../../wire/onm.ts";
import { channelProblem } from "../messaging/channels.ts";
import { noMessage } from "../messaging/messages.ts";
import { directMessage, emitSaid, freeId, plainPost, replyPost } from "../messaging/posts.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import type { Message, OnmForm } from "../model/entities.ts";
import { membersOf, objectOf, withMembers } from "../model/exact-json.ts";
import type { NewMessage } from "../model/records.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import { idOf, type State, type Workspace } from "../model/state.ts";
import type { NetworkTurn } from "../model/turn.ts";
import { directSaid, postSaid, saidOfEvent } from "./bridge.ts";
import { freshChannel } from "./channel-facts.ts";
import { letIn, speakerProblem } from "./doors.ts";
import { isSessionOf, revoked } from "./sessions.ts";

type Post = CommandOf<"post">;

export function postEvent(state: State, command: Post, turn: NetworkTurn): Replies["post"] | Refusal {
  const workspace = letIn(state, command);
  if ("refused" in workspace) {
    return workspace;
  }
  const { source, sessionHash, onmType } = command;
  const name = agentOfOnm(source);
  const member = workspace.members.get(name);
  if (sessionHash !== null && (member === undefined || !isSessionOf(state, workspace, member, sessionHash))) {
    return revoked;
  }
  const problem = speakerProblem(state, workspace, source);
  if (problem !== undefined) {
    return problem;
  }
  if (member !== undefined) {
    member.seenMono = turn.now.mono;
  }
  switch (onmType) {
    case onmTypes.createChannel:
      return createChannel(state, workspace, command, turn);
    case onmTypes.joinChannel:
    case onmTypes.leaveChannel:
      return changeMembership(state, workspace, command, turn);
    case onmTypes.ping:
      return { message: unstored(state, command, turn) };
    case onmTypes.message:
      return { message: postMessage(state, workspace, command, turn) };
    default:
      return { message: emitOther(state, workspace, command, turn) };
  }
}

function postMessage(state: State, workspace: Workspace, command: Post, turn: NetworkTurn): Message {
  const { source, target, payload } = command;
  const channel = channelOfOnm(target);
  const onm = formOf(command);
  if (channel !== undefined) {
    return emitPost(state, workspace, turn, { source, channel, payload }, onm);
  }
  const isDirect = target.startsWith("openagents:") || target.startsWith("human:");
  if (!isDirect) {
    return emitOther(state, workspace, command, turn);
  }
  const said = directSaid(source, agentOfOnm(target), payload, onm.metadata, turn.now.wall);
  const { message, notice } = directMessage(
    state,
    workspace,
    said,
    objectOf(said.payload),
    agentOfOnm(target),
    true,
  );
  return store(state, workspace, turn, { ...message, onm }, notice);
}

/** Says something in a channel, which is made where it is not there yet. */
export function emitPost(
  state: State,
  workspace: Workspace,
  turn: NetworkTurn,
  { source, channel, payload }: { readonly source: string; readonly channel: string; readonly payload: Body },
  onm: OnmForm = {
    type: onmTypes.message,
    source,
    target: onmChannel(channel),
    payload: JSON.stringify(payload),
    metadata: "{}",
    visibility: "channel",
  },
): Message {
  if (!workspace.channels.has(channel) && channelProblem(workspace, channel) === undefined) {
    makeChannel(
      state,
      workspace,
      turn,
      freshChannel(channel, { createdBy: source, createdMs: turn.now.wall }),
      [source],
    );
  }
  const said = postSaid(source, channel, payload, turn.now.wall);
  const own = objectOf(said.payload);
  const replyTo = textOf(own.reply_to_id);
  const { message, notice } =
    replyTo === undefined
      ? plainPost(state, workspace, said, own, channel)
      : replyPost(state, workspace, said, own, channel, replyTo);
  return store(state, workspace, turn, { ...message, onm }, notice);
}

/** An event that only workspaces know. */
export function emitWorkspaceEvent(
  state: State,
  workspace: Workspace,
  turn: NetworkTurn,
  onm: Pick<OnmForm, "type" | "source" | "target" | "payload"> & Partial<OnmForm>,
): Message {
  return store(state, workspace, turn, {
    ...freeId(state, workspace, ""),
    ...noMessage,
    said: null,
    onm: { metadata: "{}", visibility: "channel", ...onm },
  });
}

/** An event of any type; the network hears of it where it could be one of its own. */
function emitOther(state: State, workspace: Workspace, command: Post, turn: NetworkTurn): Message {
  const said = workspace.facts.id === state.homeId ? saidOfEvent(command, turn.now.wall) : undefined;
  return store(state, workspace, turn, {
    ...freeId(state, workspace, ""),
    ...noMessage,
    said: said ?? null,
    onm: formOf(command),
  });
}

function store(
  state: State,
  workspace: Workspace,
  turn: NetworkTurn,
  message: NewMessage,
  notice?: Parameters<typeof emitSaid>[3],
): Message {
  const isHome = workspace.facts.id === state.homeId;
  // The network knows it by the same id.
  const said = isHome && message.said !== null ? { ...message.said, id: message.id } : null;
  emitSaid(turn, workspace.facts.id, { ...message, said }, isHome ? notice : undefined);
  const stored = workspace.byId.get(message.id);
  if (stored === undefined) {
    throw new TypeError("a message that was just stored is there");
  }
  return stored;
}

function createChannel(
  state: State,
  workspace: Workspace,
  command: Post,
  turn: NetworkTurn,
): Replies["post"] | Refusal {
  const { source, payload } = command;
  const id = idOf(state.prefix, state.ids + 1);
  const name = textOf(payload.name) ?? `channel-${id.slice(-8)}`;
  if (workspace.channels.has(name)) {
    return refuse("channel_exists", "Channel already exists");
  }
  const problem = channelProblem(workspace, name);
  if (problem !== undefined) {
    return refuse("full", problem);
  }
  const participants = payload.participants === undefined ? undefined : textsOf(payload.participants);
  const channel = freshChannel(name, {
    title: textOf(payload.title) ?? name,
    description: textOf(payload.description) ?? "",
    createdBy: source,
    master: textOf(payload.master) ?? null,
    createdMs: turn.now.wall,
  });
  makeChannel(state, workspace, turn, channel, [source, ...(participants ?? [])], participants === undefined);
  const made = workspace.channels.get(name)?.facts.id ?? "";
  const form = formOf(command);
  return {
    message: emitWorkspaceEvent(state, workspace, turn, {
      ...form,
      target: onmChannel(name),
      metadata: withMembers(form.metadata, membersOf({ channel_id: made, channel_name: name })),
    }),
  };
}

/** Where the workspace is one world with the network, all who are there come into a channel that nobody was invited to. */
function makeChannel(
  state: State,
  workspace: Workspace,
  turn: NetworkTurn,
  channel: ReturnType<typeof freshChannel>,
  addresses: readonly string[],
  isOpen = true,
): void {
  const invited = addresses.filter((address) => !address.startsWith("human:")).map(agentOfOnm);
  const everyone = isOpen && workspace.facts.id === state.homeId ? state.agents.keys() : [];
  turn.emit({
    type: "channel.set",
    workspaceId: workspace.facts.id,
    channel,
    members: [...new Set([...invited, ...everyone])],
  });
}

function changeMembership(
  state: State,
  workspace: Workspace,
  command: Post,
  turn: NetworkTurn,
): Replies["post"] | Refusal {
  const { source, payload, onmType } = command;
  const name = textOf(payload.channel) ?? "";
  const channel = workspace.channels.get(name);
  if (channel === undefined) {
    return refuse("unknown_channel", "channel_not_found");
  }
  const speaker = agentOfOnm(source);
  const member = agentOfOnm(textOf(payload.agent_name) ?? speaker);
  if (member !== speaker && speaker !== channel.facts.master && !source.startsWith("human:")) {
    return refuse(
      "join_forbidden",
      "channel_join_forbidden: only humans, the channel master, or the agent being added may invite",
    );
  }
  const enters = onmType === onmTypes.joinChannel;
  if (channel.members.has(member) !== enters) {
    const workspaceId = workspace.facts.id;
    turn.emit({ type: enters ? "channel.entered" : "channel.left", workspaceId, name, member });
  }
  return { message: emitWorkspaceEvent(state, workspace, turn, formOf(command)) };
}

/** What was asked and is kept nowhere. */
function unstored(state: State, command: Post, { now }: NetworkTurn): Message {
  return {
    seq: 0,
    id: idOf(state.prefix, state.ids + 1),
    atMs: now.wall,
    said: null,
    onm: formOf(command),
    ...noMessage,
  };
}

/** The event as it is stored. A human's mentions are whom it is for. */
function formOf({ onmType, source, target, payload, payloadText, metadataText, visibility }: Post): OnmForm {
  const mentions = textsOf(payload.mentions);
  const isFor = onmType === onmTypes.message && source.startsWith("human:") && mentions.length > 0;
  return {
    type: onmType,
    source,
    target,
    payload: payloadText,
    metadata: isFor
      ? withMembers(metadataText, membersOf({ target_agents: mentions.map(agentOfOnm) }))
      : metadataText,
    visibility,
  };
}
