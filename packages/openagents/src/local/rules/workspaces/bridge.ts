// One world, two products: what is said in the network as a workspace has it, and the other way round.
import { type Body, textOf } from "../../../wire/body.ts";
import { textOfPayload } from "../../../wire/content.ts";
import { channelDestination, readDestination } from "../../../wire/destinations.ts";
import { brokenEventNameRule } from "../../../wire/event-names.ts";
import { onmTypes, threadRequests } from "../../../wire/names.ts";
import {
  agentOfOnm,
  destinationOfOnm,
  mentionsOf,
  onmAgent,
  onmChannel,
  onmMessagePayload,
  onmTarget,
} from "../../../wire/onm.ts";
import { attachmentsOf, noMessage } from "../messaging/messages.ts";
import { emitSaid, freeId } from "../messaging/posts.ts";
import type { Request } from "../messaging/request.ts";
import type { CommandOf } from "../model/commands.ts";
import type { Message, OnmForm, Said } from "../model/entities.ts";
import { objectOf } from "../model/exact-json.ts";
import type { KeptEntry } from "../model/records.ts";

/** What correlates a request and its answer in direct messages. */
const correlating = ["message_id", "requires_response", "response_to"] as const;

/** What is said over a workspace's API, without what a sender over the network has. */
const common = { id: "", visibility: "network", metadata: "{}", group: null } as const;

/** A message to a channel, as an agent of the network would have posted it. */
export function postSaid(source: string, channel: string, payload: Body, atMs: number): Said {
  const replyTo = textOf(payload.reply_to_id);
  const [mentioned] = mentionsOf(payload);
  return {
    ...common,
    name: replyTo === undefined ? threadRequests.post : threadRequests.reply,
    source: agentOfOnm(source),
    to: channelDestination(channel),
    payload: JSON.stringify({
      channel,
      content: { text: textOfPayload(payload) ?? "" },
      message_type: replyTo === undefined ? "channel_message" : "reply_message",
      reply_to_id: replyTo,
      mentioned_agent_id: mentioned,
      attachments: payload.attachments,
    }),
    atMs,
  };
}

/** The same for a direct message. */
export function directSaid(
  source: string,
  peer: string,
  payload: Body,
  metadataText: string,
  atMs: number,
): Said {
  const metadata = objectOf(metadataText);
  const repliesTo =
    textOf(metadata.in_reply_to) ?? textOf(metadata.response_to) ?? textOf(payload.reply_to_id);
  return {
    ...common,
    name: threadRequests.direct,
    source: agentOfOnm(source),
    to: peer,
    payload: JSON.stringify({
      target_agent_id: peer,
      message_type: "direct_message",
      content: { text: textOfPayload(payload) ?? "" },
      attachments: payload.attachments,
      response_to: repliesTo,
      ...pick(payload, correlating),
    }),
    atMs,
  };
}

function pick(from: Body, names: readonly string[]): Body {
  return Object.fromEntries(
    names.filter((name) => Object.hasOwn(from, name)).map((name) => [name, from[name]]),
  );
}

/** Names of events that only a server says, or that a network answers itself: from a workspace they stay there. */
const staying = /^(?:system|discovery|thread|network|workspace)\./;

/** An event of a workspace as one of the network; `undefined` for what stays in the workspace. */
export function saidOfEvent(
  { onmType, source, target, payloadText, metadataText }: CommandOf<"post">,
  atMs: number,
): Said | undefined {
  if (brokenEventNameRule(onmType) !== undefined || staying.test(onmType)) {
    return undefined;
  }
  return {
    ...common,
    name: onmType,
    source: agentOfOnm(source),
    to: destinationOfOnm(target),
    payload: payloadText,
    metadata: metadataText,
    atMs,
  };
}

/**
 * Puts an event of an agent into the log of the workspace too, where it goes to a channel, to everyone, or to a member. What agents
 * of the network say to each other with names of their own stays between them. Answers whether it has.
 */
export function crossToWorkspace(
  { state, home, turn }: Request,
  said: Said,
  kept: KeptEntry | undefined,
): boolean {
  const destination = readDestination(said.to);
  const crosses =
    destination.kind === "everyone" ||
    (destination.kind === "channel" && home.channels.has(destination.name)) ||
    (destination.kind === "agent" && home.members.has(destination.id) && !state.agents.has(destination.id));
  if (crosses) {
    const message = { ...freeId(state, home, said.id), said, onm: null, ...noMessage };
    emitSaid(turn, state.homeId, message, undefined, kept);
  }
  return crosses;
}

/** Where a message stands in a workspace, without looking into it. */
export function onmPlaceOf(message: Message): Pick<OnmForm, "type" | "source" | "target"> {
  const { onm, said, kind, channel, peer } = message;
  if (onm !== null) {
    return onm;
  }
  const source = onmAgent(said?.source ?? "");
  if (kind === "other") {
    return { type: said?.name ?? "", source, target: onmTarget(said?.to)?.target ?? "core" };
  }
  const target = channel === null ? onmAgent(peer ?? "") : onmChannel(channel);
  return { type: onmTypes.message, source, target };
}

/** A message as a workspace has it. */
export function onmFormOf(message: Message): OnmForm {
  const { onm, said, kind } = message;
  if (onm !== null || said === null) {
    return onm ?? { type: "", source: "", target: "", payload: "{}", metadata: "{}", visibility: "channel" };
  }
  const place = onmPlaceOf(message);
  const visibility = kind === "direct" || said.visibility === "direct" ? "direct" : "channel";
  if (kind === "other") {
    return { ...place, payload: said.payload, metadata: said.metadata, visibility };
  }
  const payload = objectOf(said.payload);
  const told = onmMessagePayload({
    text: textOfPayload(payload) ?? "",
    replyTo: message.replyTo ?? undefined,
    mentions: mentionsOf(payload),
    attachments: attachmentsOf(payload),
  });
  const metadata = objectOf(said.metadata);
  const repliesTo = textOf(payload.response_to);
  return {
    ...place,
    visibility,
    payload: JSON.stringify(kind === "direct" ? { ...told, ...pick(payload, correlating) } : told),
    metadata: JSON.stringify(repliesTo === undefined ? metadata : { ...metadata, in_reply_to: repliesTo }),
  };
}
