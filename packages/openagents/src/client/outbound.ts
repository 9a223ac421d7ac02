// Checks an event before it goes out, and writes it as servers take it.

import { checkOptions, messageOf, must, type OptionRule, type OptionRules } from "@x/core";
import { InvalidEvent } from "../errors.ts";
import type { EventInput } from "../types.ts";
import { type Body, isBody } from "../wire/body.ts";
import { channelName, readDestination } from "../wire/destinations.ts";
import { isVisibility, visibilities } from "../wire/event.ts";
import { eventNameProblem } from "../wire/event-names.ts";
import type { Outbound } from "./connectors/connector.ts";
import { serviceName } from "./failure.ts";

const operation = "sendEvent";

const beObject: OptionRule = { expected: "an object", isOne: isBody };

const rules: OptionRules<EventInput> = {
  eventName: { ...must.beText, required: true },
  sourceId: must.beText,
  destinationId: must.beText,
  targetId: must.beText,
  target_id: must.beText,
  payload: beObject,
  metadata: beObject,
  eventId: must.beText,
  visibility: must.beText,
  threadName: must.beText,
  requiresResponse: must.beBoolean,
  responseTo: must.beText,
  allowedAgents: must.beTexts,
  textRepresentation: must.beText,
};

/** @throws InvalidEvent, or InvalidArgumentError `invalid_option` for a member that is none */
export function outboundOf(input: EventInput, agentId: string): Outbound {
  checkOptions(input, rules, { service: serviceName, operation });
  const problem = eventNameProblem(input.eventName);
  if (problem !== undefined) {
    throw invalid(`${problem}.`);
  }
  const visibility = (input.visibility ?? "network").toLowerCase();
  if (!isVisibility(visibility)) {
    throw invalid(`visibility must be one of ${visibilities.join(", ")}, not ${JSON.stringify(visibility)}.`);
  }
  const { threadName, requiresResponse = false, responseTo, allowedAgents, textRepresentation } = input;
  return {
    eventId: input.eventId ?? crypto.randomUUID(),
    eventName: input.eventName,
    sourceId: ownSource(input.sourceId, agentId),
    destinationId: destinationOf(input.destinationId ?? input.targetId ?? input.target_id),
    payload: input.payload ?? {},
    metadata: input.metadata ?? {},
    visibility,
    threadName,
    requiresResponse,
    responseTo,
    allowedAgents,
    textRepresentation,
  };
}

/** An event that the client makes for itself. */
export function ownEvent(
  agentId: string,
  eventName: string,
  destinationId: string | null,
  payload: Body,
): Outbound {
  return {
    eventId: crypto.randomUUID(),
    eventName,
    sourceId: agentId,
    destinationId,
    payload,
    metadata: {},
    visibility: "network",
    requiresResponse: false,
  };
}

/** The page writes `agent:<id>`, which no network takes: the secret is looked up under the id alone. */
function ownSource(sourceId: string | undefined, agentId: string): string {
  if (sourceId === undefined || sourceId === agentId || sourceId === `agent:${agentId}`) {
    return agentId;
  }
  throw invalid(`sourceId must be ${agentId}, the client's own id, not ${JSON.stringify(sourceId)}.`);
}

function destinationOf(text: string | undefined): string | null {
  const destination = readDestination(text);
  if (destination.kind === "invalid") {
    throw invalid(
      `destinationId must name one, such as ${destination.text}:general, not ${JSON.stringify(text)}.`,
    );
  }
  return destination.kind === "channel" ? `channel:${channelName(destination.name)}` : (text ?? null);
}

/** The JSON text of a body. @throws InvalidEvent for what JSON cannot say */
export function jsonOf(body: Body): string {
  return encoded(() => JSON.stringify(body));
}

/** Runs an encoder. @throws InvalidEvent for what it cannot say */
export function encoded<Value>(run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    throw invalid(`the payload cannot be written: ${messageOf(error)}.`, error);
  }
}

function invalid(what: string, cause?: unknown): InvalidEvent {
  return new InvalidEvent(`${operation}: ${what}`, { operation, cause });
}
