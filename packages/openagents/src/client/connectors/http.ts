// The HTTP wire of a network: calls, and receiving by whatever the server can do: a stream, long polls, or polls with pauses.

import { createHttpClient, type HttpAnswer, type HttpRequest, sleep } from "@x/core";
import { ConnectionRefused, NotAnOpenAgentsServer } from "../../errors.ts";
import { type Body, parseBody, textOf } from "../../wire/body.ts";
import { authenticationFailed, networkPaths } from "../../wire/paths.ts";
import { errorOfHttp, refusalOf, serviceName } from "../failure.ts";
import { jsonOf } from "../outbound.ts";
import type { LinkOptions, Sink } from "./connector.ts";
import { createHttpSends } from "./http-sends.ts";
import { inboundOf } from "./inbound.ts";
import { type NetworkTraits, type NetworkWire, SecretRefused } from "./network.ts";
import { type PollAnswer, type PollQuestion, readStream } from "./network-stream.ts";

export interface HttpWireOptions extends LinkOptions, NetworkTraits {
  readonly baseUrl: string;
  readonly passwordHash: string;
  readonly agentGroup: string | undefined;
}

/** How long a long poll lasts where nothing happens, in seconds, and what its answer may be late by, in milliseconds. */
const longPollSeconds = 25;
const answerGraceMs = 10_000;

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

    send: createHttpSends(options, call),

    async receive(sink, secret, signal) {
      if (streams) {
        const outcome = await readStream(
          {
            clock,
            pollIntervalMs,
            requestTimeoutMs,
            poll,
            open(used, linked) {
              const { query, headers } = authorized(used);
              return http.open({
                operation: "receive",
                method: "GET",
                path: networkPaths.stream,
                query,
                headers: { ...headers, accept: "text/event-stream", "cache-control": "no-store" },
                signal: linked,
              });
            },
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
