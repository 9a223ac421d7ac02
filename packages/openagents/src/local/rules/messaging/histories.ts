// What was said, read back: channels newest first with their threads, direct messages oldest first, and who talks with whom.
import { type Body, textOf } from "../../../wire/body.ts";
import { wireEvent } from "../../../wire/event.ts";
import type { Message } from "../model/entities.ts";
import { objectOf } from "../model/exact-json.ts";
import type { Fifo } from "../model/fifo.ts";
import type { Workspace } from "../model/state.ts";
import {
  channelLane,
  contentOfPayload,
  directLane,
  payloadOf,
  quotedText,
  speakerOf,
  textOfMessage,
} from "./messages.ts";
import { done, failed, type Handler, invalid, pageOf, requestId } from "./request.ts";

/** So many events stand in the threads of one answer: each message of a thread would repeat all of it. */
const mostNested = 2_000;

export const channelHistory: Handler = (request) => {
  const { home, event } = request;
  const page = pageOf(event);
  if (typeof page === "string") {
    return invalid(request, page);
  }
  const channel = textOf(event.payload.channel);
  if (channel === undefined) {
    return failed(request, "Channel name is required");
  }
  if (!home.channels.has(channel)) {
    return failed(request, `Channel '${channel}' not found`);
  }
  const { limit, offset } = page;
  const lane = home.lanes.get(channelLane(channel));
  const total = lane?.length ?? 0;
  const newest = lane?.slice(Math.max(0, total - offset - limit), Math.max(0, total - offset)) ?? [];
  const threads = threadReader(home, event.payload.include_threads !== false);
  const messages = newest.reverse().map((message) => {
    const payload = payloadOf(message);
    return { ...entryOf(message, payload), ...around(home, message, payload, threads) };
  });
  return done("Channel message retrieval completed successfully", {
    success: true,
    channel,
    messages,
    total_count: total,
    offset,
    limit,
    has_more: offset + messages.length < total,
    request_id: requestId(request),
  });
};

export const directHistory: Handler = (request) => {
  const { home, event } = request;
  const page = pageOf(event);
  if (typeof page === "string") {
    return invalid(request, page);
  }
  const peer = textOf(event.payload.target_agent_id);
  if (peer === undefined) {
    return failed(request, "Target agent ID is required");
  }
  const { limit, offset } = page;
  const lane = home.lanes.get(directLane(event.source, peer));
  const threads = threadReader(home, event.payload.include_threads !== false);
  const messages = (lane?.slice(offset, offset + limit) ?? []).map((message) => {
    const payload = payloadOf(message);
    return { ...eventOf(message, payload), ...around(home, message, payload, threads) };
  });
  const total = lane?.length ?? 0;
  return done("Direct message retrieval completed successfully", {
    success: true,
    target_agent_id: peer,
    messages,
    total_count: total,
    offset,
    limit,
    has_more: offset + messages.length < total,
    request_id: requestId(request),
  });
};

export const listConversations: Handler = ({ home, event: { source } }) =>
  done("Conversations listed successfully", {
    conversations: conversationsOf(home)
      .filter(({ agents }) => agents.includes(source))
      .map(({ agents, last, count }) => ({
        agents,
        last_message: {
          content: textOfMessage(last),
          sender: speakerOf(last),
          timestamp: Math.floor(last.atMs / 1_000),
        },
        message_count: count,
      })),
  });

/** Who has said something to whom. */
export interface Conversation {
  readonly agents: readonly [string, string];
  readonly last: Message;
  readonly count: number;
}

export function conversationsOf({ lanes }: Workspace): Conversation[] {
  const conversations: Conversation[] = [];
  for (const lane of lanes.values()) {
    const last = lane.at(lane.length - 1);
    if (last?.kind === "direct" && last.lane.startsWith("direct ")) {
      const [a, b] = [speakerOf(last), last.peer ?? ""];
      conversations.push({ agents: a < b ? [a, b] : [b, a], last, count: lane.length });
    }
  }
  return conversations;
}

/** A message as the history of its channel lists it. */
function entryOf(message: Message, payload: Body): Body {
  return {
    message_id: message.id,
    sender_id: speakerOf(message),
    timestamp: Math.floor(message.atMs / 1_000),
    content: contentOfPayload(payload),
    channel: message.channel,
    message_type:
      textOf(payload.message_type) ?? (message.replyTo === null ? "channel_message" : "reply_message"),
    reply_to_id: message.replyTo,
    thread_level: Math.max(1, message.level),
    ...attached(payload),
  };
}

/** Files that a message names. */
function attached({ attachments, attachment_file_id, attachment_filename, attachment_size }: Body): Body {
  return {
    ...(attachments === undefined ? {} : { attachments }),
    ...(attachment_file_id === undefined ? {} : { attachment_file_id, attachment_filename, attachment_size }),
  };
}

/** What belongs to a message and is no part of it. */
interface Around {
  readonly quoted_message_id: string | null;
  readonly quoted_text: string | null;
  readonly thread_info: unknown;
  readonly reactions: Readonly<Record<string, number>>;
}

function around(
  home: Workspace,
  message: Message,
  payload: Body,
  threads: (message: Message) => unknown,
): Around {
  const quotedId = textOf(payload.quoted_message_id) ?? null;
  return {
    quoted_message_id: quotedId,
    quoted_text: quotedId === null ? null : quotedText(home, quotedId),
    thread_info: threads(message),
    reactions: reactionsOf(home, message.id),
  };
}

/** How many agents reacted, by type. */
export function reactionsOf({ reactions }: Workspace, messageId: string): Record<string, number> {
  const counts = [...(reactions.get(messageId) ?? [])].map(([type, agents]) => [type, agents.size] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** The whole event of a message, as it was polled or would have been. */
function eventOf({ said, level }: Message, payload: Body): Body {
  if (said === null) {
    return {};
  }
  return {
    ...wireEvent({
      event_name: said.name,
      source_id: said.source,
      event_id: said.id,
      timestamp: Math.floor(said.atMs / 1_000),
      destination_id: said.to,
      payload: level > 0 ? { ...payload, thread_level: level } : payload,
      metadata: objectOf(said.metadata),
      source_agent_group: said.group,
    }),
    visibility: said.visibility,
    requires_response: said.requiresResponse === true,
    response_to: said.responseTo ?? null,
    thread_name: said.threadName ?? null,
    text_representation: said.textRepresentation ?? null,
  };
}

/** Tells the thread of a message, whole as long as there is room for it in this answer. */
function threadReader({ byId, threads }: Workspace, isWanted: boolean): (message: Message) => unknown {
  let room = mostNested;
  return (message) => {
    const root = message.rootId === null ? message : byId.get(message.rootId);
    const replies = root === undefined ? undefined : threads.get(root.id);
    if (!isWanted || root === undefined || replies === undefined) {
      return null;
    }
    const fits = replies.length + 1 <= room;
    room -= fits ? replies.length + 1 : 0;
    return {
      thread_id: root.id,
      is_root: root === message,
      thread_structure: fits ? structureOf(root, replies) : null,
    };
  };
}

function structureOf(root: Message, replies: Fifo<Message>): unknown {
  const answers = new Map<string, Message[]>();
  for (const reply of replies.slice(0)) {
    const to = reply.replyTo ?? "";
    const known = answers.get(to);
    if (known === undefined) {
      answers.set(to, [reply]);
    } else {
      known.push(reply);
    }
  }
  // A thread has five levels at most.
  const node = (message: Message, level: number): unknown => ({
    message: eventOf(message, payloadOf(message)),
    level,
    replies: (answers.get(message.id) ?? []).map((reply) => node(reply, level + 1)),
  });
  return node(root, 0);
}
