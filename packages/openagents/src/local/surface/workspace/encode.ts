// How a hosted workspace writes what there is: itself, its members, channels, events and files.
import type { Now } from "@x/core/service";
import { type Body, textOf } from "../../../wire/body.ts";
import { onmAgent, onmChannel } from "../../../wire/onm.ts";
import type { Channel, FileFacts, Message } from "../../rules/model/entities.ts";
import { objectOf } from "../../rules/model/exact-json.ts";
import type { ChannelState, State, Workspace } from "../../rules/model/state.ts";
import { onmFormOf } from "../../rules/workspaces/bridge.ts";

/** A time as Python writes one of UTC that has no zone. */
export const iso = (ms: number): string => `${new Date(ms).toISOString().slice(0, -1)}000`;

/** An event as JSON text, whose payload stays as it was written. */
export function eventText(
  message: Message,
  { withVisibility = true }: { readonly withVisibility?: boolean } = {},
): string {
  const { type, source, target, payload, metadata, visibility } = onmFormOf(message);
  const shown = withVisibility ? `,"visibility":${JSON.stringify(visibility)}` : "";
  return `{"id":${JSON.stringify(message.id)},"type":${JSON.stringify(type)},"source":${JSON.stringify(
    source,
  )},"target":${JSON.stringify(target)},"payload":${payload},"metadata":${metadata},"timestamp":${message.atMs}${shown}}`;
}

/** Whoever is in a workspace, on either side of it. */
export interface Inhabitant {
  readonly name: string;
  readonly role: "master" | "member";
  readonly agentType: string | null;
  readonly online: boolean;
  readonly serverHost: string | null;
  readonly workingDir: string | null;
  readonly description: string | null;
  readonly lastHeardMs: number;
  readonly joinedMs: number;
  /** When it last fetched its events; `null` for not yet, `undefined` for who reads the log. */
  readonly fetchedMs?: number | null;
}

/** Members, and the agents of the network where it is one world with the workspace. */
export function inhabitantsOf(state: State, workspace: Workspace, now: Now): Inhabitant[] {
  const wallOf = (mono: number): number => now.wall - (now.mono - mono);
  const isHome = workspace.facts.id === state.homeId;
  const members = [...workspace.members.values()]
    .filter(({ facts }) => !(isHome && state.agents.has(facts.name)))
    .map(({ facts, seenMono }): Inhabitant => ({ ...facts, lastHeardMs: wallOf(seenMono) }));
  if (!isHome) {
    return members;
  }
  const agents = [...state.agents.values()].map(({ facts, seenMono, fetchedMono }): Inhabitant => {
    const metadata = objectOf(facts.metadata);
    return {
      name: facts.id,
      role: "member",
      agentType: textOf(metadata.agent_type) ?? textOf(metadata.type) ?? "network",
      online: true,
      serverHost: null,
      workingDir: null,
      description: textOf(metadata.description) ?? null,
      lastHeardMs: wallOf(seenMono),
      joinedMs: facts.connectedMs,
      fetchedMs: fetchedMono === null ? null : wallOf(fetchedMono),
    };
  });
  return [...members, ...agents];
}

const statusOf = ({ online }: Inhabitant): string => (online ? "online" : "offline");

/** Who is there, as `discover` lists it. */
export const discovered = (one: Inhabitant): Body => ({
  address: onmAgent(one.name),
  role: one.role,
  status: statusOf(one),
  agent_type: one.agentType,
  server_host: one.serverHost,
  working_dir: one.workingDir,
  description: one.description,
  enabled_skills: null,
  last_heartbeat_at: iso(one.lastHeardMs),
  joined_at: iso(one.joinedMs),
  ...(one.fetchedMs === undefined
    ? {}
    : { last_fetched_at: one.fetchedMs === null ? null : iso(one.fetchedMs) }),
});

/** The same as the record of a workspace has it. */
const listed = (one: Inhabitant): Body => ({
  agentName: one.name,
  role: one.role,
  agentType: one.agentType,
  status: statusOf(one),
  description: one.description,
  workingDir: one.workingDir,
  lastHeartbeatAt: iso(one.lastHeardMs),
  joinedAt: iso(one.joinedMs),
});

export function workspaceBody({ facts, activeMs }: Workspace, inhabitants: readonly Inhabitant[]): Body {
  const { id, slug, name, creatorEmail, createdMs } = facts;
  return {
    workspaceId: id,
    slug,
    name,
    creatorEmail,
    settings: {},
    browserEnabled: false,
    status: "active",
    createdAt: iso(createdMs),
    lastActivityAt: iso(activeMs),
    agents: inhabitants.map(listed),
  };
}

/** The record of a channel. */
export function channelBody(workspaceId: string, { facts, members }: ChannelState): Body {
  const { id, name, title, titleManuallySet, createdBy, master, status, starred, createdMs }: Channel = facts;
  return {
    channelId: id,
    workspaceId,
    name,
    title,
    titleManuallySet,
    createdBy,
    masterAgent: master,
    resumeFrom: null,
    status,
    starred,
    participants: [...members],
    createdAt: iso(createdMs),
  };
}

/** A channel as `discover` lists it. */
export function channelListing({ facts, members }: ChannelState, lastEventMs: number | null): Body {
  const { name, title, master, createdMs, status, starred } = facts;
  return {
    address: onmChannel(name),
    title,
    master,
    participants: [...members],
    created_at: createdMs,
    last_event_at: lastEventMs,
    status,
    starred,
  };
}

/** A file as it is answered; in a list with where it belongs. */
export function fileBody(file: FileFacts, inList = false): Body {
  const { id, filename, mimeType, size, uploadedBy, channel, createdMs } = file;
  return {
    id,
    filename,
    content_type: mimeType,
    size,
    uploaded_by: uploadedBy,
    ...(inList ? { channel_name: channel, status: "active" } : {}),
    created_at: iso(createdMs),
  };
}
