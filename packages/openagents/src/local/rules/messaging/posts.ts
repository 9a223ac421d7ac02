// What is said: posts, replies, and direct messages. Each is stored once; what members are told of it is made when they fetch it.
import { type Body, textOf } from "../../../wire/body.ts";
import { readDestination } from "../../../wire/destinations.ts";
import { threadNotifications, threadRequests } from "../../../wire/names.ts";
import type { Answer, SentEvent } from "../model/commands.ts";
import type { Notice, Said } from "../model/entities.ts";
import { membersOf, objectOf } from "../model/exact-json.ts";
import type { KeptEntry, NewMessage } from "../model/records.ts";
import { idOf, type State, type Workspace } from "../model/state.ts";
import type { NetworkTurn } from "../model/turn.ts";
import { ensureChannel } from "./channels.ts";
import { channelLane, directLane, quotedText, speakerOf } from "./messages.ts";
import { done, type Handler, invalid, type Request } from "./request.ts";

/** A thread has so many levels; deeper replies begin one of their own. */
const deepestLevel = 4;

export const post: Handler = (request) => {
  const channel = textOf(request.event.payload.channel);
  if (channel === undefined) {
    return invalid(request, "channel is required");
  }
  const problem = ensureChannel(request, channel);
  if (problem !== undefined) {
    return invalid(request, problem);
  }
  return say(
    request,
    plainPost(request.state, request.home, saidOf(request), request.event.payload, channel),
  );
};

export const reply: Handler = (request) => {
  const { state, home, event } = request;
  const replyTo = textOf(event.payload.reply_to_id);
  if (replyTo === undefined) {
    return invalid(request, "reply_to_id is required");
  }
  const parent = home.byId.get(replyTo);
  const channel = textOf(event.payload.channel) ?? parent?.channel ?? undefined;
  if (channel === undefined && parent?.kind !== "direct") {
    return invalid(request, "channel is required");
  }
  const problem = channel === undefined ? undefined : ensureChannel(request, channel);
  if (problem !== undefined) {
    return invalid(request, problem);
  }
  return say(request, replyPost(state, home, saidOf(request), event.payload, channel ?? null, replyTo));
};

export const sendDirect: Handler = (request) => {
  const { state, home, event } = request;
  const named = textOf(event.payload.target_agent_id);
  const destination = readDestination(event.to);
  const peer = destination.kind === "agent" ? destination.id : named;
  if (peer === undefined) {
    return invalid(request, "target_agent_id is required");
  }
  // The real network lists only those that name their receiver twice.
  const isListed = named !== undefined && destination.kind === "agent";
  return say(request, directMessage(state, home, saidOf(request), event.payload, peer, isListed));
};

/** What is to be said, and what of it is told. */
export interface Saying {
  readonly message: NewMessage;
  readonly notice: Notice;
}

/** A message to a channel that replies to nothing that is known. */
export function plainPost(
  state: State,
  workspace: Workspace,
  said: Said,
  payload: Body,
  channel: string,
): Saying {
  const { id, made } = freeId(state, workspace, said.id);
  return {
    message: {
      id,
      made,
      said,
      onm: null,
      kind: "post",
      lane: channelLane(channel),
      channel,
      peer: null,
      replyTo: textOf(payload.reply_to_id) ?? null,
      level: 0,
      rootId: null,
    },
    notice: noticeOf(threadNotifications.post, said, payload, {
      original_event_id: id,
      ...quoted(workspace, payload),
    }),
  };
}

/** A reply; where nobody knows what it replies to, it is told as a message of the channel. */
export function replyPost(
  state: State,
  workspace: Workspace,
  said: Said,
  payload: Body,
  channel: string | null,
  replyTo: string,
): Saying {
  const parent = workspace.byId.get(replyTo);
  if (parent === undefined) {
    return plainPost(state, workspace, said, payload, channel ?? "");
  }
  const { id, made } = freeId(state, workspace, said.id);
  const isDeeper = parent.level === deepestLevel;
  const level = isDeeper ? 0 : parent.level + 1;
  const author = speakerOf(parent);
  const isDirect = channel === null;
  const peer = isDirect ? (author === said.source ? (parent.peer ?? author) : author) : null;
  return {
    message: {
      id,
      made,
      said,
      onm: null,
      kind: isDirect ? "direct" : "post",
      lane: peer === null ? channelLane(channel ?? "") : directLane(said.source, peer),
      channel,
      peer,
      replyTo,
      level,
      rootId: isDeeper ? null : (parent.rootId ?? parent.id),
    },
    notice: noticeOf(threadNotifications.reply, said, payload, {
      original_message_id: replyTo,
      original_sender: author,
      reply_event_id: id,
      ...(isDeeper ? {} : { thread_level: level }),
      ...quoted(workspace, payload),
    }),
  };
}

export function directMessage(
  state: State,
  workspace: Workspace,
  said: Said,
  payload: Body,
  peer: string,
  isListed: boolean,
): Saying {
  const { id, made } = freeId(state, workspace, said.id);
  return {
    message: {
      id,
      made,
      said,
      onm: null,
      kind: "direct",
      lane: isListed ? directLane(said.source, peer) : `loose ${directLane(said.source, peer)}`,
      channel: null,
      peer,
      replyTo: textOf(payload.reply_to_id) ?? null,
      level: 0,
      rootId: null,
    },
    notice: noticeOf(threadNotifications.direct, said, payload, {
      sender_id: said.source,
      // Its sender did not choose it.
      ...(made ? { original_event_id: id } : {}),
      ...quoted(workspace, payload),
    }),
  };
}

/** The event as it is stored. */
export function saidOf({ event, agent, turn }: Pick<Request, "event" | "agent" | "turn">): Said {
  return {
    id: event.id,
    name: event.name,
    source: event.source,
    to: event.to,
    payload: event.payloadText,
    metadata: event.metadataText,
    visibility: event.visibility,
    atMs: turn.now.wall,
    group: agent.facts.group,
    ...event.preserved,
  };
}

/** What is remembered of a request; `undefined` for one without an id. */
export function keptOf(event: SentEvent, answer: Answer): KeptEntry | undefined {
  return event.id === ""
    ? undefined
    : {
        key: `${event.source}\n${event.id}`,
        fingerprint: event.fingerprint,
        message: answer.message,
        data: answer.data === null ? null : JSON.stringify(answer.data),
      };
}

/** An id that is taken leads to what was said first: the second one gets one of the server's. */
export function freeId(
  { prefix, ids }: State,
  workspace: Workspace,
  wanted: string,
): { readonly id: string; readonly made: boolean } {
  return wanted === "" || workspace.byId.has(wanted)
    ? { id: idOf(prefix, ids + 1), made: true }
    : { id: wanted, made: false };
}

/** How the real network calls what it has done. */
const words: ReadonlyMap<string, string> = new Map([
  [threadRequests.post, "Thread channel message"],
  [threadRequests.reply, "Thread reply"],
  [threadRequests.direct, "Thread direct message"],
]);

function say({ state, event, turn }: Request, { message, notice }: Saying): Answer {
  const { name, id } = event;
  const answer = done(`${words.get(name)} event ${name} processed successfully`, {
    event_name: name,
    event_id: id,
  });
  emitSaid(turn, state.homeId, message, notice, keptOf(event, answer));
  return answer;
}

/** Puts a message into the journal. */
export function emitSaid(
  turn: NetworkTurn,
  workspaceId: string,
  message: NewMessage,
  notice?: Notice,
  kept?: KeptEntry,
): void {
  turn.emit({
    type: "message.said",
    workspaceId,
    message,
    ...(notice === undefined ? {} : { notice }),
    ...(kept === undefined ? {} : { kept }),
  });
}

/** What a payload becomes for those who are told of it. */
function noticeOf(name: string, said: Said, payload: Body, added: Body): Notice {
  const clashes = Object.keys(added).some((key) => Object.hasOwn(payload, key));
  return clashes
    ? { name, more: "", payload: JSON.stringify({ ...objectOf(said.payload), ...added }) }
    : { name, more: membersOf(added) };
}

function quoted(workspace: Workspace, payload: Body): Body {
  const id = textOf(payload.quoted_message_id);
  return id === undefined ? {} : { quoted_text: quotedText(workspace, id) };
}
