// Which message an event is about. A notification has an id of its own, under which nobody knows the message.

import { bodyOf, textOf } from "../../wire/body.ts";
import type { AgentEvent } from "../events/agent-event.ts";

/** A message, by its id or by the event that told of it. */
export type MessageRef = string | AgentEvent;

export function messageIdOf(message: MessageRef): string {
  if (typeof message === "string") {
    return message;
  }
  const payload = bodyOf(message.payload);
  return (
    textOf(payload.reply_event_id) ??
    textOf(payload.original_event_id) ??
    textOf(payload.message_id) ??
    message.eventId
  );
}

/** The channel of a message's event; `undefined` for others. */
export function channelOf(event: AgentEvent): string | undefined {
  return textOf(bodyOf(event.payload).channel);
}
