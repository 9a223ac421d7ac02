// How a message says that it asks, which request it answers, and what it says.

import type { Reply } from "../../types.ts";
import { bodyOf, textOf } from "../../wire/body.ts";
import { textOfPayload } from "../../wire/content.ts";
import { agentMessage, threadNotifications } from "../../wire/names.ts";
import type { AgentEvent } from "./agent-event.ts";

/** What a message says that it answers; `undefined` for one that does not say. */
export function responseToOf(event: AgentEvent): string | undefined {
  const payload = bodyOf(event.payload);
  const { metadata } = event;
  return (
    textOf(payload.response_to) ??
    textOf(metadata.response_to) ??
    textOf(metadata.in_reply_to) ??
    textOf(payload.in_reply_to) ??
    textOf(event.responseTo) ??
    textOf(payload.reply_to_id)
  );
}

/** The id by which a message is answered: the one that its sender gave it, since a network makes a new one for what it relays. */
export function requestIdOf(event: AgentEvent): string {
  const payload = bodyOf(event.payload);
  return textOf(payload.message_id) ?? textOf(payload.original_event_id) ?? event.eventId;
}

export const isMessage = ({ wireEventName }: AgentEvent): boolean =>
  wireEventName === threadNotifications.direct || wireEventName === agentMessage;

export const isRequest = (event: AgentEvent): boolean =>
  event.requiresResponse || bodyOf(event.payload).requires_response === true;

/** A reply as callers get it: with its text, wherever that stood. */
export function replyOf(event: AgentEvent): Reply {
  const payload = bodyOf(event.payload);
  const text = textOfPayload(payload);
  return text === undefined ? payload : { ...payload, text };
}
