// The only way in which the state changes: who gets an event is found here, so that a record is as small as what happened.
import type { Now } from "@x/core/service";
import { applyAble, applyRegistered, applyRemoved } from "./agents/apply-agents.ts";
import { applyReaction, applySaid } from "./messaging/apply-messages.ts";
import type { KeptEntry, NetworkEvent, NetworkRecord, RecordOf, StartFacts } from "./model/records.ts";
import { keptMs, memberTimeoutMs, mostKept } from "./model/rule-options.ts";
import { createWorkspace, homeOf, idOf, nextId, type State, type Workspace } from "./model/state.ts";
import { deliver, recipientsOf } from "./queues/deliveries.ts";
import { applyTaken } from "./queues/polls.ts";
import { applyChannel, applyMember, applyMemberRemoved, setChannel } from "./workspaces/apply-workspaces.ts";
import { freshChannel } from "./workspaces/channel-facts.ts";

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
