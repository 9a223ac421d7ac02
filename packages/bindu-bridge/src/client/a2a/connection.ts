// One way in which every method calls an agent: its card first, then its interface, over as many origins as these name.

import {
  CancelledError,
  type Clock,
  createHttpClient,
  type Deadline,
  type FailedCall,
  type Fetch,
  type Hooks,
  type HttpAnswer,
  type HttpClient,
  type HttpRequest,
  type HttpStream,
  raceSignal,
  readSse,
  type ServerSentEvent,
  ServiceError,
} from "@x/core";
import type { A2ACall } from "../../wire/a2a/calls.ts";
import { cardPath } from "../../wire/a2a/names.ts";
import { readProblem } from "../../wire/a2a/problems.ts";
import { paths } from "../../wire/dialect.ts";
import type { A2ACallOptions } from "./call-options.ts";
import { type A2ABinding, type A2ADialect, type A2AInterface, type AgentCard, readCard } from "./card.ts";
import { A2AError, failureError, localProblem, serviceName } from "./errors.ts";
import { type Said, type Speech, speechOf } from "./speech.ts";

export interface ConnectionOptions {
  readonly url: string;
  readonly dialect?: A2ADialect | undefined;
  readonly binding?: A2ABinding | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxRetries: number | undefined;
  readonly fetch: Fetch | undefined;
  readonly hooks: Hooks | undefined;
  readonly clock: Clock;
}

/** What was heard: in the words of 1.0, unread, and as it came. */
export interface Heard {
  readonly value: unknown;
  readonly raw: unknown;
}

/** An event of a stream, with its number where it has one. */
export interface HeardEvent extends Heard {
  readonly n: number | undefined;
}

/** An agent whose card was read. */
export interface Peer {
  readonly card: AgentCard;
  readonly target: A2AInterface;
  readonly speech: Speech;
}

export interface CallRules extends A2ACallOptions {
  /** The method of the client. */
  readonly operation: string;
  /** Whether a repeat changes nothing. */
  readonly idempotent: boolean;
  readonly idempotencyKey?: string | undefined;
  readonly deadline?: Deadline | undefined;
}

export interface StreamRules {
  readonly operation: string;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly idempotencyKey?: string | undefined;
}

export interface Connection {
  readonly clock: Clock;
  /** The agent, whose card is read once. */
  peer(options: A2ACallOptions & { readonly fresh?: boolean }): Promise<Peer>;
  /** The answers to a call: one, or all events where a server answers with a stream. */
  call(call: A2ACall, rules: CallRules): Promise<readonly Heard[]>;
  /** One connection of a stream. */
  events(call: A2ACall, rules: StreamRules): AsyncGenerator<HeardEvent, void>;
  /** The JSON below the address of the agent. */
  read(path: string, rules: CallRules): Promise<unknown>;
  close(): Promise<void>;
}

/** Redirects that are followed, within one origin. */
const mostRedirects = 3;

/** Longest event that is read, in characters: what official servers send at most is half of it. */
const longestEvent = 8 * 1024 * 1024;

export function openConnection(options: ConnectionOptions): Connection {
  const { clock, timeoutMs } = options;
  const clients = new Map<string, HttpClient>();
  let known: Promise<Peer> | undefined;
  let problem = readProblem;

  const clientOf = (origin: string): HttpClient => {
    let client = clients.get(origin);
    if (client === undefined) {
      client = createHttpClient({
        service: serviceName,
        baseUrl: origin,
        headers: options.headers,
        timeoutMs,
        maxRetries: options.maxRetries,
        maxResponseBytes: 64 * 1024 * 1024,
        fetch: options.fetch,
        hooks: options.hooks,
        clock,
        toError: (failure, call) => failureError(failure, call, (error, status) => problem(error, status)),
      });
      clients.set(origin, client);
    }
    return client;
  };

  /** Sends to a URL, and to where that leads within its origin. */
  const following = async <Answer>(
    url: string,
    send: (client: HttpClient, path: string) => Promise<Answer>,
  ): Promise<Answer> => {
    let next = new URL(url);
    for (let redirects = 0; ; redirects += 1) {
      try {
        return await send(clientOf(next.origin), next.pathname + next.search);
      } catch (error) {
        const target = redirects < mostRedirects ? redirectOf(error, next) : undefined;
        if (target === undefined) {
          throw error;
        }
        next = target;
      }
    }
  };

  const read = (url: string, { operation, ...rules }: CallRules): Promise<unknown> =>
    following(url, async (client, path) => {
      const answer = await client.send({ ...rules, operation, method: "GET", path });
      return parsed(answer.text, { service: serviceName, operation, attempts: 1 });
    });

  const given = options.url.replace(/\/+$/, "");
  const isCard = new URL(given).pathname.endsWith(".json");
  /** The address of the agent. */
  const base = isCard ? given.replace(/(?:\/\.well-known)?\/[^/]*$/, "") : given;

  const readPeer = async (): Promise<Peer> => {
    const rules: CallRules = { operation: "card", idempotent: true };
    // A strict card has no room for the dialect: who asks for it reads the dialect's own.
    const own = options.dialect === "bindu" ? [base + paths.card] : [base + cardPath, base + paths.card];
    const places = isCard ? [given] : own;
    for (const [index, place] of places.entries()) {
      try {
        const card = readCard(await read(place, rules), place);
        const target = chosen(card, options);
        const speech = speechOf(target);
        problem = speech.problem;
        return { card, target, speech };
      } catch (error) {
        const isMissing = error instanceof ServiceError && error.status === 404;
        if (!isMissing || index === places.length - 1) {
          throw error;
        }
      }
    }
    throw localProblem("METHOD_NOT_FOUND", `${base} has no agent card`, "card");
  };

  const peer: Connection["peer"] = ({ signal, fresh = false }) => {
    if (known === undefined || fresh) {
      const reading = readPeer();
      known = reading;
      reading.catch(() => {
        known = known === reading ? undefined : known;
      });
    }
    return raceSignal(known, signal).catch((error: unknown) => {
      if (signal?.aborted !== true || error instanceof ServiceError) {
        throw error;
      }
      const names = { service: serviceName, operation: "card", cause: error };
      throw new CancelledError("card: the call was cancelled by its signal.", names);
    });
  };

  const said = (speech: Speech, call: A2ACall, operation: string, verb?: "GET"): Said => {
    const request = speech.say(call, verb);
    if (request === undefined) {
      throw localProblem("UNSUPPORTED_OPERATION", `this agent's protocol has no ${call.method}`, operation);
    }
    return request;
  };

  const urlOf = ({ url }: A2AInterface, { path, query = {} }: Said): string => {
    const full = new URL(url + path);
    for (const [name, value] of Object.entries(query)) {
      full.searchParams.set(name, value);
    }
    return full.href;
  };

  return {
    clock,
    peer,
    read: (path, rules) => read(base + path, rules),

    async call(call, { operation, headers, ...rules }): Promise<readonly Heard[]> {
      const { speech, target } = await peer(rules);
      const request = said(speech, call, operation);
      let heard: readonly Heard[] | undefined;
      const hear = (payloads: readonly unknown[], failed: FailedCall, status: number): readonly Heard[] =>
        payloads.map((raw) => ({ raw, value: speech.hear(call.method, raw, failed, status) }));
      const answer = await following(urlOf(target, request), (client, path) =>
        client.send({
          ...rules,
          ...request,
          operation,
          path,
          query: undefined,
          headers: { ...request.headers, ...headers },
          refuse(whole, failed) {
            if (isEventStream(whole)) {
              return undefined;
            }
            try {
              heard = hear([parsed(whole.text, failed)], failed, whole.status);
              return undefined;
            } catch (error) {
              return asServiceError(error);
            }
          },
        }),
      );
      if (heard !== undefined) {
        return heard;
      }
      const events: unknown[] = [];
      const failed: FailedCall = { service: serviceName, operation, attempts: 1 };
      for await (const { data } of readSse(bytesOf(answer), { maxEventLength: longestEvent })) {
        events.push(parsed(data, failed));
      }
      return hear(events, failed, answer.status);
    },

    async *events(call, { operation, headers, ...rules }): AsyncGenerator<HeardEvent, void> {
      const { speech, target } = await peer(rules);
      const failed: FailedCall = { service: serviceName, operation, attempts: 1 };
      const open = (verb?: "GET"): Promise<HttpStream> => {
        const request = said(speech, call, operation, verb);
        const all: HttpRequest & { readonly signal: AbortSignal } = {
          ...rules,
          ...request,
          operation,
          query: undefined,
          headers: {
            ...request.headers,
            accept: "text/event-stream",
            "cache-control": "no-store",
            ...headers,
          },
        };
        return following(urlOf(target, request), (client, path) => client.open({ ...all, path }));
      };
      // The proto has a GET, the text of the specification a POST.
      const stream = await open().catch((error: unknown) => {
        const isOther = error instanceof A2AError && error.code === "method_not_found";
        if (isOther && call.method === "SubscribeToTask" && target.binding === "HTTP+JSON") {
          return open("GET");
        }
        throw error;
      });
      const hear = (data: string): Heard => {
        const raw = parsed(data, failed);
        return { raw, value: speech.hear(call.method, raw, failed, stream.status) };
      };
      if (!isEventStream(stream)) {
        const decoder = new TextDecoder();
        let text = "";
        for await (const chunk of stream.chunks()) {
          text += decoder.decode(chunk, { stream: true });
        }
        yield { ...hear(text), n: undefined };
        return;
      }
      let lastId = "";
      for await (const { data, lastEventId } of eventsOf(stream)) {
        // An event without an id has that of the one before.
        const n = lastEventId !== lastId && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined;
        lastId = lastEventId;
        yield { ...hear(data), n };
      }
    },

    async close(): Promise<void> {
      await Promise.all([...clients.values()].map((client) => client.close()));
    },
  };
}

function eventsOf(stream: HttpStream): AsyncIterable<ServerSentEvent> {
  return readSse(stream.chunks(), { maxEventLength: longestEvent });
}

async function* bytesOf(answer: HttpAnswer): AsyncGenerator<Uint8Array, void> {
  yield answer.bytes;
}

const isEventStream = (answer: Pick<HttpAnswer, "header">): boolean =>
  answer.header("content-type")?.toLowerCase().includes("text/event-stream") === true;

/** A body as JSON; `undefined` for an empty one. @throws A2AError for what is no JSON */
function parsed(text: string, call: FailedCall): unknown {
  if (text.trim() === "") {
    return undefined;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new A2AError(`${call.operation}: the server answered with something that is not JSON.`, {
      ...call,
      code: "invalid_answer",
      cause: error,
    });
  }
}

function asServiceError(error: unknown): ServiceError {
  if (error instanceof ServiceError) {
    return error;
  }
  throw error;
}

/** Where an answer leads, within its origin. */
function redirectOf(error: unknown, from: URL): URL | undefined {
  const location =
    error instanceof A2AError && error.code === "redirected" ? error.details.location : undefined;
  const target =
    typeof location === "string" && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  return target?.origin === from.origin ? target : undefined;
}

/** The best interface, or the best of those that the caller wants. */
function chosen(card: AgentCard, { dialect, binding }: ConnectionOptions): A2AInterface {
  const target = card.interfaces.find(
    (one) => (dialect ?? one.dialect) === one.dialect && (binding ?? one.binding) === one.binding,
  );
  if (target === undefined) {
    const wanted = [dialect, binding].filter((word) => word !== undefined).join(" over ");
    const has = card.interfaces.map((one) => `${one.dialect} over ${one.binding}`).join(", ");
    throw localProblem(
      "VERSION_NOT_SUPPORTED",
      `the agent has no interface ${wanted === "" ? "that this client speaks" : `for ${wanted}`}; it has ${has || "none"}`,
      "card",
    );
  }
  return target;
}
