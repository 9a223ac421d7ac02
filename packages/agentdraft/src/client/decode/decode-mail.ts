// Mail as the service sends it.

import type { MailboxInfo, MailMessage, MailQuota, Suppression } from "../../types.ts";
import { type Body, bodyOf, dateOf, numberOf, textOf } from "../../wire/body.ts";

/** The mailbox of an answer; `undefined` without an address. */
export function decodeMailbox(body: Body): MailboxInfo | undefined {
  const address = textOf(body, "address");
  return address === null
    ? undefined
    : {
        address,
        agentId: textOf(body, "agent_id"),
        displayName: textOf(body, "display_name"),
        quota: decodeQuota(bodyOf(body, "quota") ?? {}),
        raw: body,
      };
}

function decodeQuota(body: Body): MailQuota {
  return {
    limit: numberOf(body, "limit"),
    used: numberOf(body, "used"),
    remaining: numberOf(body, "remaining"),
    period: textOf(body, "period"),
    resetsAt: dateOf(body, "resets_at"),
    raw: body,
  };
}

/** The message of an answer; `undefined` without an id. */
export function decodeMessage(body: Body): MailMessage | undefined {
  const messageId = textOf(body, "message_id");
  return messageId === null
    ? undefined
    : {
        messageId,
        threadId: textOf(body, "thread_id"),
        direction: textOf(body, "direction"),
        from: textOf(body, "from"),
        to: textOf(body, "to"),
        subject: textOf(body, "subject"),
        bodyText: textOf(body, "body_text"),
        bodyHtml: textOf(body, "body_html"),
        replyTo: textOf(body, "reply_to"),
        inReplyTo: textOf(body, "in_reply_to"),
        bookingId: textOf(body, "booking_id"),
        rfcMessageId: textOf(body, "rfc_message_id"),
        status: textOf(body, "status"),
        createdAt: dateOf(body, "created_at"),
        raw: body,
      };
}

/** What an answer says of an address; `undefined` if it does not say. */
export function decodeSuppression(body: Body, address: string): Suppression | undefined {
  return typeof body.suppressed === "boolean"
    ? {
        address: textOf(body, "address") ?? address,
        suppressed: body.suppressed,
        reason: textOf(body, "reason"),
        since: dateOf(body, "since"),
        raw: body,
      }
    : undefined;
}
