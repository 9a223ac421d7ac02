// What records bring about messages: where they are kept and for how long, who is told of them, and who reacts.
import type { Now } from "@x/core/service";
import { threadNotifications } from "../../../wire/names.ts";
import type { Message, Notice, Said } from "../model/entities.ts";
import { createFifo } from "../model/fifo.ts";
import type { NetworkEvent, NewMessage, RecordOf } from "../model/records.ts";
import type { Agent, State, Workspace } from "../model/state.ts";
import { announcement } from "../queues/announcements.ts";
import { deliver, membersOf as membersOfChannel, recipientsOf } from "../queues/deliveries.ts";
import { speakerOf } from "./messages.ts";

export function applySaid(
  state: State,
  { workspaceId, message: { made, ...facts }, notice }: RecordOf<"message.said">,
  now: Now,
): NetworkEvent | undefined {
  const workspace = state.workspaces.get(workspaceId);
  if (workspace === undefined) {
    return undefined;
  }
  state.ids += made ? 1 : 0;
  state.messages += 1;
  const message: Message = { ...facts, seq: state.messages, atMs: now.wall };
  workspace.activeMs = now.wall;
  addMessage(state, workspace, message);
  const { said } = message;
  if (said !== null && workspaceId === state.homeId) {
    deliver(state, said, notice ?? null, toldOf(state, workspace, message, said, notice), now.wall);
  }
  return { workspaceId, message };
}

/** Who is told: of a post its channel, of a reply also whom it replies to, of a direct message its receiver. */
function toldOf(
  state: State,
  workspace: Workspace,
  { kind, channel, peer, replyTo }: NewMessageFacts,
  said: Said,
  notice: Notice | undefined,
): Agent[] {
  if (notice === undefined || kind === "other") {
    return recipientsOf(state, said);
  }
  if (channel === null) {
    return peer === null ? [] : agentsOf(state, [peer], "");
  }
  const members = membersOfChannel(state, channel, said.source);
  const parent = notice.name === threadNotifications.reply ? workspace.byId.get(replyTo ?? "") : undefined;
  const author = parent === undefined ? [] : agentsOf(state, [speakerOf(parent)], said.source);
  return [...author.filter((agent) => !members.includes(agent)), ...members];
}

type NewMessageFacts = Pick<NewMessage, "kind" | "channel" | "peer" | "replyTo">;

/** A workspace keeps so many times the history of one channel. */
const mostHistories = 100;

/** Adds a message to the log and to what it belongs to, and drops what is too old there. */
export function addMessage(state: State, workspace: Workspace, message: Message): void {
  const { log, byId, lanes, threads } = workspace;
  const { historyLimit } = state.limits;
  log.add(message);
  byId.set(message.id, message);
  const lane = lanes.get(message.lane) ?? createFifo<Message>();
  lanes.set(message.lane, lane);
  lane.push(message);
  if (message.rootId !== null) {
    const thread = threads.get(message.rootId) ?? createFifo<Message>();
    threads.set(message.rootId, thread);
    thread.push(message);
  }
  if (lane.length > historyLimit) {
    dropOldest(workspace, message.lane);
  } else if (log.length > historyLimit * mostHistories) {
    const [oldest] = log.after(0);
    dropOldest(workspace, oldest?.lane ?? message.lane);
  }
}

function dropOldest({ log, byId, lanes, threads, reactions }: Workspace, lane: string): void {
  const messages = lanes.get(lane);
  const oldest = messages?.shift();
  if (messages?.length === 0) {
    lanes.delete(lane);
  }
  if (oldest === undefined) {
    return;
  }
  log.remove(oldest);
  byId.delete(oldest.id);
  reactions.delete(oldest.id);
  if (oldest.rootId !== null) {
    const thread = threads.get(oldest.rootId);
    if (thread?.at(0) === oldest) {
      thread.shift();
    } else {
      thread?.remove(oldest);
    }
    if (thread?.length === 0) {
      threads.delete(oldest.rootId);
    }
  }
}

export function applyReaction(
  state: State,
  { workspaceId, messageId, reaction, agentId, on }: RecordOf<"reaction.set">,
  now: Now,
): void {
  const workspace = state.workspaces.get(workspaceId);
  const message = workspace?.byId.get(messageId);
  if (workspace === undefined || message === undefined) {
    return;
  }
  const types = workspace.reactions.get(messageId) ?? new Map<string, Set<string>>();
  workspace.reactions.set(messageId, types);
  const agents = types.get(reaction) ?? new Set<string>();
  types.set(reaction, agents);
  if (on) {
    agents.add(agentId);
  } else {
    agents.delete(agentId);
  }
  const about = JSON.stringify({
    target_message_id: messageId,
    reaction_type: reaction,
    reacting_agent: agentId,
    action: on ? "added" : "removed",
    total_reactions: agents.size,
  });
  if (agents.size === 0) {
    types.delete(reaction);
  }
  const said = announcement(state, threadNotifications.reaction, agentId, null, about, now.wall);
  const group = state.agents.get(agentId)?.facts.group ?? null;
  const notice: Notice = { name: threadNotifications.reaction, more: "" };
  const told =
    message.channel === null
      ? agentsOf(state, [speakerOf(message), message.peer ?? ""], agentId)
      : membersOfChannel(state, message.channel, agentId);
  deliver(state, { ...said, group }, notice, told, now.wall);
}

function agentsOf(state: State, ids: readonly string[], without: string): Agent[] {
  return [...new Set(ids)].flatMap((id) => {
    const agent = id === without ? undefined : state.agents.get(id);
    return agent === undefined ? [] : [agent];
  });
}
