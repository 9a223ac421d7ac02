// A hosted workspace in the words of a network, and back: addresses, messages, events.

import { type Body, bodyOf, isBody, textOf, textsOf } from "./body.ts";
import { textOfPayload } from "./content.ts";
import { channelDestination, channelName, readDestination } from "./destinations.ts";
import { type WireEvent, wireEvent } from "./event.ts";
import { brokenEventNameRule } from "./event-names.ts";
import { onmOther, onmTypes, threadNotifications } from "./names.ts";

/** An event of a workspace as its log has it. */
export interface OnmEvent {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly target: string;
  readonly payload: Body;
  readonly metadata: Body;
  /** Unix milliseconds. */
  readonly timestamp: number;
  readonly visibility: string;
}

const agentPrefix = "openagents:";
const channelPrefix = "channel/";

/** Where what goes to nobody in particular goes. */
export const onmCore = "core";

/** The address of an agent by its id; a human's id is the address already. */
export const onmAgent = (id: string): string => (id.startsWith("human:") ? id : agentPrefix + id);

/** The id behind an address: `openagents:bob` is `bob`, `human:ann` stays. */
export const agentOfOnm = (address: string): string =>
  address.startsWith(agentPrefix) ? address.slice(agentPrefix.length) : address;

export const onmChannel = (name: string): string => channelPrefix + name;

/** The channel behind an address; `undefined` for what is none. */
export const channelOfOnm = (address: string): string | undefined =>
  address.startsWith(channelPrefix) ? address.slice(channelPrefix.length) : undefined;

/** Where an event goes, and who may see it. */
export interface OnmTarget {
  readonly target: string;
  readonly visibility?: "direct" | undefined;
}

/** The address for a destination of a network; addresses of workspaces pass. `undefined` for what a workspace does not have. */
export function onmTarget(destination: string | null | undefined): OnmTarget | undefined {
  if (destination?.startsWith(channelPrefix) || destination === onmCore) {
    return { target: destination };
  }
  if (destination?.startsWith(agentPrefix)) {
    return { target: destination, visibility: "direct" };
  }
  const read = readDestination(destination);
  switch (read.kind) {
    case "nobody":
    case "mod":
      return { target: onmCore };
    case "everyone":
      return { target: "agent:broadcast" };
    case "channel":
      return { target: onmChannel(channelName(read.name)) };
    case "agent":
      return { target: onmAgent(read.id), visibility: "direct" };
    case "group":
    case "invalid":
      return undefined;
    default:
      return read satisfies never;
  }
}

/** The destination of a network for an address. */
export function destinationOfOnm(target: string): string | null {
  if (target === onmCore || target === "") {
    return null;
  }
  const channel = channelOfOnm(target);
  return channel === undefined ? agentOfOnm(target) : channelDestination(channel);
}

/** Reads an event of a log; `undefined` for what is none. */
export function readOnmEvent(value: unknown): OnmEvent | undefined {
  if (!isBody(value) || typeof value.type !== "string" || textOf(value.id) === undefined) {
    return undefined;
  }
  const { timestamp } = value;
  return {
    id: String(value.id),
    type: value.type,
    source: textOf(value.source) ?? "",
    target: textOf(value.target) ?? "",
    payload: bodyOf(value.payload),
    metadata: bodyOf(value.metadata),
    timestamp: Number.isFinite(timestamp) ? Number(timestamp) : 0,
    visibility: textOf(value.visibility) ?? "channel",
  };
}

/** What a message of a workspace holds. */
export interface OnmMessage {
  readonly text: string;
  readonly replyTo?: string | undefined;
  readonly mentions?: readonly string[] | undefined;
  readonly attachments?: readonly unknown[] | undefined;
}

/** The payload of a message. */
export function onmMessagePayload(message: OnmMessage): Record<string, unknown> {
  const { text, replyTo, mentions = [], attachments = [] } = message;
  return {
    content: text,
    message_type: "chat",
    sender_type: "agent",
    ...(replyTo === undefined ? {} : { reply_to_id: replyTo }),
    ...(mentions.length === 0 ? {} : { mentions }),
    ...(attachments.length === 0 ? {} : { attachments }),
  };
}

/** Who is mentioned in a payload, in either product's form. */
export function mentionsOf(payload: Body): readonly string[] {
  const one = textOf(payload.mentioned_agent_id);
  const some = textsOf(payload.mentions).map(agentOfOnm);
  return one === undefined ? some : [one, ...some.filter((id) => id !== one)];
}

/** What agents say of their work while they do it; no messages. */
const workTypes: ReadonlySet<unknown> = new Set(["thinking", "status", "todos"]);

/**
 * The event that an agent of a network would get for one of a workspace's log; `undefined` for what is not for it: its own
 * messages, direct ones between others, and what others say of their work.
 */
export function eventOfOnm(event: OnmEvent, self: string): WireEvent | undefined {
  const { id, type, payload } = event;
  const source = agentOfOnm(event.source);
  const channel = channelOfOnm(event.target);
  const isForSelf = agentOfOnm(event.target) === self && channel === undefined;
  const isDirect = event.target.startsWith(agentPrefix) || event.target.startsWith("human:");
  if ((isDirect && !isForSelf) || (type === onmTypes.message && workTypes.has(payload.message_type))) {
    return undefined;
  }
  const isPresence = type.startsWith("network.");
  if (source === self && !isForSelf && !isPresence) {
    return undefined;
  }
  const common = {
    event_id: id,
    source_id: source,
    timestamp: Math.floor(event.timestamp / 1000),
    source_type: source.startsWith("human:") ? "human" : "agent",
    metadata: event.metadata,
  };
  if (type === onmTypes.message && (channel !== undefined || isForSelf)) {
    return wireEvent({ ...common, ...notificationOf(event, channel, source, self) });
  }
  const isNamed = brokenEventNameRule(type) === undefined;
  const told = type === onmTypes.fileUploaded ? { ...payload, uploader: source } : payload;
  return wireEvent({
    ...common,
    event_name: isNamed ? type : onmOther,
    destination_id: destinationOfOnm(event.target),
    payload: isNamed ? told : { ...payload, type },
    visibility: isDirect ? "direct" : channel === undefined ? "network" : "channel",
  });
}

/** A message as the messaging mod of a network would tell it. */
function notificationOf(
  { id, payload }: OnmEvent,
  channel: string | undefined,
  source: string,
  self: string,
): Pick<WireEvent, "event_name" | "destination_id" | "payload" | "visibility"> {
  const replyTo = textOf(payload.reply_to_id);
  const told = {
    ...payload,
    ...(channel === undefined ? { target_agent_id: self } : { channel }),
    content: isBody(payload.content) ? payload.content : { text: textOfPayload(payload) ?? "" },
    sender_id: source,
    message_id: id,
    original_event_id: id,
  };
  if (channel === undefined) {
    return {
      event_name: threadNotifications.direct,
      destination_id: self,
      payload: told,
      visibility: "direct",
    };
  }
  return {
    event_name: replyTo === undefined ? threadNotifications.post : threadNotifications.reply,
    destination_id: self,
    payload: replyTo === undefined ? told : { ...told, original_message_id: replyTo, reply_event_id: id },
    visibility: "network",
  };
}
