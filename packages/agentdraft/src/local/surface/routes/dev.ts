// What only a server for development has: mail from outside, and bounces.
import { type HttpRoute, json, ulid } from "@x/core/service";
import { z } from "zod";
import { answerTo, type Surface } from "../context.ts";
import { encodeMessage, encodeSuppression } from "../encode.ts";
import { textOf, token } from "../shapes.ts";
import { Message } from "./answer-shapes.ts";
import { address } from "./mailbox.ts";

export function devRoutes(surface: Surface): readonly HttpRoute[] {
  const { doors } = surface;
  const tag = "dev";
  return [
    doors.everyone({
      method: "POST",
      path: "/v1/dev/mailbox/inject",
      doc: {
        operationId: "injectMail",
        summary: "Delivers a message from outside to an agent",
        tag,
        answers: { 201: { description: "The message in the agent's mailbox", schema: Message } },
      },
      body: z.object({
        to: address,
        from: address,
        subject: textOf(0, 998),
        body_text: textOf(0, 200_000),
        in_reply_to: token.nullish(),
        reply_to: address.nullish(),
      }),
      handle: ({ body, request }) =>
        answerTo(
          surface,
          request,
          {
            type: "injectMail",
            messageId: `msg_${ulid()}`,
            threadId: `thr_${ulid()}`,
            to: body.to,
            from: body.from,
            subject: body.subject,
            bodyText: body.body_text,
            inReplyTo: body.in_reply_to ?? null,
            replyTo: body.reply_to ?? null,
          },
          ({ message }) => json(201, encodeMessage(message)),
        ),
    }),
    doors.everyone({
      method: "POST",
      path: "/v1/dev/mailbox/bounce",
      doc: {
        operationId: "bounceMail",
        summary: "Lets mail to an address bounce, and suppresses the address",
        tag,
        answers: { 201: { description: "The suppression", schema: z.record(z.string(), z.unknown()) } },
      },
      body: z.object({ address, reason: textOf(0, 500).nullish() }),
      handle: ({ body, request }) =>
        answerTo(
          surface,
          request,
          { type: "bounceMail", address: body.address, reason: body.reason ?? null },
          ({ suppression }) => json(201, encodeSuppression(suppression)),
        ),
    }),
  ];
}
