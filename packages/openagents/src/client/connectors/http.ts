// The HTTP wire of a network: calls, and receiving by whatever the server can do: a stream, long polls, or polls with pauses.

import { createHttpClient, type HttpAnswer, type HttpRequest, raceSignal, sleep } from "@x/core";
import { ConnectionRefused, NotAnOpenAgentsServer, type OpenAgentsError, TooLarge } from "../../errors.ts";
import type { EventResponse } from "../../types.ts";
import { type Body, bodyOf, listOf, parseBody, textOf } from "../../wire/body.ts";
import { readWireEvent } from "../../wire/event.ts";
import { authenticationFailed, networkPaths } from "../../wire/paths.ts";
import { stripSecrets } from "../../wire/secrets.ts";
import type { Inbound } from "../events/journal.ts";
import { errorOfHttp, refusalOf, serviceName } from "../failure.ts";
import { jsonOf } from "../outbound.ts";
import { createBatcher } from "./batcher.ts";
import type { LinkOptions, Outbound, SendOptions, Sink } from "./connector.ts";
import { type NetworkTraits, type NetworkWire, SecretRefused } from "./network.ts";
import { readStream } from "./network-stream.ts";

export interface HttpWireOptions extends LinkOptions, NetworkTraits {
  readonly baseUrl: string;
  readonly passwordHash: string;
  readonly agentGroup: string | undefined;
}

/** How long a long poll lasts where nothing happens, in seconds, and what its answer may be late by, in milliseconds. */
const longPollSeconds = 25;
const answerGraceMs = 10_000;

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

/** What a poll asks for. */
export interface PollQuestion {
  readonly secret: string;
  /** The acknowledgement of what was received, empty at first; `undefined` for a poll that takes all away at once. */
  readonly ack?: string | undefined;
  readonly waitSeconds?: number | undefined;
  readonly limit?: number | undefined;
}

/** What a poll brought. */
export interface PollAnswer {
  readonly events: readonly Inbound[];
  /** Acknowledges them; `undefined` from a server that has taken them away already. */
  readonly nextAck: string | undefined;
}

export function createHttpWire(options: HttpWireOptions): NetworkWire {
  const { agentId, clock, features, requestTimeoutMs, pollIntervalMs } = options;
  const http = createHttpClient({
    service: serviceName,
    baseUrl: options.baseUrl,
    fetch: options.fetch,
    clock,
    timeoutMs: requestTimeoutMs,
    toError: errorOfHttp,
    maxResponseBytes: 64 * 1024 * 1024,
  });
  const { hostname, port, protocol } = new URL(http.baseUrl);

  const call = async (request: HttpRequest): Promise<Body> => bodyOfAnswer(request, await http.send(request));

  /** Bearer where the server knows it, so that the secret stands in no log of requests. */
  const authorized = (secret: string): { query: Record<string, string>; headers: Record<string, string> } =>
    features.has("bearer_secret")
      ? { query: { agent_id: agentId }, headers: { authorization: `Bearer ${secret}` } }
      : { query: { agent_id: agentId, secret }, headers: {} };

  const poll = async (question: PollQuestion, signal: AbortSignal): Promise<PollAnswer> => {
    const { secret, ack, waitSeconds, limit } = question;
    const { query, headers } = authorized(secret);
    const body = await call({
      operation: "receive",
      method: "GET",
      path: networkPaths.poll,
      query: { ...query, ack, wait: waitSeconds, limit },
      headers,
      signal,
      // A poll that takes events away must not be repeated behind the back of who counts its failures.
      maxRetries: 0,
      timeoutMs: Math.max(requestTimeoutMs, (waitSeconds ?? 0) * 1_000 + answerGraceMs),
    });
    if (body.success !== true) {
      const text = textOf(body.error_message) ?? "the server refused the poll";
      throw text.includes(authenticationFailed)
        ? new SecretRefused(secret)
        : refusalOf(text, { operation: "receive", retryable: true });
    }
    return { events: inboundOf(body.messages, clock.now().wall), nextAck: textOf(body.next_ack) };
  };

  const pollForEver = async (sink: Sink, secret: () => string, signal: AbortSignal): Promise<never> => {
    const isAcknowledged = features.has("ack_poll");
    const waitSeconds = features.has("long_poll") ? longPollSeconds : undefined;
    let ack = isAcknowledged ? "" : undefined;
    for (;;) {
      await sink.room(signal);
      const answer = await poll({ secret: secret(), ack, waitSeconds }, signal);
      sink.ready();
      await sink.accept(answer.events);
      ack = isAcknowledged ? (answer.nextAck ?? ack) : undefined;
      if (waitSeconds === undefined) {
        await sleep(pollIntervalMs, { signal, clock });
      }
    }
  };

  /** Only a server that knows a repeated event gets one. */
  const idempotent = features.has("idempotent_send");

  const sendOne = async (
    { event, text, secret }: SentEvent,
    sending: SendOptions,
  ): Promise<EventResponse> => {
    const body = `${text.slice(0, -1)},"secret":${JSON.stringify(secret)}}`;
    const path = networkPaths.sendEvent;
    const request: HttpRequest = {
      operation: "sendEvent",
      method: "POST",
      path,
      body,
      idempotent,
      ...sending,
    };
    const answer = await call(request).catch((error: unknown) => {
      throw error instanceof TooLarge ? tooLarge(body, options.maxBody ?? usualMaxBody) : error;
    });
    return responseOf(answer, event);
  };

  const sendInBatches = createBatcher<SentEvent, EventResponse>({
    one: (sent) => sendOne(sent, {}),
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

  let streams = features.has("sse") && features.has("ack_poll");

  return {
    transport: "http",
    label: "HTTP network",
    host: hostname,
    port: Number(port) || (protocol === "https:" ? 443 : 80),
    url: http.baseUrl,

    async register() {
      const { agentGroup, passwordHash, metadata } = options;
      const request: HttpRequest = {
        operation: "connectToServer",
        method: "POST",
        path: networkPaths.register,
        body: jsonOf({
          agent_id: agentId,
          metadata,
          password_hash: passwordHash,
          ...(agentGroup === undefined ? {} : { agent_group: agentGroup }),
        }),
        // A second registration takes the place of the first.
        idempotent: true,
      };
      const body = await call(request);
      const secret = textOf(body.secret);
      if (body.success !== true || secret === undefined) {
        throw refusalOf(textOf(body.error_message) ?? "the server registered nobody", {
          operation: request.operation,
        });
      }
      return secret;
    },

    async unregister(secret) {
      await call({
        operation: "disconnect",
        method: "POST",
        path: networkPaths.unregister,
        body: jsonOf({ agent_id: agentId, secret }),
        maxRetries: 0,
        timeoutMs: 5_000,
      });
    },

    send(event, secret, { signal, timeoutMs }) {
      const text = textOfEvent(event, features.has("preserve_fields"));
      const sent = { event, text, secret };
      return features.has("batch")
        ? raceSignal(sendInBatches(sent), signal)
        : sendOne(sent, { signal, timeoutMs });
    },

    async receive(sink, secret, signal) {
      if (streams) {
        const outcome = await readStream(
          {
            clock,
            pollIntervalMs,
            requestTimeoutMs,
            poll,
            open: (used, linked) =>
              http.open({
                operation: "receive",
                method: "GET",
                path: networkPaths.stream,
                ...authorized(used),
                headers: {
                  ...authorized(used).headers,
                  accept: "text/event-stream",
                  "cache-control": "no-store",
                },
                signal: linked,
              }),
          },
          sink,
          secret,
          signal,
        );
        // Whoever stands between keeps the stream to itself: polls come through.
        streams = outcome === "ended";
        if (streams) {
          throw new ConnectionRefused("receive: the server ended the stream.", { operation: "receive" });
        }
      }
      return await pollForEver(sink, secret, signal);
    },

    close: () => http.close(),
  };
}

/** The events of an answer that are some, without secrets. */
export function inboundOf(messages: unknown, nowWall: number): readonly Inbound[] {
  const seconds = Math.floor(nowWall / 1_000);
  return listOf(stripSecrets(messages)).flatMap((message) => {
    const wire = readWireEvent(message, seconds);
    return wire === undefined ? [] : [{ wire }];
  });
}

function bodyOfAnswer({ operation }: HttpRequest, answer: HttpAnswer): Body {
  const body = parseBody(answer.text);
  if (body === undefined) {
    throw new NotAnOpenAgentsServer(`${operation}: the server did not answer with a JSON object.`, {
      operation,
      status: answer.status,
    });
  }
  return body;
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
