// An event as a network writes it: all its fields in their order, and how it is read where peers name fields otherwise.

import { type Body, isBody } from "./body.ts";
import { brokenEventNameRule } from "./event-names.ts";

export const visibilities = ["public", "network", "channel", "direct", "restricted", "mod_only"] as const;

export type Visibility = (typeof visibilities)[number];

export const isVisibility = (value: unknown): value is Visibility =>
  visibilities.some((visibility) => visibility === value);

/** An event as it is polled: every field, whatever it holds. */
export interface WireEvent {
  readonly event_name: string;
  readonly source_id: string;
  readonly event_id: string;
  /** Unix seconds, always whole: official clients drop others without a trace. */
  readonly timestamp: number;
  readonly source_type: string;
  readonly destination_id: string | null;
  readonly relevant_mod: string | null;
  readonly requires_response: boolean;
  readonly response_to: string | null;
  readonly thread_name: string | null;
  readonly payload: Body;
  readonly metadata: Body;
  readonly text_representation: string | null;
  readonly visibility: Visibility;
  readonly allowed_agents: readonly string[] | null;
  readonly secret: null;
  readonly source_agent_group: string | null;
}

/** The fields in the order of the wire. */
export const eventFields: readonly (keyof WireEvent)[] = [
  "event_name",
  "source_id",
  "event_id",
  "timestamp",
  "source_type",
  "destination_id",
  "relevant_mod",
  "requires_response",
  "response_to",
  "thread_name",
  "payload",
  "metadata",
  "text_representation",
  "visibility",
  "allowed_agents",
  "secret",
  "source_agent_group",
];

/** What an event cannot be without. */
export type EventParts = Pick<WireEvent, "event_name" | "source_id" | "event_id" | "timestamp"> &
  Partial<Omit<WireEvent, "secret">>;

/** A whole event, its fields in the order of the wire. */
export function wireEvent(parts: EventParts): WireEvent {
  return {
    event_name: parts.event_name,
    source_id: parts.source_id,
    event_id: parts.event_id,
    timestamp: parts.timestamp,
    source_type: parts.source_type ?? "agent",
    destination_id: parts.destination_id ?? null,
    relevant_mod: parts.relevant_mod ?? null,
    requires_response: parts.requires_response ?? false,
    response_to: parts.response_to ?? null,
    thread_name: parts.thread_name ?? null,
    payload: parts.payload ?? {},
    metadata: parts.metadata ?? {},
    text_representation: parts.text_representation ?? null,
    visibility: parts.visibility ?? "network",
    allowed_agents: parts.allowed_agents ?? null,
    secret: null,
    source_agent_group: parts.source_agent_group ?? null,
  };
}

/** Other names under which peers send a field. */
const aliases = {
  event_id: ["id", "message_id"],
  source_id: ["sender_id"],
  destination_id: ["target_agent_id", "target_id"],
  payload: ["content"],
} as const;

/**
 * Reads an event that a server sent: other names of fields, a timestamp with a fraction, a payload that is a plain text. What
 * has no valid name is none.
 */
export function readWireEvent(value: unknown, nowSeconds: number): WireEvent | undefined {
  if (!isBody(value) || typeof value.event_name !== "string") {
    return undefined;
  }
  if (brokenEventNameRule(value.event_name) !== undefined) {
    return undefined;
  }
  const payload = member(value, "payload");
  const { timestamp, visibility, metadata } = value;
  return wireEvent({
    event_name: value.event_name,
    source_id: text(member(value, "source_id")) ?? "",
    event_id: text(member(value, "event_id")) ?? "",
    timestamp: Number.isFinite(timestamp) ? Math.floor(Number(timestamp)) : nowSeconds,
    source_type: text(value.source_type) ?? "agent",
    destination_id: text(member(value, "destination_id")) ?? null,
    relevant_mod: text(value.relevant_mod) ?? null,
    requires_response: value.requires_response === true,
    response_to: text(value.response_to) ?? null,
    thread_name: text(value.thread_name) ?? null,
    payload: isBody(payload)
      ? payload
      : payload === undefined || payload === null
        ? {}
        : { content: payload },
    metadata: isBody(metadata) ? metadata : {},
    text_representation: text(value.text_representation) ?? null,
    visibility: isVisibility(visibility) ? visibility : "network",
    allowed_agents: Array.isArray(value.allowed_agents)
      ? value.allowed_agents.filter((id): id is string => typeof id === "string")
      : null,
    source_agent_group: text(value.source_agent_group) ?? null,
  });
}

/** A field under its own name, else under one of the others. */
function member(body: Body, name: keyof typeof aliases): unknown {
  if (body[name] !== undefined && body[name] !== null) {
    return body[name];
  }
  for (const alias of aliases[name]) {
    if (body[alias] !== undefined && body[alias] !== null) {
      return body[alias];
    }
  }
  return undefined;
}

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
