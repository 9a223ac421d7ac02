// Events as messages, each made and serialised once for all who read it.
import { encodeOnce } from "@x/core/rpc";
import { type Event, EventSchema } from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type { BusEvent } from "../rules/model/views.ts";
import { encodeEvent } from "./encode.ts";

const messages = new WeakMap<BusEvent, Event>();

export function messageOf(event: BusEvent): Event {
  let message = messages.get(event);
  if (message === undefined) {
    message = encodeOnce(EventSchema, encodeEvent(event));
    messages.set(event, message);
  }
  return message;
}

/** What one event costs in a queue beyond its payload. */
const overheadBytes = 128;

/** How many bytes an event counts for in a queue or an answer. */
export const sizeOf = (event: BusEvent): number =>
  (messageOf(event).payload?.value.length ?? 0) + overheadBytes;
