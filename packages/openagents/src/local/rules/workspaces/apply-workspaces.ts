// What records bring about the members and channels of workspaces.
import type { Now } from "@x/core/service";
import type { Channel, Member } from "../model/entities.ts";
import type { RecordOf } from "../model/records.ts";
import { memberTimeoutMs } from "../model/rule-options.ts";
import { nextId, type State, type Workspace } from "../model/state.ts";
import { tellConnected, tellDisconnected } from "../queues/announcements.ts";

export function applyMember(
  state: State,
  { workspaceId, member, told }: RecordOf<"member.set">,
  now: Now,
): void {
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

export function applyMemberRemoved(
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

export function applyChannel(
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

/** Puts a channel in, or what has changed about it, and who comes into it. */
export function setChannel({ channels }: Workspace, facts: Channel, members: readonly string[]): void {
  const before = channels.get(facts.name);
  if (before === undefined) {
    channels.set(facts.name, { facts, members: new Set(members) });
  } else {
    before.facts = facts;
    for (const member of members) {
      before.members.add(member);
    }
  }
}
