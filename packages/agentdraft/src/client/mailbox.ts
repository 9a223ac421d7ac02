// The agent's mailbox: what came, what went, and whom not to write to.

import type { OptionRules } from "@x/core";
import { invalidAnswer } from "../failure.ts";
import type { MailboxInfo, MailMessage, MailQuota, Page, Suppression } from "../types.ts";
import { type Body, listOf, textOf } from "../wire/body.ts";
import { toWireTime } from "../wire/time.ts";
import type { CallOptions, IdempotentCallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import { decodeMailbox, decodeMessage, decodeSuppression } from "./decode/decode-mail.ts";
import { listMessagesRules, replyRules, sendMessageRules } from "./option-rules.ts";

/** Which messages to list. */
export interface ListMessagesOptions extends CallOptions {
  /** 1 to 100. @default 25 */
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
  readonly direction?: "inbound" | "outbound" | undefined;
  readonly bookingId?: string | undefined;
  /** From this time on, itself included. */
  readonly since?: Date | string | undefined;
}

/** A message to send. Repeated after a failure only with an `idempotencyKey`, which the hosted service may not know. */
export interface SendMessageOptions extends CallOptions {
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly bodyText: string;
  readonly bookingId?: string | undefined;
  /** The id of the message that this one answers. */
  readonly inReplyTo?: string | undefined;
  /** Where answers shall go. @default the mailbox */
  readonly replyTo?: string | undefined;
  readonly idempotencyKey?: IdempotentCallOptions["idempotencyKey"];
}

/** An answer to a message; the service finds recipient and thread. */
export interface ReplyOptions extends CallOptions {
  readonly bodyText: string;
  /** @default `Re: ` and the subject of the message */
  readonly subject?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly idempotencyKey?: IdempotentCallOptions["idempotencyKey"];
}

export interface Mailbox {
  info(options?: CallOptions): Promise<MailboxInfo>;
  quota(options?: CallOptions): Promise<MailQuota>;
  /** One page, newest first. */
  listMessages(options?: ListMessagesOptions): Promise<Page<MailMessage>>;
  /** @throws NotFound */
  getMessage(messageId: string, options?: CallOptions): Promise<MailMessage>;
  /** @throws RuleViolation `suppressed_recipient`; RateLimited `quota_exceeded`; NotFound for an unknown `inReplyTo` */
  send(options: SendMessageOptions): Promise<MailMessage>;
  /** @throws as {@link Mailbox.send} */
  reply(messageId: string, options: ReplyOptions): Promise<MailMessage>;
  /** Whether an address takes no more mail. */
  checkSuppression(address: string, options?: CallOptions): Promise<Suppression>;
}

export function createMailbox(connection: Connection): Mailbox {
  const info = async (options?: CallOptions, operation = "mailbox.info"): Promise<MailboxInfo> => {
    const body = await connection.call({ operation, method: "GET", path: "mailbox" }, options);
    return required(operation, "address", body, decodeMailbox(body));
  };
  const post = async (
    operation: string,
    path: "sendMessage" | "replyToMessage",
    options: CallOptions & { readonly idempotencyKey?: string | undefined },
    body: Body,
    rules: OptionRules<SendMessageOptions | ReplyOptions>,
    values: Readonly<Record<string, string>> = {},
  ): Promise<MailMessage> => {
    const { idempotencyKey } = options;
    const answer = await connection.call(
      {
        operation,
        method: "POST",
        path,
        values,
        body,
        rules,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      },
      options,
    );
    return required(operation, "message_id", answer, decodeMessage(answer));
  };
  return {
    info: (options) => info(options),
    quota: async (options) => (await info(options, "mailbox.quota")).quota,
    async listMessages(options: ListMessagesOptions = {}): Promise<Page<MailMessage>> {
      const operation = "mailbox.listMessages";
      const { limit = 25, cursor, direction, bookingId, since } = options;
      const body = await connection.call(
        {
          operation,
          method: "GET",
          path: "messages",
          rules: listMessagesRules,
          query: {
            limit,
            cursor,
            direction,
            booking_id: bookingId,
            since: since === undefined ? undefined : toWireTime(since, "since", operation),
          },
        },
        options,
      );
      const items = listOf(body, "messages").map((item) =>
        required(operation, "message_id", item, decodeMessage(item)),
      );
      return { items, nextCursor: textOf(body, "next_cursor") };
    },
    async getMessage(messageId: string, options?: CallOptions): Promise<MailMessage> {
      const operation = "mailbox.getMessage";
      const call = { operation, method: "GET", path: "message", values: { messageId } } as const;
      const body = await connection.call(call, options);
      return required(operation, "message_id", body, decodeMessage(body));
    },
    send(options: SendMessageOptions): Promise<MailMessage> {
      const { to, subject, bodyText, bookingId, inReplyTo, replyTo } = options;
      return post(
        "mailbox.send",
        "sendMessage",
        options,
        {
          to,
          subject,
          body_text: bodyText,
          booking_id: bookingId,
          in_reply_to: inReplyTo,
          reply_to: replyTo,
        },
        sendMessageRules,
      );
    },
    reply(messageId: string, options: ReplyOptions): Promise<MailMessage> {
      const { bodyText, subject, replyTo } = options;
      const body = { body_text: bodyText, subject, reply_to: replyTo };
      return post("mailbox.reply", "replyToMessage", options, body, replyRules, { messageId });
    },
    async checkSuppression(address: string, options?: CallOptions): Promise<Suppression> {
      const operation = "mailbox.checkSuppression";
      const body = await connection.call(
        { operation, method: "GET", path: "suppression", values: { address }, encode: encodeAddress },
        options,
      );
      return required(operation, "suppressed", body, decodeSuppression(body, address));
    },
  };
}

/** As the official client does it: `@` and `+` stay. */
function encodeAddress(address: string): string {
  return encodeURIComponent(address).replaceAll("%40", "@").replaceAll("%2B", "+");
}

function required<T>(operation: string, what: string, body: Body, decoded: T | undefined): T {
  if (decoded === undefined) {
    throw invalidAnswer(operation, what, body);
  }
  return decoded;
}
