// One connection to the service, and the one way in which every method calls it: signed afresh for each attempt, by the
// server's clock where that is known, and once more where the clock was wrong.

import {
  type Clock,
  createHttpClient,
  type Deadline,
  deadlineIn,
  type Fetch,
  fillPath,
  type HttpAnswer,
  type HttpRequest,
  type HttpStream,
  type Prepared,
} from "@x/core";
import { Carrier, carrierOf, endOf, parsed } from "../failure.ts";
import { isBody } from "../wire/forms.ts";
import { type Body, type Names, namesOf } from "../wire/names.ts";
import type { GridWireProfile, RestCall, RpcCall, WireRoute } from "../wire/profile.ts";
import { type Signing, signedBody, signedQuery, signedRpcBody } from "../wire/signing.ts";
import { type CallOptions, serviceName } from "./call-options.ts";
import type { ClientIdentity } from "./identity.ts";
import { notJson, rpcRefusal, serverTime, shouldRetry } from "./verdicts.ts";

/** How often, and with which pauses, a call is repeated where that is safe. */
export interface RetryOptions {
  /** Attempts in all. @default 3 */
  readonly tries?: number | undefined;
  /** Upper bound of the first pause, in milliseconds; doubled for each further one. @default 200 */
  readonly baseMs?: number | undefined;
  /** Upper bound of any pause, in milliseconds. @default 5000 */
  readonly capMs?: number | undefined;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly profile: GridWireProfile;
  readonly timeoutMs: number;
  readonly retry: RetryOptions;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch?: Fetch | undefined;
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
  /** The identity, loaded at the first use. */
  readonly identity: () => Promise<ClientIdentity>;
}

/**
 * Whether a call may be sent again when it is not known what became of it. `always`: a second run changes nothing.
 * `deduped`: it carries an id, and so it is safe where the server knows repeats. `never`.
 */
export type Repeat = "always" | "deduped" | "never";

interface CommonCall {
  /** The method of the client. */
  readonly method: string;
  readonly repeat: Repeat;
  readonly messageId?: string | undefined;
}

/** A call of the REST part. */
export interface RestRequest extends CommonCall {
  readonly route: RestCall | WireRoute;
  /** For the `{names}` of the path; `nodeId` is the caller's own by default. */
  readonly values?: Readonly<Record<string, string>>;
  /** Signed with the four fields; of a GET or DELETE it is the query. */
  readonly payload?: Body;
  /** Sent without identity and signature. @default false */
  readonly unsigned?: boolean;
}

/** A call of the agent protocol. */
export interface RpcRequest extends CommonCall {
  readonly call: RpcCall | { readonly name: string };
  readonly params: Body;
  /** Whose address it goes to. @default the caller's own */
  readonly nodeId?: string | undefined;
}

export interface Connection extends AsyncDisposable {
  readonly url: string;
  readonly profile: GridWireProfile;
  readonly names: Names;
  readonly clock: Clock;
  readonly onWarning: (message: string) => void;
  identity(): Promise<ClientIdentity>;
  /** The options of a method that calls more than once: each call gets what is left of the time of the whole. */
  sharing(options: CallOptions): () => CallOptions;
  /** The value of the answer. */
  rest(request: RestRequest, options?: CallOptions): Promise<unknown>;
  /** The text of the answer. */
  text(request: RestRequest, options?: CallOptions): Promise<string>;
  /** The `result` of the answer. */
  rpc(request: RpcRequest, options?: CallOptions): Promise<unknown>;
  /** A URL of the event stream: good for one request within five minutes. */
  sseUrl(): Promise<string>;
  /** The event stream, one connection of it. @throws {Carrier} */
  openEvents(signal: AbortSignal): Promise<HttpStream>;
  close(): Promise<void>;
}

export function openConnection(options: ConnectionOptions): Connection {
  const { profile, clock, timeoutMs, retry } = options;
  const { tries = 3, baseMs = 200, capMs = 5_000 } = retry;
  const names = namesOf(profile);
  const http = createHttpClient({
    service: serviceName,
    baseUrl: options.url,
    headers: options.headers,
    maxRetries: tries - 1,
    fetch: options.fetch,
    toError: carrierOf,
    shouldRetry,
    backoff: { baseMs, capMs },
    clock,
  });
  /** How much the server's clock is ahead of ours, in milliseconds. */
  let offsetMs = 0;
  /** Whether it knows repeated messages, as far as it has said. */
  let dedupes = profile.switches.dedupe === true;
  let nextId = 0;

  const serverNow = (): number => clock.now().wall + offsetMs;

  /** What an answer says of its server, whatever it answers. */
  const learn = (answer: Pick<HttpAnswer, "header">): void => {
    const said = answer.header(profile.serverHeader.name);
    if (profile.switches.dedupe === "auto" && said !== null) {
      dedupes = said.includes(profile.serverHeader.dedupe);
    }
  };

  /** Corrects the clock where a refusal says that it is wrong. Whether it was. */
  const corrected = (error: unknown): boolean => {
    const serverMs = error instanceof Carrier ? serverTime(error, serverNow()) : undefined;
    if (serverMs === undefined) {
      return false;
    }
    offsetMs = serverMs - clock.now().wall;
    return true;
  };

  const signing = async (): Promise<Signing> => {
    const { signer, info } = await options.identity();
    return { profile, signer, nodeId: info.nodeId, wallMs: serverNow() };
  };

  const send = async (
    request: HttpRequest,
    { method, repeat, messageId }: CommonCall,
    callOptions: CallOptions,
  ): Promise<HttpAnswer> => {
    const wholeMs = callOptions.timeoutMs ?? timeoutMs;
    const deadline: Deadline = deadlineIn(wholeMs === Infinity ? undefined : wholeMs, clock);
    const attempt = async (): Promise<HttpAnswer> => {
      try {
        const answer = await http.send({
          ...request,
          deadline,
          signal: callOptions.signal,
          idempotent: repeat === "always" || (repeat === "deduped" && dedupes),
        });
        learn(answer);
        return answer;
      } catch (error) {
        if (error instanceof Carrier && error.answer !== undefined) {
          learn(error.answer);
        }
        throw error;
      }
    };
    try {
      return await attempt().catch((error: unknown) => {
        if (!corrected(error)) {
          throw error;
        }
        return attempt();
      });
    } catch (error) {
      throw endOf(error, { method, messageId, signal: callOptions.signal, timeoutMs: wholeMs });
    }
  };

  /** A request without what is signed, or with all that is needed to sign it anew for each attempt. */
  const restRequest = async (request: RestRequest): Promise<HttpRequest> => {
    const { method: operation, payload = {}, unsigned = false } = request;
    const route = typeof request.route === "string" ? profile.routes[request.route] : request.route;
    const own = unsigned ? {} : { nodeId: (await options.identity()).info.nodeId };
    const path = fillPath(route.path, { ...own, ...request.values }, { service: serviceName, operation });
    const isQuery = route.method === "GET" || route.method === "DELETE";
    const prepare = async (): Promise<Prepared> =>
      isQuery
        ? { query: await signedQuery(texts(payload), await signing()) }
        : { body: await signedBody(payload, await signing()) };
    return { operation, method: route.method, path, ...(unsigned ? {} : { prepare }) };
  };

  const refused = async <T>(
    call: CommonCall,
    callOptions: CallOptions,
    run: () => Promise<T>,
  ): Promise<T> => {
    try {
      return await run();
    } catch (error) {
      throw endOf(error, { ...call, signal: callOptions.signal });
    }
  };

  const text = (request: RestRequest, callOptions: CallOptions = {}): Promise<string> =>
    refused(request, callOptions, async () => {
      const answer = await send(await restRequest(request), request, callOptions);
      return answer.text;
    });

  return {
    url: http.baseUrl,
    profile,
    names,
    clock,
    onWarning: options.onWarning,
    identity: options.identity,
    text,

    sharing({ signal, timeoutMs: ownMs = timeoutMs }): () => CallOptions {
      const whole = deadlineIn(ownMs === Infinity ? undefined : ownMs, clock);
      // A call may not have no time at all; with as little as this it is over at once.
      return () => ({ signal, timeoutMs: Math.max(1, whole.remaining()) });
    },

    async rest(request: RestRequest, callOptions: CallOptions = {}): Promise<unknown> {
      const body = await text(request, callOptions);
      const value = body.trim() === "" ? {} : parsed(body);
      if (value === undefined) {
        throw notJson(request.method, body);
      }
      return value;
    },

    rpc(request: RpcRequest, callOptions: CallOptions = {}): Promise<unknown> {
      const { method, params, call } = request;
      const { path, method: httpMethod } = profile.routes.rpc;
      return refused(request, callOptions, async () => {
        nextId += 1;
        const id = String(nextId);
        const name = typeof call === "string" ? profile.rpcMethods[call] : call.name;
        const nodeId = request.nodeId ?? (await options.identity()).info.nodeId;
        const answer = await send(
          {
            operation: method,
            method: httpMethod,
            path: fillPath(path, { nodeId }, { service: serviceName, operation: method }),
            prepare: async () => ({
              body: await signedRpcBody({ id, method: name, params }, await signing()),
            }),
            refuse: (whole, failed) => {
              const error = rpcRefusal(whole, id, failed.operation, failed.attempts);
              return error && new Carrier(error, failed, whole);
            },
          },
          request,
          callOptions,
        );
        const envelope = parsed(answer.text);
        return isBody(envelope) ? envelope.result : undefined;
      });
    },

    sseUrl: () =>
      refused({ method: "buildSseUrl", repeat: "always" }, {}, async () => {
        const request = await restRequest({ method: "buildSseUrl", route: "events", repeat: "always" });
        const query = await signedQuery({}, await signing());
        return `${http.baseUrl}${request.path}?${new URLSearchParams(query)}`;
      }),

    async openEvents(signal: AbortSignal): Promise<HttpStream> {
      const request = await restRequest({ method: "events", route: "events", repeat: "always" });
      const open = (): Promise<HttpStream> =>
        http.open({
          ...request,
          signal,
          headers: { accept: "text/event-stream", "cache-control": "no-store" },
        });
      const stream = await open().catch((error: unknown) => {
        if (!corrected(error)) {
          throw error;
        }
        return open();
      });
      learn(stream);
      return stream;
    },

    close: () => http.close(),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

/** The values of a query, which are texts. */
function texts(payload: Body): Record<string, string> {
  return Object.fromEntries(
    Object.entries(payload)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
