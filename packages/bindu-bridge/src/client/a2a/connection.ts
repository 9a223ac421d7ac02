// One way in which every method calls an agent: its card first, then its interface, over as many origins as these name.

import {
  CancelledError,
  type Clock,
  type Deadline,
  DeadlineExceededError,
  deadlineIn,
  type FailedCall,
  type HttpAnswer,
  type HttpClientOptions,
  type HttpStream,
  raceSignal,
  ServiceError,
} from "@x/core";
import type { A2ACall } from "../../wire/a2a/calls.ts";
import { cardPath } from "../../wire/a2a/names.ts";
import { readProblem } from "../../wire/a2a/problems.ts";
import { paths } from "../../wire/dialect.ts";
import { eventsIn, isEventStream, parsed } from "./bodies.ts";
import type { A2ACallOptions } from "./call-options.ts";
import {
  type A2AInterface,
  type AgentCard,
  chosenInterface,
  readCard,
  type WantedInterface,
} from "./card.ts";
import { A2AError, failureError, localProblem, serviceName } from "./errors.ts";
import { createOrigins } from "./origins.ts";
import { type Said, type Speech, speechOf } from "./speech.ts";
import { within } from "./within.ts";

export interface ConnectionOptions
  extends WantedInterface,
    Pick<HttpClientOptions, "headers" | "maxRetries" | "fetch" | "hooks"> {
  readonly url: string;
  readonly timeoutMs: number;
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

interface PeerRules extends Pick<A2ACallOptions, "signal" | "timeoutMs"> {
  /** Takes the place of `timeoutMs`. */
  readonly deadline?: Deadline | undefined;
  readonly fresh?: boolean | undefined;
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
  peer(options: PeerRules): Promise<Peer>;
  /** The answers to a call: one, or all events where a server answers with a stream. */
  call(call: A2ACall, rules: CallRules): Promise<readonly Heard[]>;
  /** One connection of a stream. */
  events(call: A2ACall, rules: StreamRules): AsyncGenerator<HeardEvent, void>;
  /** The JSON below the address of the agent. */
  read(path: string, rules: CallRules): Promise<unknown>;
  close(): Promise<void>;
}

export function openConnection(options: ConnectionOptions): Connection {
  const { clock, timeoutMs } = options;
  let known: Promise<Peer> | undefined;
  let problem = readProblem;
  const { following, close } = createOrigins({
    service: serviceName,
    headers: options.headers,
    timeoutMs,
    maxRetries: options.maxRetries,
    maxResponseBytes: 64 * 1024 * 1024,
    fetch: options.fetch,
    hooks: options.hooks,
    clock,
    // A key alone makes no repeat safe: the agent must know keys.
    shouldRetry: ({ error, idempotent, notProcessed }) => error.retryable && (idempotent || notProcessed),
    toError: (failure, call) => failureError(failure, call, (error, status) => problem(error, status)),
  });

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
        const target = chosenInterface(card, options);
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

  const peer: Connection["peer"] = async ({ signal, fresh = false, ...of }) => {
    if (known === undefined || fresh) {
      const reading = readPeer();
      known = reading;
      reading.catch(() => {
        known = known === reading ? undefined : known;
      });
    }
    const reading = known;
    const names = { service: serviceName, operation: "card" };
    const late = (): ServiceError =>
      new DeadlineExceededError("card: it did not come in time. Allow more with timeoutMs.", names);
    try {
      const bounds = { signal, deadline: of.deadline ?? deadlineIn(of.timeoutMs ?? timeoutMs, clock), clock };
      return await within(bounds, late, (ending) => raceSignal(reading, ending));
    } catch (error) {
      if (signal?.aborted !== true || error instanceof ServiceError) {
        throw error;
      }
      throw new CancelledError("card: the call was cancelled by its signal.", { ...names, cause: error });
    }
  };

  /** A call as it goes out, and where to. */
  const said = (
    { speech, target }: Peer,
    call: A2ACall,
    operation: string,
    verb?: "GET",
  ): readonly [url: string, request: Omit<Said, "path" | "query">] => {
    const whole = speech.say(call, verb);
    if (whole === undefined) {
      throw localProblem("UNSUPPORTED_OPERATION", `this agent's protocol has no ${call.method}`, operation);
    }
    const { path, query = {}, ...request } = whole;
    const url = new URL(target.url + path);
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, value);
    }
    return [url.href, request];
  };

  return {
    clock,
    peer,
    read: (path, rules) => read(base + path, rules),

    async call(call, { operation, headers, ...given }): Promise<readonly Heard[]> {
      const { deadline = deadlineIn(given.timeoutMs ?? timeoutMs, clock) } = given;
      const rules = { ...given, deadline, timeoutMs: Infinity };
      const agent = await peer(rules);
      const [url, request] = said(agent, call, operation);
      let heard: readonly Heard[] | undefined;
      const hear = (payloads: readonly unknown[], failed: FailedCall, status: number): readonly Heard[] =>
        payloads.map((raw) => ({ raw, value: agent.speech.hear(call.method, raw, failed, status) }));
      const answer = await following(url, (client, path) =>
        client.send({
          ...rules,
          ...request,
          operation,
          path,
          headers: { ...request.headers, ...headers },
          refuse(whole, failed) {
            if (isEventStream(whole)) {
              return undefined;
            }
            try {
              heard = hear([parsed(whole.text, failed)], failed, whole.status);
              return undefined;
            } catch (error) {
              if (error instanceof ServiceError) {
                return error;
              }
              throw error;
            }
          },
        }),
      );
      if (heard !== undefined) {
        return heard;
      }
      const failed: FailedCall = { service: serviceName, operation, attempts: 1 };
      const events: unknown[] = [];
      for await (const { data } of eventsIn(bytesOf(answer), failed)) {
        events.push(parsed(data, failed));
      }
      return hear(events, failed, answer.status);
    },

    async *events(call, { operation, headers, ...rules }): AsyncGenerator<HeardEvent, void> {
      const agent = await peer(rules);
      const failed: FailedCall = { service: serviceName, operation, attempts: 1 };
      const open = (verb?: "GET"): Promise<HttpStream> => {
        const [url, request] = said(agent, call, operation, verb);
        const streaming = { accept: "text/event-stream", "cache-control": "no-store" };
        const all = {
          ...rules,
          ...request,
          operation,
          headers: { ...request.headers, ...streaming, ...headers },
        };
        return following(url, (client, path) => client.open({ ...all, path }));
      };
      // The proto has a GET, the text of the specification a POST.
      const stream = await open().catch((error: unknown) => {
        const isOther = error instanceof A2AError && error.code === "method_not_found";
        if (isOther && call.method === "SubscribeToTask" && agent.target.binding === "HTTP+JSON") {
          return open("GET");
        }
        throw error;
      });
      const hear = (data: string): Heard => {
        const raw = parsed(data, failed);
        return { raw, value: agent.speech.hear(call.method, raw, failed, stream.status) };
      };
      if (!isEventStream(stream)) {
        yield { ...hear((await stream.whole()).text), n: undefined };
        return;
      }
      let lastId = "";
      for await (const { data, lastEventId } of eventsIn(stream.chunks(), failed)) {
        // An event without an id has that of the one before.
        const n = lastEventId !== lastId && /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined;
        lastId = lastEventId;
        yield { ...hear(data), n };
      }
    },

    close,
  };
}

async function* bytesOf({ bytes }: HttpAnswer): AsyncGenerator<Uint8Array, void> {
  yield bytes;
}
