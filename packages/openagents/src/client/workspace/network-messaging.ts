// The workspace API over the messaging mod of a network.

import { type OpenAgentsError, Unsupported } from "../../errors.ts";
import type { Body, ChannelMessage, EventResponse, FileEntry } from "../../types.ts";
import { fromBase64, toBase64 } from "../../wire/base64.ts";
import { bodiesOf, bodyOf, textOf, textsOf, wholeOf } from "../../wire/body.ts";
import { contentOf, textOfPayload } from "../../wire/content.ts";
import { channelDestination, channelName } from "../../wire/destinations.ts";
import { modDestination, mods, systemCommands, threadRequests } from "../../wire/names.ts";
import type { FeatureName } from "../../wire/paths.ts";
import type { Outbound, SendOptions } from "../connectors/connector.ts";
import { refusalOf } from "../failure.ts";
import { ownEvent } from "../outbound.ts";
import type { Messaging } from "./messaging.ts";

export interface NetworkCalls {
  readonly agentId: string;
  readonly features: ReadonlySet<FeatureName>;
  send(event: Outbound, options?: SendOptions): Promise<EventResponse>;
  command(eventName: string, payload: Body): Promise<EventResponse>;
}

const mod = modDestination(mods.messaging);

/** Kinds of entries that are messages. Real networks keep requests in the same history. */
const messageTypes: ReadonlySet<unknown> = new Set(["channel_message", "reply_message", "reply"]);

export function networkMessaging({ agentId, features, send, command }: NetworkCalls): Messaging {
  const event = (eventName: string, destinationId: string, payload: Body): Outbound =>
    ownEvent(agentId, eventName, destinationId, payload);
  const ask = (eventName: string, payload: Body): Promise<EventResponse> =>
    send(event(eventName, mod, payload));
  /** The data of an answer that is no refusal, in either of its layers. */
  const asked = async (operation: string, eventName: string, payload: Body): Promise<Body> => {
    const response = await ask(eventName, payload);
    if (!isDone(response)) {
      throw refusal(operation, response);
    }
    return bodyOf(response.data);
  };

  return {
    async post(channel, content, { mentions = [], replyTo, extra }) {
      const [first] = mentions;
      const common = {
        channel,
        content: contentOf(content),
        ...(first === undefined ? {} : { mentioned_agent_id: first }),
        ...(mentions.length > 1 ? { mentions } : {}),
        ...extra,
      };
      const destination = channelDestination(channel);
      const response = await send(
        replyTo === undefined
          ? event(threadRequests.post, destination, {
              action: "channel_message",
              message_type: "channel_message",
              ...common,
            })
          : event(threadRequests.reply, destination, {
              message_type: "reply_message",
              sender_id: agentId,
              reply_to_id: replyTo,
              ...common,
            }),
      );
      return withMessageId(response);
    },

    async direct(target, content, { responseTo, metadata = {}, request, signal }) {
      const correlation = {
        ...(responseTo === undefined ? {} : { response_to: responseTo }),
        ...(request === undefined ? {} : { message_id: request.id, requires_response: true }),
      };
      const message: Outbound = {
        ...event(threadRequests.direct, target, {
          target_agent_id: target,
          message_type: "direct_message",
          content: contentOf(content),
          ...correlation,
        }),
        metadata: responseTo === undefined ? metadata : { ...metadata, response_to: responseTo },
        requiresResponse: request !== undefined,
        responseTo,
      };
      return withMessageId(
        await send(request === undefined ? message : { ...message, eventId: request.id }, { signal }),
      );
    },

    async history(channel, { limit, offset }) {
      const response = await ask(threadRequests.channelHistory, {
        channel,
        limit,
        offset,
        include_threads: false,
      });
      const messages = isDone(response) ? bodiesOf(response.data?.messages) : [];
      const isClean = features.size > 0;
      return messages
        .filter((message) => isClean || messageTypes.has(message.message_type))
        .map((message) => channelMessageOf(message, channel))
        .filter(({ text, content }) => isClean || text !== "" || Object.keys(content).length > 1);
    },

    async react(messageId, reaction, action) {
      const response = await ask(action === "add" ? threadRequests.react : threadRequests.unreact, {
        target_message_id: messageId,
        reaction_type: reaction,
        action,
      });
      return {
        success: isDone(response),
        reaction,
        action,
        total: wholeOf(response.data?.total_reactions) ?? 0,
        message: response.message,
      };
    },

    async upload(channel, { filename, mimeType, bytes, description }) {
      const data = await asked("uploadFile", threadRequests.upload, {
        filename,
        file_content: toBase64(bytes),
        mime_type: mimeType,
        file_size: bytes.length,
      });
      const fileId = textOf(data.file_id) ?? "";
      await this.post(channel, description ?? filename, {
        extra: {
          attachment_file_id: fileId,
          attachment_filename: filename,
          attachment_size: bytes.length,
        },
      });
      return { fileId, filename, mimeType, size: bytes.length };
    },

    async files() {
      if (!features.has("file_list")) {
        throw new Unsupported("listFiles: this network has no list of files; keep the ids of uploads.", {
          operation: "listFiles",
        });
      }
      const data = await asked("listFiles", threadRequests.files, {});
      return bodiesOf(data.files).map(fileEntryOf);
    },

    async download(fileId) {
      const data = await asked("downloadFile", threadRequests.download, { file_id: fileId });
      return {
        fileId,
        filename: textOf(data.filename) ?? fileId,
        mimeType: textOf(data.mime_type) ?? "application/octet-stream",
        bytes: fromBase64(textOf(data.content) ?? "") ?? new Uint8Array(),
      };
    },

    async channels() {
      // A channel that was made by adding a member stands in the second list alone.
      const [listed, known] = await Promise.all([
        ask(threadRequests.channels, { action: "list_channels" }),
        command(systemCommands.listChannels, { agent_id: agentId }),
      ]);
      const names = [
        ...bodiesOf(listed.data?.channels).map(({ name }) => String(name)),
        ...textsOf(known.data?.channels),
      ];
      return [...new Set(names.map(channelName))];
    },

    createChannel: (name) =>
      command(systemCommands.addChannelMember, { channel_id: name, agent_id: agentId }),

    async agents() {
      const { success, data } = await command(systemCommands.listAgents, { agent_id: agentId });
      return success ? bodiesOf(data?.agents).flatMap(({ agent_id: id }) => textOf(id) ?? []) : [];
    },
  };
}

/** Success has two layers: of the network, and of the mod. */
const isDone = ({ success, data }: EventResponse): boolean => success && data?.success !== false;

function refusal(operation: string, { message, data }: EventResponse): OpenAgentsError {
  return refusalOf(textOf(data?.error) ?? message, { operation });
}

/** The product's documents read `message_id`, the wire has `event_id`. */
function withMessageId(response: EventResponse): EventResponse {
  const id = textOf(response.data?.event_id) ?? response.eventId;
  return response.success
    ? { ...response, data: { ...response.data, event_id: id, message_id: id } }
    : response;
}

function channelMessageOf(message: Body, channel: string): ChannelMessage {
  const { content } = message;
  const reactions = Object.entries(bodyOf(message.reactions)).flatMap(([type, count]) => {
    const whole = wholeOf(count);
    return whole === undefined ? [] : [[type, whole] as const];
  });
  return {
    messageId: textOf(message.message_id) ?? "",
    senderId: textOf(message.sender_id) ?? "",
    timestamp: wholeOf(message.timestamp) ?? 0,
    channel: textOf(message.channel) ?? channel,
    text: textOfPayload({ content }) ?? "",
    content: typeof content === "string" ? { text: content } : bodyOf(content),
    replyToId: textOf(message.reply_to_id) ?? null,
    threadLevel: wholeOf(message.thread_level) ?? 0,
    reactions: Object.fromEntries(reactions),
  };
}

function fileEntryOf(file: Body): FileEntry {
  return {
    fileId: textOf(file.file_id) ?? textOf(file.id) ?? "",
    filename: textOf(file.filename) ?? "",
    mimeType: textOf(file.mime_type) ?? textOf(file.content_type) ?? "application/octet-stream",
    size: wholeOf(file.file_size) ?? wholeOf(file.size) ?? 0,
    uploadedBy: textOf(file.uploaded_by) ?? null,
    channel: textOf(file.channel) ?? textOf(file.channel_name) ?? null,
  };
}
