// Sending and answering mail. Nothing leaves the machine: a local address gets its copy, any other stays in the outbox.
import { liveAgent } from "../model/auth.ts";
import type { CommandOf, Replies } from "../model/commands.ts";
import { keyScope, mismatch, plainFingerprint, recall } from "../model/keys.ts";
import type { KeyFacts } from "../model/records.ts";
import { notFound, type Refusal } from "../model/refusal.ts";
import type { DraftRules } from "../model/rule-options.ts";
import type { Agent, State } from "../model/state.ts";
import type { DraftTurn } from "../model/turn.ts";
import { addressKey } from "./address.ts";
import { post, receive, rfcIdOf, type Sent } from "./mail-delivery.ts";
import { ownMessage, rfcKey } from "./mail-store.ts";

export function sendMessage(
  state: State,
  command: CommandOf<"sendMessage">,
  turn: DraftTurn,
  settings: DraftRules,
): Sent {
  const agent = liveAgent(state, command.agentId);
  if ("refused" in agent) {
    return agent;
  }
  const { to, subject, bodyText, bookingId, inReplyTo, replyTo } = command;
  const key = keyOf(agent, command.idempotencyKey, [to, subject, bodyText, bookingId, inReplyTo, replyTo]);
  const earlier = answerEarlier(state, key, turn);
  if (earlier !== undefined) {
    return earlier;
  }
  const booking = bookingId === null ? undefined : state.bookings.get(bookingId);
  if (bookingId !== null && booking?.userId !== agent.userId) {
    return notFound("booking", bookingId);
  }
  const answered = inReplyTo === null ? undefined : ownMessage(state, agent, inReplyTo);
  if (inReplyTo !== null && answered === undefined) {
    return notFound("message", inReplyTo);
  }
  return post(
    state,
    agent,
    {
      messageId: command.messageId,
      inboundMessageId: command.inboundMessageId,
      inboundThreadId: command.inboundThreadId,
      threadId: answered?.threadId ?? command.threadId,
      to,
      subject,
      bodyText,
      bookingId: bookingId ?? answered?.bookingId ?? null,
      answered,
      replyTo,
      key,
    },
    turn,
    settings,
  );
}

export function replyMessage(
  state: State,
  command: CommandOf<"replyMessage">,
  turn: DraftTurn,
  settings: DraftRules,
): Sent {
  const agent = liveAgent(state, command.agentId);
  if ("refused" in agent) {
    return agent;
  }
  const { answeredId, bodyText, replyTo } = command;
  const key = keyOf(agent, command.idempotencyKey, [answeredId, command.subject, bodyText, replyTo]);
  const earlier = answerEarlier(state, key, turn);
  if (earlier !== undefined) {
    return earlier;
  }
  const answered = ownMessage(state, agent, answeredId);
  if (answered === undefined) {
    return notFound("message", answeredId);
  }
  return post(
    state,
    agent,
    {
      messageId: command.messageId,
      inboundMessageId: command.inboundMessageId,
      inboundThreadId: command.inboundThreadId,
      threadId: answered.threadId,
      to: answered.direction === "inbound" ? (answered.replyTo ?? answered.from) : answered.to,
      subject: command.subject ?? replySubject(answered.subject),
      bodyText,
      bookingId: answered.bookingId,
      answered,
      replyTo,
      key,
    },
    turn,
    settings,
  );
}

const replySubject = (subject: string): string => (/^re:/i.test(subject) ? subject : `Re: ${subject}`);

/** Mail from elsewhere, for a local address: dev only. */
export function injectMail(
  state: State,
  command: CommandOf<"injectMail">,
  turn: DraftTurn,
  settings: DraftRules,
): Replies["injectMail"] | Refusal {
  const agent = state.agentsByAddress.get(addressKey(command.to));
  if (agent === undefined || agent.revoked) {
    return notFound("mailbox", command.to);
  }
  const { messageId, threadId, from, subject, bodyText, inReplyTo, replyTo } = command;
  const parent =
    inReplyTo === null
      ? undefined
      : (ownMessage(state, agent, inReplyTo) ??
        ownMessage(state, agent, state.messagesByRfcId.get(rfcKey(agent.agentId, inReplyTo)) ?? ""));
  if (inReplyTo !== null && parent === undefined) {
    return notFound("message", inReplyTo);
  }
  return {
    message: receive(
      state,
      agent,
      {
        messageId,
        threadId,
        from,
        subject,
        bodyText,
        replyTo,
        rfcMessageId: rfcIdOf(messageId, settings),
        parent,
        bookingId: null,
      },
      turn,
    ),
  };
}

function keyOf(
  agent: Agent,
  idempotencyKey: string | null,
  request: readonly (string | null)[],
): KeyFacts | undefined {
  return idempotencyKey === null
    ? undefined
    : {
        scope: keyScope(agent.agentId, "mail", idempotencyKey),
        fingerprint: plainFingerprint(request),
      };
}

function answerEarlier(state: State, key: KeyFacts | undefined, turn: DraftTurn): Sent | undefined {
  const kept = key === undefined ? undefined : recall(state, key.scope, turn.now.wall);
  if (kept?.outcome.kind !== "message") {
    return undefined;
  }
  return kept.fingerprint === key?.fingerprint ? { message: kept.outcome.message, replayed: true } : mismatch;
}
