// Sends over the HTTP wire of a network: one event, or those that come at once together where the server takes that.

import { type HttpRequest, raceSignal } from "@x/core";
import { type OpenAgentsError, TooLarge } from "../../errors.ts";
import type { EventResponse } from "../../types.ts";
import { type Body, bodyOf, listOf, textOf } from "../../wire/body.ts";
import { networkPaths } from "../../wire/paths.ts";
import { stripSecrets } from "../../wire/secrets.ts";
import { jsonOf } from "../outbound.ts";
import { createBatcher } from "./batcher.ts";
import type { LinkOptions, Outbound } from "./connector.ts";
import type { NetworkTraits, NetworkWire } from "./network.ts";

/** The body that real networks take, in bytes, where a server names no limit. */
const usualMaxBody = 1_048_576;

/** Events that go out together, and how long their texts may be in all, in characters. */
const mostInBatch = 100;
const longestBatch = 1_000_000;

/** An event as it goes out, its text without the secret. */
interface SentEvent {
  readonly event: Outbound;
  readonly text: string;
  readonly secret: string;
}

/** @param call answers the body of an answer */
export function createHttpSends(
  { agentId, features, maxBody = usualMaxBody }: Pick<LinkOptions, "agentId"> & NetworkTraits,
  call: (request: HttpRequest) => Promise<Body>,
): NetworkWire["send"] {
  /** Only a server that knows a repeated event gets one. */
  const idempotent = features.has("idempotent_send");

  const sendOne = async (
    { event, text, secret }: SentEvent,
    signal?: AbortSignal,
  ): Promise<EventResponse> => {
    const body = `${text.slice(0, -1)},"secret":${JSON.stringify(secret)}}`;
    const path = networkPaths.sendEvent;
    const sending = call({ operation: "sendEvent", method: "POST", path, body, idempotent, signal });
    const answer = await sending.catch((error: unknown) => {
      throw error instanceof TooLarge ? tooLarge(body, maxBody) : error;
    });
    return responseOf(answer, event);
  };

  const sendInBatches = createBatcher<SentEvent, EventResponse>({
    one: sendOne,
    async many(items) {
      const [first] = items;
      const texts = items.map(({ text }) => text).join(",");
      const own = jsonOf({ agent_id: agentId, secret: first?.secret });
      const { results } = await call({
        operation: "sendEvent",
        method: "POST",
        path: networkPaths.sendEvents,
        body: `${own.slice(0, -1)},"events":[${texts}]}`,
        idempotent,
      });
      const answers = listOf(results);
      return items.map(({ event }, index) => responseOf(bodyOf(answers[index]), event));
    },
    fits: (items, { text, secret }) =>
      items.length < mostInBatch &&
      items[0]?.secret === secret &&
      items.reduce((length, item) => length + item.text.length, text.length) < longestBatch,
  });

  const isPreserved = features.has("preserve_fields");
  return (event, secret, { signal }) => {
    const sent = { event, text: textOfEvent(event, isPreserved), secret };
    return features.has("batch") ? raceSignal(sendInBatches(sent), signal) : sendOne(sent, signal);
  };
}

/** The fields that real networks keep, save the secret; the others only for a server that keeps them too. */
function textOfEvent(event: Outbound, isPreserved: boolean): string {
  return jsonOf({
    event_id: event.eventId,
    event_name: event.eventName,
    source_id: event.sourceId,
    target_agent_id: event.destinationId ?? "",
    payload: event.payload,
    metadata: event.metadata,
    visibility: event.visibility,
    // What is undefined does not stand in JSON.
    ...(isPreserved && {
      requires_response: event.requiresResponse || undefined,
      response_to: event.responseTo,
      thread_name: event.threadName,
      allowed_agents: event.allowedAgents,
      text_representation: event.textRepresentation,
    }),
  });
}

function responseOf(body: Body, event: Outbound): EventResponse {
  const data = stripSecrets(body.data);
  return {
    success: body.success === true,
    message: textOf(body.message) ?? textOf(body.error_message) ?? "",
    data: typeof data === "object" && data !== null ? { ...data } : null,
    eventName: textOf(body.event_name) ?? event.eventName,
    eventId: textOf(body.event_id) ?? event.eventId,
  };
}

/** Says what the limit is, which the server's own words do not. */
function tooLarge(text: string, limit: number): OpenAgentsError {
  const bytes = new TextEncoder().encode(text).length;
  const said = limit % 1_048_576 === 0 ? ` (${limit / 1_048_576} MiB)` : "";
  return new TooLarge(
    `sendEvent: the event has ${bytes} bytes; this network takes ${limit}${said}. Upload a file, or send less.`,
    { operation: "sendEvent", details: { bytes, limit } },
  );
}
