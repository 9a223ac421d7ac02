// An event as handlers get it.

import type { EventResponse, MessageContent, Visibility } from "../../types.ts";
import type { Body } from "../../wire/body.ts";
import { textOfPayload } from "../../wire/content.ts";
import type { WireEvent } from "../../wire/event.ts";

/** Sends a reply to an event. */
export type SendReply = (event: AgentEvent, content: MessageContent) => Promise<EventResponse>;

/** What an event has besides what its server sent. */
export interface EventOrigin {
  /** Unix milliseconds. */
  readonly timestampMs: number;
  readonly sendReply: SendReply;
  /** Whether it comes from the client's journal: it was received before and not finished. */
  readonly isRedelivered?: boolean | undefined;
}

/** An event that was received. Without its sender's secret, whatever the server sent. */
export class AgentEvent<Name extends string = string, Payload extends Body = Body> {
  readonly eventName: Name;
  readonly eventId: string;
  readonly sourceId: string;
  readonly destinationId: string | null;
  /** With the names of the wire. */
  readonly payload: Payload;
  readonly metadata: Body;
  /** Unix seconds. */
  readonly timestamp: number;
  /** Unix milliseconds; whole seconds from a network, whose events have no more. */
  readonly timestampMs: number;
  readonly visibility: Visibility;
  readonly sourceType: string;
  readonly threadName: string | null;
  readonly requiresResponse: boolean;
  readonly responseTo: string | null;
  readonly sourceAgentGroup: string | null;
  /** The name under which the server sent it, where `eventName` is the one that the documentation has for it. */
  readonly wireEventName: string;
  /** Whether an earlier process or connection had received it and not finished. Only with a journal. */
  readonly isRedelivered: boolean;
  readonly #sendReply: SendReply;

  constructor(name: Name, payload: Payload, metadata: Body, wire: WireEvent, origin: EventOrigin) {
    this.eventName = name;
    this.eventId = wire.event_id;
    this.sourceId = wire.source_id;
    this.destinationId = wire.destination_id;
    this.payload = payload;
    this.metadata = metadata;
    this.timestamp = wire.timestamp;
    this.timestampMs = origin.timestampMs;
    this.visibility = wire.visibility;
    this.sourceType = wire.source_type;
    this.threadName = wire.thread_name;
    this.requiresResponse = wire.requires_response;
    this.responseTo = wire.response_to;
    this.sourceAgentGroup = wire.source_agent_group;
    this.wireEventName = wire.event_name;
    this.isRedelivered = origin.isRedelivered ?? false;
    this.#sendReply = origin.sendReply;
  }

  get event_name(): Name {
    return this.eventName;
  }

  get event_id(): string {
    return this.eventId;
  }

  get source_id(): string {
    return this.sourceId;
  }

  get destination_id(): string | null {
    return this.destinationId;
  }

  /** The text of the message, wherever its sender has put it; empty if it has none. */
  get text(): string {
    return textOfPayload(this.payload) ?? "";
  }

  /**
   * Answers: a message of a channel in its thread, everything else with a direct message that says what it answers, so that
   * `sendAndWait` of the other knows it.
   *
   * @throws Unsupported for what no agent has sent
   */
  reply(content: MessageContent): Promise<EventResponse> {
    return this.#sendReply(this, content);
  }
}
