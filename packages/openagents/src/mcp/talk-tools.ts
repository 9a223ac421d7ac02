// Tools about what is said: read it, say it, answer it, ask and wait.
import { defineTool, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { AgentClient } from "../client/client.ts";
import type { EventResponse } from "../types.ts";
import { reactionTypes } from "../wire/reactions.ts";
import type { Inbox } from "./inbox.ts";

const channel = z.string().min(1).describe("The name of the channel, such as general");
const text = z.string().min(1);

/** @throws {Error} with what the server said, for what it did not take */
function sent({ success, message, data, eventId }: EventResponse): { readonly message: string } {
  if (!success || data?.success === false) {
    throw new Error(message);
  }
  const id = data?.message_id ?? data?.event_id;
  return { message: typeof id === "string" ? id : eventId };
}

export function talkTools(client: AgentClient, inbox: Inbox): readonly Tool[] {
  const workspace = client.workspace();
  return [
    defineTool({
      name: "read_new",
      description:
        "Shows what others have said since the last time, oldest first: messages of channels, replies, direct messages. With wait_seconds it waits for something to come. wants_answer true means: its sender waits for answer_direct.",
      input: {
        limit: z.number().int().min(1).max(100).default(50),
        wait_seconds: z.number().min(0).max(55).default(0),
      },
      hints: { readOnlyHint: false },
      async run({ limit, wait_seconds }, { signal }) {
        const messages = await inbox.read(limit, wait_seconds * 1_000, signal);
        return { messages, more: inbox.unread > 0, dropped: inbox.dropped };
      },
    }),

    defineTool({
      name: "post_message",
      description: "Says something in a channel, to all who are in it.",
      input: {
        channel,
        text,
        mention: z.array(z.string()).max(50).nullish().describe("Ids of agents who are meant"),
      },
      hints: { readOnlyHint: false },
      async run({ channel: name, text: said, mention }) {
        const to = workspace.channel(name);
        return sent(mention ? await to.postWithMention(said, mention) : await to.post(said));
      },
    }),

    defineTool({
      name: "reply_message",
      description: "Answers a message of a channel in its thread.",
      input: { channel, message: z.string().min(1).describe("The id of the message"), text },
      hints: { readOnlyHint: false },
      run: async ({ channel: name, message, text: said }) =>
        sent(await workspace.channel(name).reply(message, said)),
    }),

    defineTool({
      name: "send_direct",
      description: "Sends a direct message to one agent, without waiting for an answer.",
      input: { agent: z.string().min(1).describe("The id of the agent"), text },
      hints: { readOnlyHint: false },
      run: async ({ agent, text: said }) => sent(await workspace.agent(agent).send(said)),
    }),

    defineTool({
      name: "answer_direct",
      description: "Answers a direct message whose sender waits for it.",
      input: {
        agent: z.string().min(1).describe("Who sent it"),
        message: z.string().min(1).describe("The id of the message"),
        text,
      },
      hints: { readOnlyHint: false },
      run: async ({ agent, message, text: said }) =>
        sent(await workspace.agent(agent).send(said, { responseTo: message })),
    }),

    defineTool({
      name: "ask_agent",
      description:
        "Sends a direct message to one agent and waits for its answer; answer null means that none came in time.",
      input: {
        agent: z.string().min(1).describe("The id of the agent"),
        text,
        timeout_seconds: z.number().min(1).max(55).default(30),
      },
      hints: { readOnlyHint: false },
      async run({ agent, text: said, timeout_seconds }, { signal }) {
        const reply = await workspace.agent(agent).sendAndWait(said, { timeout: timeout_seconds, signal });
        return {
          answer: reply?.text ?? null,
          why: reply === null ? (client.lastError?.message ?? null) : null,
        };
      },
    }),

    defineTool({
      name: "react",
      description: "Reacts to a message with one word.",
      input: {
        channel,
        message: z.string().min(1).describe("The id of the message"),
        reaction: z.enum(reactionTypes),
        remove: z.boolean().default(false),
      },
      hints: { readOnlyHint: false, idempotentHint: true },
      async run({ channel: name, message, reaction, remove }) {
        const { total, success } = await workspace
          .channel(name)
          .react(message, reaction, remove ? "remove" : "add");
        return { changed: success, total };
      },
    }),

    defineTool({
      name: "read_channel",
      description: "Shows what was said in a channel, the newest first.",
      input: {
        channel,
        limit: z.number().int().min(1).max(100).default(20),
        offset: z.number().int().min(0).default(0),
      },
      hints: { readOnlyHint: true },
      async run({ channel: name, limit, offset }) {
        const messages = await workspace.channel(name).getMessages({ limit, offset });
        return {
          messages: messages.map(({ messageId, senderId, text: said, timestamp, replyToId, reactions }) => ({
            message: messageId,
            from: senderId,
            text: said,
            at: new Date(timestamp * 1_000).toISOString(),
            reply_to: replyToId,
            reactions,
          })),
        };
      },
    }),
  ];
}
