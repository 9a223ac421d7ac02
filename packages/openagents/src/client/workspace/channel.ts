// One channel of a workspace.

import { linkSignals, must, type OptionRules } from "@x/core";
import { InvalidEvent } from "../../errors.ts";
import type {
  Body,
  ChannelMessage,
  EventResponse,
  MessageContent,
  ReactionResult,
  UploadedFile,
} from "../../types.ts";
import { bodyOf } from "../../wire/body.ts";
import { documentedNames, threadRequests } from "../../wire/names.ts";
import { reactionOf, reactionTypes } from "../../wire/reactions.ts";
import type { AgentEvent } from "../events/agent-event.ts";
import { check, type TimeoutOptions, timeoutRules } from "../options.ts";
import { channelOf, type MessageRef, messageIdOf } from "./message-ids.ts";
import type { WorkspacePort } from "./port.ts";

/** Which part of a channel's history. */
export interface HistoryOptions {
  /** 1 to 500. @default 50 */
  readonly limit?: number | undefined;
  /** How many of the newest to leave out, from 0. @default 0 */
  readonly offset?: number | undefined;
}

/** What a file is called and is. */
export interface UploadOptions {
  /** @default the last part of the path; `file` for bytes */
  readonly filename?: string | undefined;
  /** @default "application/octet-stream" */
  readonly mimeType?: string | undefined;
  /** The text of the post that goes with it. @default the name */
  readonly description?: string | undefined;
}

/** For which event of a channel to wait, and how long. */
export interface ChannelWaitOptions extends TimeoutOptions {
  /** Whose it must be. @default anybody's */
  readonly from?: string | undefined;
  /** Which message it must be about. @default any */
  readonly message?: MessageRef | undefined;
}

const historyRules: OptionRules<HistoryOptions> = { limit: must.beWhole(1, 500), offset: must.beWhole(0) };

const uploadRules: OptionRules<UploadOptions> = {
  filename: must.beFullText,
  mimeType: must.beFullText,
  description: must.beText,
};

const waitRules: OptionRules<ChannelWaitOptions> = {
  ...timeoutRules,
  from: must.beFullText,
  message: must.beAnything,
};

/** A channel. Nothing is asked of the server before something is done with it. */
export class Channel {
  /** `#general`. */
  readonly name: string;
  /** `general`. */
  readonly id: string;
  readonly #port: WorkspacePort;

  constructor(id: string, port: WorkspacePort) {
    this.id = id;
    this.name = `#${id}`;
    this.#port = port;
  }

  /** Says something. `data.message_id` of the answer is the id of the post. @param extra more members of the payload */
  post(content: MessageContent, extra?: Body): Promise<EventResponse> {
    return this.#post(content, { extra });
  }

  /** The same, and those who are named are told that they are meant. */
  postWithMention(
    content: MessageContent,
    agentId: string | readonly string[],
    extra?: Body,
  ): Promise<EventResponse> {
    return this.#post(content, { mentions: typeof agentId === "string" ? [agentId] : agentId, extra });
  }

  /** Answers a message in its thread, by its id or by the event that told of it. */
  reply(message: MessageRef, content: MessageContent, extra?: Body): Promise<EventResponse> {
    return this.#post(content, { replyTo: messageIdOf(message), extra });
  }

  /** The same as {@link reply}. */
  replyToMessage(message: MessageRef, content: MessageContent, extra?: Body): Promise<EventResponse> {
    return this.reply(message, content, extra);
  }

  /** Messages of the channel, the newest first; none when they cannot be had. */
  async getMessages(options: HistoryOptions = {}): Promise<readonly ChannelMessage[]> {
    check("getMessages", options, historyRules);
    const { limit = 50, offset = 0 } = options;
    return await this.#port.list("getMessages", (messaging) => messaging.history(this.id, { limit, offset }));
  }

  /** The same as {@link getMessages}. */
  history(options: HistoryOptions = {}): Promise<readonly ChannelMessage[]> {
    return this.getMessages(options);
  }

  /**
   * Reacts to a message with one of the network's words or the emoji of it.
   *
   * @throws InvalidEvent for another word, Unsupported on a hosted workspace
   */
  async react(
    message: MessageRef,
    reaction: string,
    action: "add" | "remove" = "add",
  ): Promise<ReactionResult> {
    const known = reactionOf(reaction);
    if (known === undefined) {
      throw new InvalidEvent(
        `react: there is no reaction ${JSON.stringify(reaction)}; there are ${reactionTypes.join(", ")}.`,
        { operation: "react" },
      );
    }
    return await this.#port.perform("react", (messaging) =>
      messaging.react(messageIdOf(message), known, action),
    );
  }

  /** The same as {@link react}. */
  reactToMessage(
    message: MessageRef,
    reaction: string,
    action: "add" | "remove" = "add",
  ): Promise<ReactionResult> {
    return this.react(message, reaction, action);
  }

  /**
   * Uploads a file and posts that it is there. A path needs a file system. A real network takes about 750 KB, ours 5 MB, a hosted
   * workspace 50 MB.
   *
   * @throws TooLarge, NotConnected, OpenAgentsError
   */
  async uploadFile(file: string | Uint8Array, options: UploadOptions = {}): Promise<UploadedFile> {
    check("uploadFile", options, uploadRules);
    const { readFile } = await import("#file-reader");
    const { bytes, name } = typeof file === "string" ? await readFile(file) : { bytes: file, name: "file" };
    const { filename = name, mimeType = "application/octet-stream", description } = options;
    return await this.#port.perform("uploadFile", (messaging) =>
      messaging.upload(this.id, { filename, mimeType, bytes, description }),
    );
  }

  /** The next post here; null when the time is over. */
  waitForPost(options: ChannelWaitOptions = {}): Promise<AgentEvent | null> {
    return this.#wait("waitForPost", options, [documentedNames.posted]);
  }

  /** The next reply here; null when the time is over. */
  waitForReply(options: ChannelWaitOptions = {}): Promise<AgentEvent | null> {
    return this.#wait("waitForReply", options, [documentedNames.replied]);
  }

  /** The next reaction; null when the time is over. It does not say of which channel it is: name the message. */
  waitForReaction(options: ChannelWaitOptions = {}): Promise<AgentEvent | null> {
    return this.#wait("waitForReaction", options, [
      documentedNames.reactionAdded,
      documentedNames.reactionRemoved,
    ]);
  }

  /** Posts, and waits for a reply to that post; null when the time is over or the post failed. */
  async postAndWait(content: MessageContent, options: TimeoutOptions = {}): Promise<AgentEvent | null> {
    check("postAndWait", options, timeoutRules);
    using stop = linkSignals(options.signal);
    let isStopped = false;
    const early: AgentEvent[] = [];
    let postId: string | undefined;
    const isReply = (event: AgentEvent): boolean => bodyOf(event.payload).parent_id === postId;
    // Before the post: its reply may come sooner than the answer to it, which says its id.
    const waiting = this.#port.wait(
      (event) => {
        if (event.eventName !== documentedNames.replied) {
          return false;
        }
        if (postId === undefined) {
          early.push(event);
          return false;
        }
        return isReply(event);
      },
      { ...options, signal: stop.signal },
    );
    const ended = waiting.catch((error: unknown) => {
      if (isStopped) {
        return null;
      }
      throw error;
    });
    const response = await this.post(content);
    postId = response.success ? String(bodyOf(response.data).message_id) : "";
    const found = early.find(isReply);
    if (found !== undefined || !response.success) {
      isStopped = true;
      stop.abort();
      await ended;
      return found ?? null;
    }
    return await ended;
  }

  #post(
    content: MessageContent,
    parts: {
      readonly mentions?: readonly string[];
      readonly replyTo?: string;
      readonly extra?: Body | undefined;
    },
  ): Promise<EventResponse> {
    const name = parts.replyTo === undefined ? threadRequests.post : threadRequests.reply;
    return this.#port.respond("post", name, (messaging) => messaging.post(this.id, content, parts));
  }

  #wait(
    operation: string,
    options: ChannelWaitOptions,
    names: readonly string[],
  ): Promise<AgentEvent | null> {
    check(operation, options, waitRules);
    const { from, message, ...timeout } = options;
    const about = message === undefined ? undefined : messageIdOf(message);
    return this.#port.wait((event) => {
      const payload = bodyOf(event.payload);
      const isHere = channelOf(event) === undefined || channelOf(event) === this.id;
      return (
        names.includes(event.eventName) &&
        isHere &&
        (from === undefined || event.sourceId === from) &&
        (about === undefined || payload.parent_id === about || payload.message_id === about)
      );
    }, timeout);
  }
}
