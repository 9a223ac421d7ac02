// A message on its way: into the sender's outbox, and to a recipient that lives here.
import { sha256Hex } from "@x/core";
import { actorOf, emitAudited, system } from "../model/chain.ts";
import type { KeyFacts } from "../model/records.ts";
import { invalid, type Refusal } from "../model/refusal.ts";
import type { Replies } from "../model/replies.ts";
import type { DraftRules } from "../model/rule-options.ts";
import { type Agent, calendarOf, type Message, type State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import type { MessageView } from "../model/views.ts";
import { addressKey, addressProblem } from "./address.ts";
import { ownMessage, quotaOf, rfcKey } from "./mail-store.ts";

/** The answer to what sends a message. */
export type Sent = Replies["sendMessage"] | Refusal;

/** A message that is to be sent. */
export interface Post {
  readonly messageId: string;
  readonly inboundMessageId: string;
  readonly threadId: string;
  readonly inboundThreadId: string;
  readonly to: string;
  readonly subject: string;
  readonly bodyText: string;
  readonly bookingId: string | null;
  readonly answered: Message | undefined;
  readonly replyTo: string | null;
  readonly key: KeyFacts | undefined;
}

/** Sends a message, unless its address, a suppression or the quota forbids it. */
export function post(state: State, agent: Agent, mail: Post, turn: DraftTurn, settings: DraftRules): Sent {
  const problem = problemOf("to", mail.to) ?? problemOf("reply_to", mail.replyTo);
  if (problem !== undefined) {
    return problem;
  }
  const calendar = calendarOf(state, agent);
  if (calendar.suppressions.has(addressKey(mail.to))) {
    return {
      refused: "rule_violation",
      detail: `mail to ${mail.to} is suppressed`,
      rule: "suppressed_recipient",
      auditEventId: null,
    };
  }
  const nowMs = turn.now.wall;
  const quota = quotaOf(agent, nowMs, settings);
  if (quota.remaining === 0) {
    return {
      refused: "quota_exceeded",
      detail: `this agent has sent its ${quota.limit} messages of the day`,
      retryAfterSeconds: (quota.resetsAtMs - nowMs) / 1_000,
    };
  }
  const message: MessageView = {
    messageId: mail.messageId,
    threadId: mail.threadId,
    direction: "outbound",
    from: agent.mailboxAddress,
    to: mail.to,
    subject: mail.subject,
    bodyText: mail.bodyText,
    replyTo: mail.replyTo,
    inReplyTo: mail.answered?.messageId ?? null,
    bookingId: mail.bookingId,
    rfcMessageId: rfcIdOf(mail.messageId, settings),
    status: "sent",
    createdAtMs: nowMs,
  };
  const { key } = mail;
  emitAudited(turn, calendar, {
    atMs: nowMs,
    type: "mail.sent",
    actor: actorOf(agent),
    resource: message.messageId,
    data: hashesOf(agent, message),
    record: {
      type: "mail.added",
      agentId: agent.agentId,
      message,
      ...(key === undefined ? {} : { key }),
    },
  });
  deliverLocally(state, agent, message, mail, turn);
  return { message, replayed: false };
}

/** The copy of a message for a recipient that lives here. */
function deliverLocally(state: State, sender: Agent, sent: MessageView, mail: Post, turn: DraftTurn): void {
  const recipient = state.agentsByAddress.get(addressKey(sent.to));
  if (recipient === undefined || recipient.revoked) {
    return;
  }
  const parentId =
    mail.answered === undefined
      ? undefined
      : state.messagesByRfcId.get(rfcKey(recipient.agentId, mail.answered.rfcMessageId));
  receive(
    state,
    recipient,
    {
      messageId: mail.inboundMessageId,
      threadId: mail.inboundThreadId,
      from: sent.from,
      subject: sent.subject,
      bodyText: sent.bodyText,
      replyTo: sent.replyTo,
      rfcMessageId: sent.rfcMessageId,
      parent: parentId === undefined ? undefined : ownMessage(state, recipient, parentId),
      bookingId: recipient.userId === sender.userId ? sent.bookingId : null,
    },
    turn,
  );
}

/** Puts a message into a mailbox. */
export function receive(
  state: State,
  agent: Agent,
  mail: {
    readonly messageId: string;
    readonly threadId: string;
    readonly from: string;
    readonly subject: string;
    readonly bodyText: string;
    readonly replyTo: string | null;
    readonly rfcMessageId: string;
    readonly parent: Message | undefined;
    readonly bookingId: string | null;
  },
  turn: DraftTurn,
): MessageView {
  const { parent } = mail;
  const message: MessageView = {
    messageId: mail.messageId,
    threadId: parent?.threadId ?? mail.threadId,
    direction: "inbound",
    from: mail.from,
    to: agent.mailboxAddress,
    subject: mail.subject,
    bodyText: mail.bodyText,
    replyTo: mail.replyTo,
    inReplyTo: parent?.messageId ?? null,
    bookingId: parent?.bookingId ?? mail.bookingId,
    rfcMessageId: mail.rfcMessageId,
    status: "received",
    createdAtMs: turn.now.wall,
  };
  emitAudited(turn, calendarOf(state, agent), {
    type: "mail.received",
    actor: system,
    resource: message.messageId,
    data: hashesOf(agent, message),
    record: { type: "mail.added", agentId: agent.agentId, message },
  });
  return message;
}

/** The id by which mail servers know a message. */
export const rfcIdOf = (messageId: string, { mailboxDomain }: DraftRules): string =>
  `<${messageId.toLowerCase()}@${mailboxDomain}>`;

/** Subject and body enter the chain as hashes only. */
function hashesOf(
  { agentId }: Agent,
  { from, to, subject, bodyText, threadId }: MessageView,
): {
  readonly [key: string]: string;
} {
  return {
    agent_id: agentId,
    thread_id: threadId,
    from: from.toWellFormed(),
    to: to.toWellFormed(),
    subject_sha256: sha256Hex(subject),
    body_sha256: sha256Hex(bodyText),
  };
}

function problemOf(field: string, text: string | null): Refusal | undefined {
  const problem = text === null ? undefined : addressProblem(text);
  return problem === undefined ? undefined : invalid(field, problem);
}
