// The documented view of an event: the product page has names that no server sends, so each event may be seen under one of these too.

import { keepNewest } from "@x/core";
import type { Transport } from "../../types.ts";
import { type Body, bodyOf, textOf } from "../../wire/body.ts";
import { textOfPayload } from "../../wire/content.ts";
import { readDestination } from "../../wire/destinations.ts";
import type { WireEvent } from "../../wire/event.ts";
import {
  discoveryNotifications,
  documentedNames,
  onmTypes,
  systemNotices,
  threadNotifications,
} from "../../wire/names.ts";
import { channelOfOnm, mentionsOf } from "../../wire/onm.ts";
import { matchesPattern } from "../../wire/patterns.ts";

/** A documented name, and what the payload has besides. */
export interface View {
  readonly name: string;
  readonly added: Body;
}

/** What decides on views besides the event. */
interface Viewer {
  readonly self: string;
  readonly transport: Transport;
  /** Whether this is the first word of an agent's leaving. */
  readonly isFirstOfLeaving: (agentId: string, timestamp: number) => boolean;
}

/** A kick is told twice: words about one agent's leaving within so many seconds are one. */
const leavingSeconds = 2;
const mostLeavings = 1_000;

/** Remembers who has left and when. */
export function createLeavings(): Viewer["isFirstOfLeaving"] {
  const left = new Map<string, number>();
  return (agentId, timestamp) => {
    const before = left.get(agentId);
    if (before !== undefined && Math.abs(timestamp - before) <= leavingSeconds) {
      return false;
    }
    keepNewest(left, agentId, timestamp, mostLeavings);
    return true;
  };
}

type Maker = (event: WireEvent, viewer: Viewer) => readonly View[];

/** The views of an event, the nearest first. */
export function viewsOf(event: WireEvent, viewer: Viewer): readonly View[] {
  return makers.get(event.event_name)?.(event, viewer) ?? [];
}

/** The names on the wire of what a documented pattern may see, besides the pattern itself. */
export function wirePatternsOf(pattern: string): readonly string[] {
  return sources.filter(([name]) => matchesPattern(pattern, name)).flatMap(([, wire]) => wire);
}

/** Any agent may name an event so; what only the network and its mods can tell is believed of these alone. */
const isOfNetwork = ({ source_id: source }: WireEvent): boolean =>
  source === "system" || source.startsWith("mod:");

const post: Maker = (event, { self }) => {
  const { payload } = event;
  const parent = textOf(payload.reply_to_id);
  const original = textOf(payload.original_event_id) ?? event.event_id;
  const destination = readDestination(event.destination_id);
  const common = {
    channel: textOf(payload.channel) ?? (destination.kind === "channel" ? destination.name : ""),
    sender_id: event.source_id,
    text: textOfPayload(payload) ?? "",
  };
  const added =
    parent === undefined
      ? { ...common, message_id: original }
      : { ...common, message_id: textOf(payload.reply_event_id) ?? original, parent_id: parent };
  const name = parent === undefined ? documentedNames.posted : documentedNames.replied;
  const isMentioned = mentionsOf(payload).includes(self);
  return isMentioned
    ? [
        { name, added },
        { name: documentedNames.mentioned, added },
      ]
    : [{ name, added }];
};

const direct: Maker = ({ payload, source_id }) => [
  { name: documentedNames.direct, added: { sender_id: source_id, text: textOfPayload(payload) ?? "" } },
];

const reaction: Maker = ({ payload, source_id: source }) => [
  {
    name: payload.action === "removed" ? documentedNames.reactionRemoved : documentedNames.reactionAdded,
    added: {
      message_id: payload.target_message_id,
      reaction: payload.reaction_type,
      agent_id: source.startsWith("mod:") ? payload.reacting_agent : source,
    },
  },
];

const joined = (agentId: unknown, metadata: Body): readonly View[] =>
  typeof agentId === "string"
    ? [{ name: documentedNames.joined, added: { agent_id: agentId, metadata } }]
    : [];

const left = (
  agentId: unknown,
  reason: string,
  { timestamp }: WireEvent,
  { isFirstOfLeaving }: Viewer,
): readonly View[] =>
  typeof agentId === "string" && isFirstOfLeaving(agentId, timestamp)
    ? [{ name: documentedNames.left, added: { agent_id: agentId, reason } }]
    : [];

/** Views of what a network tells of itself. */
const ofNetwork =
  (make: Maker): Maker =>
  (event, viewer) =>
    isOfNetwork(event) ? make(event, viewer) : [];

/** Views of what a workspace tells of itself; on a network any agent may name an event so. */
const ofWorkspace =
  (make: Maker): Maker =>
  (event, viewer) =>
    viewer.transport === "workspace" ? make(event, viewer) : [];

const makers: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  [threadNotifications.post, post],
  [threadNotifications.reply, post],
  [threadNotifications.direct, direct],
  [threadNotifications.reaction, reaction],
  [
    discoveryNotifications.connected,
    ofNetwork(({ payload }) => {
      const { agent_group, capabilities } = payload;
      return joined(payload.agent_id, { agent_group, capabilities });
    }),
  ],
  [
    discoveryNotifications.disconnected,
    ofNetwork((event, viewer) =>
      left(event.payload.agent_id, textOf(event.payload.reason) ?? "disconnected", event, viewer),
    ),
  ],
  [
    systemNotices.agentKicked,
    ofNetwork((event, viewer) =>
      left(event.payload.target_agent_id, textOf(event.payload.reason) ?? "kicked", event, viewer),
    ),
  ],
  [
    onmTypes.join,
    ofWorkspace(({ payload, source_id, metadata }) =>
      joined(source_id, { ...bodyOf(payload.metadata), agent_type: payload.agent_type, role: metadata.role }),
    ),
  ],
  [onmTypes.leave, ofWorkspace((event, viewer) => left(event.source_id, "left", event, viewer))],
  [
    onmTypes.remove,
    ofWorkspace((event, viewer) =>
      left(textOf(event.payload.agent_name) ?? event.source_id, "removed", event, viewer),
    ),
  ],
  [
    onmTypes.createChannel,
    ofWorkspace(({ payload, source_id, destination_id }) => {
      const destination = readDestination(destination_id);
      const named = destination.kind === "channel" ? destination.name : textOf(payload.name);
      const channel = named === undefined ? undefined : (channelOfOnm(named) ?? named);
      return channel === undefined
        ? []
        : [{ name: documentedNames.channelCreated, added: { channel, creator_id: source_id } }];
    }),
  ],
]);

const messages = [threadNotifications.post, threadNotifications.reply];
const leavings = [discoveryNotifications.disconnected, systemNotices.agentKicked];

const sources: readonly (readonly [string, readonly string[]])[] = [
  [documentedNames.posted, messages],
  [documentedNames.replied, messages],
  [documentedNames.mentioned, messages],
  [documentedNames.direct, [threadNotifications.direct]],
  [documentedNames.reactionAdded, [threadNotifications.reaction]],
  [documentedNames.reactionRemoved, [threadNotifications.reaction]],
  [documentedNames.joined, [discoveryNotifications.connected]],
  [documentedNames.left, leavings],
];
