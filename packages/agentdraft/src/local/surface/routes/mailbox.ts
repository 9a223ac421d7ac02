// The mailbox of an agent.

import { type HttpRoute, json, ulid } from "@x/core/service";
import { z } from "zod";
import { servedPath } from "../../../wire/paths.ts";
import { addressProblem } from "../../rules/mail/address.ts";
import { answerTo, type Surface } from "../context.ts";
import { encodeMailbox, encodeMessage, encodeSuppression } from "../encode.ts";
import { idempotencyHeader, idempotencyKey, replayed } from "../idempotency-header.ts";
import { countOf, instant, textOf, token } from "../shapes.ts";
import { Message, page } from "./answer-shapes.ts";

/** One address, without a display name. */
export const address: z.ZodType<string, string> = z
  .string()
  .superRefine((text, context) => {
    const problem = addressProblem(text);
    if (problem !== undefined) {
      context.addIssue({ code: "custom", message: problem });
    }
  })
  .meta({ minLength: 3, maxLength: 320 });

const subject = textOf(0, 998).refine((text) => !/[\r\n]/.test(text), { message: "a subject is one line" });
const bodyTextShape = textOf(0, 200_000);

const MessageId = z.object({ message_id: token });

const ListQuery = z.object({
  limit: countOf(1, 100, 25),
  cursor: token.optional(),
  direction: z.enum(["inbound", "outbound"]).optional(),
  booking_id: token.optional(),
  since: instant.optional(),
});

const Send = z.object({
  to: address,
  subject,
  body_text: bodyTextShape,
  booking_id: token.nullish(),
  in_reply_to: token.nullish(),
  reply_to: address.nullish(),
});

const Reply = z.object({
  body_text: bodyTextShape,
  subject: subject.nullish(),
  reply_to: address.nullish(),
});

export function mailboxRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors } = surface;
  const tag = "mailbox";
  const sent = { 201: { description: "The message", schema: Message } };
  return [
    doors.agent("mailbox:read", {
      method: "GET",
      path: servedPath("mailbox"),
      doc: {
        operationId: "mailboxInfo",
        summary: "The agent's address and what it may still send today",
        tag,
        answers: {
          200: {
            description: "The mailbox",
            schema: z.object({
              address: z.string(),
              agent_id: z.string(),
              display_name: z.string(),
              quota: z.object({
                limit: z.int(),
                used: z.int(),
                remaining: z.int(),
                period: z.string(),
                resets_at: z.string(),
              }),
            }),
          },
        },
      },
      handle: ({ caller, request }) =>
        answerTo(surface, request, { type: "mailboxInfo", agentId: caller.agentId }, ({ mailbox }) =>
          json(200, encodeMailbox(mailbox)),
        ),
    }),
    doors.agent("mailbox:read", {
      method: "GET",
      path: servedPath("messages"),
      doc: {
        operationId: "listMessages",
        summary: "Messages, newest first",
        tag,
        answers: { 200: { description: "One page", schema: page("messages", Message) } },
      },
      query: ListQuery,
      handle: ({ caller, query, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "listMessages",
            agentId: caller.agentId,
            limit: query.limit,
            cursor: query.cursor ?? null,
            direction: query.direction ?? null,
            bookingId: query.booking_id ?? null,
            sinceMs: query.since ?? null,
          },
          ({ items, nextCursor }) =>
            json(200, { messages: items.map(encodeMessage), next_cursor: nextCursor }),
        ),
    }),
    doors.agent("mailbox:read", {
      method: "GET",
      path: servedPath("message"),
      doc: {
        operationId: "getMessage",
        summary: "One message",
        tag,
        answers: { 200: { description: "The message", schema: Message } },
      },
      params: MessageId,
      handle: ({ caller, params, request }) =>
        answerTo(
          surface,
          request,
          { type: "getMessage", agentId: caller.agentId, messageId: params.message_id },
          ({ message }) => json(200, encodeMessage(message)),
        ),
    }),
    doors.agent("mailbox:send", {
      method: "POST",
      path: servedPath("sendMessage"),
      doc: {
        operationId: "sendMessage",
        summary: "Sends a message; to another local agent it is delivered, to all others kept as sent",
        tag,
        headers: idempotencyHeader,
        answers: sent,
      },
      body: Send,
      handle: ({ caller, body, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "sendMessage",
            agentId: caller.agentId,
            ...newMessageIds(),
            threadId: `thr_${ulid()}`,
            to: body.to,
            subject: body.subject,
            bodyText: body.body_text,
            bookingId: body.booking_id ?? null,
            inReplyTo: body.in_reply_to ?? null,
            replyTo: body.reply_to ?? null,
            idempotencyKey: idempotencyKey(request),
          },
          ({ message, replayed: again }) => json(201, encodeMessage(message), again ? replayed : undefined),
        ),
    }),
    doors.agent("mailbox:send", {
      method: "POST",
      path: servedPath("replyToMessage"),
      doc: {
        operationId: "replyMessage",
        summary: "Answers a message in its thread",
        tag,
        headers: idempotencyHeader,
        answers: sent,
      },
      params: MessageId,
      body: Reply,
      handle: ({ caller, params, body, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "replyMessage",
            agentId: caller.agentId,
            answeredId: params.message_id,
            ...newMessageIds(),
            subject: body.subject ?? null,
            bodyText: body.body_text,
            replyTo: body.reply_to ?? null,
            idempotencyKey: idempotencyKey(request),
          },
          ({ message, replayed: again }) => json(201, encodeMessage(message), again ? replayed : undefined),
        ),
    }),
    doors.agent("mailbox:read", {
      method: "GET",
      path: servedPath("suppression"),
      doc: {
        operationId: "checkSuppression",
        summary: "Whether mail to an address is refused",
        tag,
        answers: {
          200: {
            description: "Also when it is not",
            schema: z.object({
              address: z.string(),
              suppressed: z.boolean(),
              reason: z.string().nullable(),
              since: z.string().nullable(),
            }),
          },
        },
      },
      params: z.object({ address }),
      handle({ caller, params, request }) {
        return answerTo(
          surface,
          request,
          { type: "checkSuppression", agentId: caller.agentId, address: params.address },
          ({ suppression }) => json(200, encodeSuppression(suppression)),
        );
      },
    }),
  ];
}

function newMessageIds(): {
  readonly messageId: string;
  readonly inboundMessageId: string;
  readonly inboundThreadId: string;
} {
  return { messageId: `msg_${ulid()}`, inboundMessageId: `msg_${ulid()}`, inboundThreadId: `thr_${ulid()}` };
}
