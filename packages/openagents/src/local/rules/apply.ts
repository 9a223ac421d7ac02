// The only way in which the state changes: who gets an event is found here, so that a record is as small as what happened.
import type { Now } from "@x/core/service";
import {
  discoveryNotifications,
  modDestination,
  mods,
  systemNotices,
  threadNotifications,
} from "../../wire/names.ts";
import { speakerOf } from "./messaging/messages.ts";
import type { AgentFacts, Member, Message, Notice, Said } from "./model/entities.ts";
import { membersOf } from "./model/exact-json.ts";
import { createFifo } from "./model/fifo.ts";
import type { KeptEntry, NetworkEvent, NetworkRecord, NewMessage, StartFacts } from "./model/records.ts";
import { keptMs, memberTimeoutMs, mostKept } from "./model/rule-options.ts";
import {
  type Agent,
  createQueue,
  createWorkspace,
  homeOf,
  idOf,
  nextId,
  type State,
  type Workspace,
} from "./model/state.ts";
import { deliver, membersOf as membersOfChannel, recipientsOf } from "./queues/deliveries.ts";
import { applyTaken } from "./queues/polls.ts";
import { freshChannel } from "./workspaces/channel-facts.ts";

type RecordOf<Type extends NetworkRecord["type"]> = Extract<NetworkRecord, { readonly type: Type }>;

/** What a record brings, and the message that subscribers see. */
export function apply(state: State, record: NetworkRecord, now: Now): NetworkEvent | undefined {
  state.changes += 1;
  if ("kept" in record && record.kept !== undefined) {
    keep(state, record.kept, now.wall);
  }
  switch (record.type) {
    case "message.said":
      return applySaid(state, record, now);
    case "event.sent":
      deliver(state, record.said, null, recipientsOf(state, record.said), now.wall);
      return undefined;
    default:
      applyFact(state, record, now);
      return undefined;
  }
}

function applyFact(
  state: State,
  record: Exclude<NetworkRecord, RecordOf<"message.said" | "event.sent">>,
  now: Now,
): void {
  switch (record.type) {
    case "store.created":
      state.prefix = record.prefix;
      state.homeId = idOf(record.prefix, 0);
      addWorkspace(state, {
        ...record.workspace,
        id: state.homeId,
        createdMs: now.wall,
        creatorEmail: null,
      });
      applyStart(state, record, now);
      break;
    case "store.restarted":
      applyStart(state, record, now);
      break;
    case "store.restored":
      // Ids that were made after the copy are known to clients: none of them may come again for something else.
      state.prefix = record.prefix;
      break;
    case "clock.paused":
      applyPause(state, record.byMs);
      break;
    case "clock.corrected":
      applyCorrection(state, record.byMs);
      break;
    case "agent.registered":
      applyRegistered(state, record.agent, now);
      break;
    case "agent.removed":
      applyRemoved(state, record, now);
      break;
    case "agent.subscribed":
      state.ids += 1;
      state.agents.get(record.agentId)?.subscriptions.set(record.subscription.id, record.subscription);
      break;
    case "agent.unsubscribed":
      if (record.subscriptionId === null) {
        state.agents.get(record.agentId)?.subscriptions.clear();
      } else {
        state.agents.get(record.agentId)?.subscriptions.delete(record.subscriptionId);
      }
      break;
    case "agent.able":
      applyAble(state, record, now);
      break;
    case "request.kept":
      break;
    case "queues.taken":
      for (const [agentId, to] of record.taken) {
        applyTaken(state, agentId, to);
      }
      break;
    case "workspace.created":
      addWorkspace(state, record.workspace);
      break;
    case "channel.set":
    case "channel.removed":
    case "channel.entered":
    case "channel.left":
      applyChannel(state, record);
      break;
    case "reaction.set":
      applyReaction(state, record, now);
      break;
    case "file.added":
      state.workspaces.get(record.workspaceId)?.files.set(record.file.id, record.file);
      break;
    case "file.removed":
      state.workspaces.get(record.workspaceId)?.files.delete(record.fileId);
      break;
    case "member.set":
      applyMember(state, record, now);
      break;
    case "member.removed":
      applyMemberRemoved(state, record, now);
      break;
    default:
      record satisfies never;
  }
}

function keep(state: State, { key, ...kept }: KeptEntry, atMs: number): void {
  const { kept: all } = state;
  for (let oldest = all.oldest; oldest !== undefined; oldest = all.oldest) {
    if (all.size < mostKept && oldest[1].atMs + keptMs > atMs) {
      break;
    }
    all.delete(oldest[0]);
  }
  all.set(key, { ...kept, atMs });
}

/** Everybody has been heard from just now: who is not there any more is missed from here on. */
function applyStart(state: State, { limits, channels, workspace }: StartFacts, now: Now): void {
  state.limits = limits;
  const home = homeOf(state);
  state.slugs.delete(home.facts.slug);
  state.tokens.delete(home.facts.tokenHash);
  home.facts = { ...home.facts, ...workspace };
  state.slugs.set(workspace.slug, home.facts.id);
  state.tokens.set(workspace.tokenHash, home.facts.id);
  for (const name of channels) {
    if (!home.channels.has(name)) {
      const channel = freshChannel(name, { createdMs: now.wall });
      setChannel(home, { ...channel, id: nextId(state) }, [...state.agents.keys()]);
    }
  }
  for (const agent of state.agents.values()) {
    agent.seenMono = now.mono;
    state.dues.move(agent.silence, now.mono + limits.agentTimeoutMs);
  }
  for (const { members } of state.workspaces.values()) {
    for (const member of members.values()) {
      member.seenMono = now.mono;
      if (member.facts.online) {
        state.dues.move(member.lapse, now.mono + memberTimeoutMs);
      }
    }
  }
}

function applyPause(state: State, byMs: number): void {
  state.dues.shift(byMs);
  state.waits.shift(byMs);
  for (const agent of state.agents.values()) {
    agent.seenMono += byMs;
  }
  for (const { members } of state.workspaces.values()) {
    for (const member of members.values()) {
      member.seenMono += byMs;
    }
  }
}

function applyCorrection(state: State, byMs: number): void {
  for (const [id, untilMs] of state.bans) {
    state.bans.set(id, untilMs + byMs);
  }
  for (const [key, kept] of [...state.kept]) {
    state.kept.set(key, { ...kept, atMs: kept.atMs + byMs });
  }
}

function addWorkspace(state: State, facts: Workspace["facts"]): void {
  state.workspaces.set(facts.id, createWorkspace(facts));
  state.slugs.set(facts.slug, facts.id);
  state.tokens.set(facts.tokenHash, facts.id);
}

// What the server itself says.

const fromDiscovery = modDestination(mods.discovery);

function announcement(
  state: State,
  name: string,
  source: string,
  to: string | null,
  members: Readonly<Record<string, unknown>>,
  atMs: number,
): Said {
  return {
    id: nextId(state),
    name,
    source,
    to,
    payload: `{${membersOf(members)}}`,
    metadata: "{}",
    visibility: "network",
    atMs,
    group: null,
  };
}

function announce(state: State, said: Said): void {
  deliver(state, said, null, recipientsOf(state, said), said.atMs);
}

function tellConnected(state: State, id: string, group: string, capabilities: string, atMs: number): void {
  const said = announcement(state, discoveryNotifications.connected, fromDiscovery, "broadcast", {}, atMs);
  const about = membersOf({ agent_id: id, agent_group: group });
  const payload = `{${about},"capabilities":${capabilities},"connected_at":${atMs / 1_000}}`;
  announce(state, { ...said, payload });
}

function tellDisconnected(state: State, id: string, reason: string, atMs: number): void {
  const about = { agent_id: id, reason };
  announce(
    state,
    announcement(state, discoveryNotifications.disconnected, fromDiscovery, "broadcast", about, atMs),
  );
}

function applyRegistered(state: State, facts: AgentFacts, now: Now): void {
  const { id, group, capabilities } = facts;
  const before = state.agents.get(id);
  const untilMono = now.mono + state.limits.agentTimeoutMs;
  if (before === undefined) {
    state.agents.set(id, {
      facts,
      subscriptions: new Map(),
      queue: createQueue(),
      silence: state.dues.add(untilMono, { kind: "silence", agentId: id }),
      seenMono: now.mono,
      fetchedMono: null,
      takenTo: 0,
      waiter: null,
      stream: null,
    });
  } else {
    before.facts = facts;
    before.seenMono = now.mono;
    state.dues.move(before.silence, untilMono);
  }
  for (const { members } of homeOf(state).channels.values()) {
    members.add(id);
  }
  tellConnected(state, id, group, capabilities, now.wall);
}

function applyRemoved(state: State, { agentId, reason, kick }: RecordOf<"agent.removed">, now: Now): void {
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
  tellDisconnected(state, agentId, reason, now.wall);
  if (kick !== undefined) {
    for (const [id, untilMs] of state.bans) {
      if (untilMs <= now.wall) {
        state.bans.delete(id);
      }
    }
    state.bans.set(agentId, kick.untilMs);
    const about = {
      target_agent_id: agentId,
      kicked_by: kick.by,
      target_group: agent.facts.group,
      reason: "Kicked by admin",
      timestamp: now.wall / 1_000,
    };
    announce(
      state,
      announcement(state, systemNotices.agentKicked, "system", "agent:broadcast", about, now.wall),
    );
  }
}

function applyAble(state: State, { agentId, capabilities }: RecordOf<"agent.able">, now: Now): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) {
    return;
  }
  agent.facts = { ...agent.facts, capabilities };
  const said = announcement(
    state,
    discoveryNotifications.capabilities,
    fromDiscovery,
    "broadcast",
    {},
    now.wall,
  );
  announce(state, {
    ...said,
    payload: `{${membersOf({ agent_id: agentId })},"capabilities":${capabilities}}`,
  });
}

function applyMember(state: State, { workspaceId, member, told }: RecordOf<"member.set">, now: Now): void {
  const workspace = state.workspaces.get(workspaceId);
  if (workspace === undefined) {
    return;
  }
  setMember(state, workspace, member, now.mono);
  if (told !== undefined && workspaceId === state.homeId) {
    if (told === "connected") {
      tellConnected(state, member.name, "guest", "{}", now.wall);
    } else {
      tellDisconnected(state, member.name, told.reason, now.wall);
    }
  }
}

/** Puts a member in, who is heard from just now. */
export function setMember(
  state: State,
  { facts: { id }, members }: Workspace,
  member: Member,
  mono: number,
): void {
  const { name, online } = member;
  const before = members.get(name);
  const lapse =
    before?.lapse ?? state.dues.add(mono + memberTimeoutMs, { kind: "lapse", workspaceId: id, name });
  if (online) {
    state.dues.move(lapse, mono + memberTimeoutMs);
  } else {
    state.dues.remove(lapse);
  }
  if (before === undefined) {
    members.set(name, { facts: member, lapse, seenMono: mono });
  } else {
    before.facts = member;
    before.seenMono = mono;
  }
}

function applyMemberRemoved(
  state: State,
  { workspaceId, name, told }: RecordOf<"member.removed">,
  now: Now,
): void {
  const workspace = state.workspaces.get(workspaceId);
  const member = workspace?.members.get(name);
  if (workspace === undefined || member === undefined) {
    return;
  }
  workspace.members.delete(name);
  state.dues.remove(member.lapse);
  for (const { members } of workspace.channels.values()) {
    members.delete(name);
  }
  if (told && workspaceId === state.homeId) {
    tellDisconnected(state, name, "removed", now.wall);
  }
}

function applyChannel(
  state: State,
  record: RecordOf<"channel.set" | "channel.removed" | "channel.entered" | "channel.left">,
): void {
  const workspace = state.workspaces.get(record.workspaceId);
  switch (record.type) {
    case "channel.set":
      if (workspace !== undefined) {
        const { channel, members } = record;
        setChannel(workspace, { ...channel, id: channel.id ?? nextId(state) }, members);
      }
      break;
    case "channel.removed":
      workspace?.channels.delete(record.name);
      break;
    case "channel.entered":
      workspace?.channels.get(record.name)?.members.add(record.member);
      break;
    case "channel.left":
      workspace?.channels.get(record.name)?.members.delete(record.member);
      break;
  }
}

export function setChannel(
  { channels }: Workspace,
  facts: Parameters<typeof freshChannel>[1] & { readonly id: string; readonly name: string },
  members: readonly string[],
): void {
  const channel = { ...freshChannel(facts.name, facts), id: facts.id };
  const before = channels.get(facts.name);
  if (before === undefined) {
    channels.set(facts.name, { facts: channel, members: new Set(members) });
  } else {
    before.facts = channel;
    for (const member of members) {
      before.members.add(member);
    }
  }
}

function applyReaction(
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
  const about = {
    target_message_id: messageId,
    reaction_type: reaction,
    reacting_agent: agentId,
    action: on ? "added" : "removed",
    total_reactions: agents.size,
  };
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

// What is said.

function applySaid(
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
