// The workspace API over the REST of a hosted workspace.

import { fillPath } from "@x/core";
import { OpenAgentsError, Unsupported } from "../../errors.ts";
import type { Body, EventResponse, FileEntry } from "../../types.ts";
import { toBase64 } from "../../wire/base64.ts";
import { bodiesOf, bodyOf, textOf, textsOf, wholeOf } from "../../wire/body.ts";
import { contentOf, type MessageContent, textOfPayload } from "../../wire/content.ts";
import { onmTypes } from "../../wire/names.ts";
import {
  agentOfOnm,
  channelOfOnm,
  onmAgent,
  onmChannel,
  onmCore,
  onmMessagePayload,
} from "../../wire/onm.ts";
import { onmPaths } from "../../wire/paths.ts";
import type { OnmSession } from "../connectors/onm-session.ts";
import { serviceName } from "../failure.ts";
import type { Messaging } from "./messaging.ts";

export function hostedMessaging(session: OnmSession): Messaging {
  const { agentId, call, network, post } = session;
  /** Channels that this agent may post to. */
  const joined = new Set<string>();

  const discover = (operation: string): Promise<Body> =>
    call(operation, "GET", onmPaths.discover, { query: { network: network() } });

  const create = (name: string, description: string | undefined): Promise<EventResponse> =>
    post(onmTypes.createChannel, onmCore, {
      name,
      title: description ?? name,
      master: agentId,
      participants: [agentId],
    });

  /** A channel that is there already is no failure: older servers crash over it, newer ones say so. */
  const createOnce = async (name: string, description: string | undefined): Promise<EventResponse> => {
    try {
      return await create(name, description);
    } catch (error) {
      if (error instanceof OpenAgentsError && (error.status === 500 || error.status === 409)) {
        return {
          success: true,
          message: `Channel ${name} exists`,
          data: { channel: name },
          eventName: onmTypes.createChannel,
          eventId: "",
        };
      }
      throw error;
    }
  };

  /** A post to a channel that nobody made is kept, and seen by nobody: so it is made first, and joined. */
  const enter = async (name: string): Promise<void> => {
    if (joined.has(name)) {
      return;
    }
    const { channels } = await discover("post");
    const found = bodiesOf(channels).find(({ address }) => channelOfOnm(String(address)) === name);
    if (found === undefined) {
      await createOnce(name, undefined);
    } else if (!textsOf(found.participants).includes(agentId)) {
      await post(onmTypes.joinChannel, onmCore, { channel: name, agent_name: agentId });
    }
    joined.add(name);
  };

  const channels = async (): Promise<string[]> =>
    bodiesOf((await discover("channels")).channels).flatMap(
      ({ address }) => channelOfOnm(String(address)) ?? [],
    );

  return {
    async post(channel, content, { mentions = [], replyTo, extra }) {
      await enter(channel);
      const text = withMentions(textOfMessage(content), mentions);
      return await post(onmTypes.message, onmChannel(channel), {
        ...onmMessagePayload({ text, replyTo, mentions }),
        ...extra,
      });
    },

    async direct(target, content, { responseTo, metadata, request, signal }) {
      const payload = {
        ...onmMessagePayload({ text: textOfMessage(content), replyTo: responseTo }),
        ...(responseTo === undefined ? {} : { response_to: responseTo }),
        ...(request === undefined ? {} : { message_id: request.id, requires_response: true }),
      };
      return await post(onmTypes.message, onmAgent(target), payload, {
        visibility: "direct",
        metadata: responseTo === undefined ? metadata : { ...metadata, in_reply_to: responseTo },
        signal,
      });
    },

    async history(channel, { limit, offset }) {
      const { events } = await call("getMessages", "GET", onmPaths.events, {
        query: {
          network: network(),
          channel,
          type: "workspace.message",
          sort: "desc",
          limit: Math.min(500, limit + offset),
        },
      });
      return bodiesOf(events)
        .filter(({ type }) => type === onmTypes.message)
        .slice(offset, offset + limit)
        .map((event) => {
          const payload = bodyOf(event.payload);
          const text = textOfPayload(payload) ?? "";
          return {
            messageId: textOf(event.id) ?? "",
            senderId: agentOfOnm(textOf(event.source) ?? ""),
            timestamp: Math.floor((wholeOf(event.timestamp) ?? 0) / 1_000),
            channel,
            text,
            content: { ...payload, text },
            replyToId: textOf(payload.reply_to_id) ?? null,
            threadLevel: 0,
            reactions: {},
          };
        });
    },

    react() {
      throw new Unsupported("react: a hosted workspace has no reactions.", { operation: "react" });
    },

    async upload(channel, { filename, mimeType, bytes, description }) {
      await enter(channel);
      const file = await call("uploadFile", "POST", onmPaths.filesBase64, {
        body: {
          filename,
          content_base64: toBase64(bytes),
          content_type: mimeType,
          network: network(),
          source: onmAgent(agentId),
          channel_name: channel,
          post_to_channel: true,
          ...(description === undefined ? {} : { caption: description }),
        },
      });
      const fileId = textOf(file.id) ?? "";
      return {
        fileId,
        filename: textOf(file.filename) ?? filename,
        mimeType: textOf(file.content_type) ?? mimeType,
        size: wholeOf(file.size) ?? bytes.length,
      };
    },

    async files() {
      const files: FileEntry[] = [];
      for (;;) {
        const page = await call("listFiles", "GET", onmPaths.files, {
          query: { network: network(), limit: 100, offset: files.length },
        });
        const found = bodiesOf(page.files);
        files.push(...found.map(fileEntryOf));
        if (found.length === 0 || files.length >= (wholeOf(page.total) ?? 0)) {
          return files;
        }
      }
    },

    async download(fileId) {
      const named = { service: serviceName, operation: "downloadFile" };
      const info = await call("downloadFile", "GET", fillPath(onmPaths.fileInfo, { id: fileId }, named));
      const { bytes, mimeType } = await session.bytes(fillPath(onmPaths.file, { id: fileId }, named));
      return {
        fileId,
        filename: textOf(info.filename) ?? fileId,
        mimeType: textOf(info.content_type) ?? mimeType,
        bytes,
      };
    },

    channels,
    async createChannel(name, description) {
      const response = await createOnce(name, description);
      joined.delete(name);
      return response;
    },

    async agents() {
      const { agents } = await discover("agents");
      const found = bodiesOf(agents).map(({ address, status }) => ({
        id: agentOfOnm(String(address)),
        isOnline: status === "online",
      }));
      return [...found.filter(({ isOnline }) => isOnline), ...found.filter(({ isOnline }) => !isOnline)].map(
        ({ id }) => id,
      );
    },
  };
}

/** A workspace takes texts; of an object its text is sent, else the whole as JSON. */
const textOfMessage = (content: MessageContent): string =>
  textOfPayload(contentOf(content)) ?? JSON.stringify(content);

/** People read mentions in the text. */
function withMentions(text: string, mentions: readonly string[]): string {
  const absent = mentions.filter((id) => !text.includes(`@${id}`));
  return absent.length === 0 ? text : `${absent.map((id) => `@${id}`).join(" ")} ${text}`;
}

function fileEntryOf(file: Body): FileEntry {
  return {
    fileId: textOf(file.id) ?? "",
    filename: textOf(file.filename) ?? "",
    mimeType: textOf(file.content_type) ?? "application/octet-stream",
    size: wholeOf(file.size) ?? 0,
    uploadedBy: textOf(file.uploaded_by) === undefined ? null : agentOfOnm(String(file.uploaded_by)),
    channel: textOf(file.channel_name) ?? null,
  };
}
