// From a request to its route and back: finds the route, lets it answer, and turns whatever goes wrong into the answer
// that the route or the service has for it.
import type { IncomingMessage, ServerResponse } from "node:http";
import { KernelError } from "../kernel/kernel-error.ts";
import { hostnameOf } from "../start/address.ts";
import { type Answer, type TextAnswer, writeWhole } from "./answer.ts";
import { clientGone, dropRest } from "./body.ts";
import { type CorsPolicy, createCors } from "./cors.ts";
import { type ExchangeRules, HttpExchange } from "./exchange.ts";
import { isUsableHost, namedHost } from "./host.ts";
import { createPathTable } from "./paths.ts";
import { HttpProblem } from "./problem.ts";
import type { FailedRequest, HttpRoute, ProblemAnswer } from "./route.ts";
import { writeSse } from "./sse.ts";
import { ulid } from "./ulid.ts";

/** An answered request. */
export interface Answered {
  readonly method: string;
  /** The path as the route defines it, or `unknown`: one label, whatever strangers send. */
  readonly route: string;
  readonly status: number;
  /** From the first line of the request to the answer, in milliseconds. */
  readonly durationMs: number;
  /** As the request announced them; 0 where it did not. */
  readonly requestBytes: number;
  /** Of the body; 0 of a stream, which may go on. */
  readonly answerBytes: number;
}

/** What a surface must be told. */
export interface HttpSurfaceOptions {
  readonly routes: readonly HttpRoute[];
  /** What request ids begin with. @default "req" */
  readonly requestIdPrefix?: string;
  /**
   * The answer to what goes wrong: on routes that have no shape of their own, at paths where nothing stands (404
   * `not_found`), for other methods (405 `method_not_allowed`), and below HTTP.
   */
  readonly problem: ProblemAnswer;
  /** Longest body of a request, in bytes; longer ones are answered 413. @default 262_144 */
  readonly maxBodyBytes?: number;
  /** How deep arrays and objects of a body may be nested. @default 64 */
  readonly maxJsonDepth?: number;
  /** Whether every GET answers HEAD too. @default true */
  readonly head?: boolean;
  /** Which pages of other origins may use the surface; OPTIONS is 405 without it. @default none */
  readonly cors?: CorsPolicy;
  /** Headers of every answer, with lower-case names. Those of the answer win. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Whether the server answers to a name in the `Host` header; all others get 403. A page elsewhere can have its own name
   * point to this machine, and is then of the same origin as the server. Every name by default.
   */
  readonly isOwnHost?: (hostname: string) => boolean;
  /** Called after each answer. Must not throw. */
  readonly onAnswer?: (answered: Answered) => void;
  /** Gets what a handler threw that is no `HttpProblem`: callers see no more of it than `internal`. */
  readonly onFault?: (
    error: unknown,
    request: { readonly requestId: string; readonly route: string },
  ) => void;
}

/** The routes of a service behind one listener function. */
export interface HttpSurface {
  /** Serves one exchange. Never throws. */
  handle(incoming: IncomingMessage, outgoing: ServerResponse): void;
  /** The answer to what goes wrong below HTTP, where there is no exchange. */
  problemBelow(problem: HttpProblem): { readonly answer: TextAnswer; readonly requestId: string };
}

const unknownRoute = "unknown";

/** What stands at one path. */
interface Place {
  readonly path: string;
  readonly routes: Map<string, HttpRoute>;
}

/** Builds the surface. @throws {TypeError} for two routes of one method and path */
export function createHttpSurface(options: HttpSurfaceOptions, stopping: AbortSignal): HttpSurface {
  const { requestIdPrefix = "req", isOwnHost, onAnswer, onFault } = options;
  const rules: ExchangeRules = {
    maxBytes: options.maxBodyBytes ?? 256 * 1024,
    maxJsonDepth: options.maxJsonDepth ?? 64,
    acceptsType: undefined,
    repeated: "last",
  };
  const cors = options.cors === undefined ? undefined : createCors(options.cors);
  const places = placesOf(options.routes, options.head ?? true);
  const table = createPathTable(places);
  const rulesOf = new Map(options.routes.map((route) => [route, ownRules(route, rules)]));

  const report = (exchange: HttpExchange, route: string, status: number, answerBytes: number): void => {
    onAnswer?.({
      method: exchange.method,
      route,
      status,
      durationMs: performance.now() - exchange.startedAt,
      requestBytes: Number(exchange.header("content-length") ?? 0) || 0,
      answerBytes,
    });
  };

  const problemOf = (error: unknown, requestId: string, route: string): HttpProblem => {
    if (error instanceof HttpProblem) {
      return error;
    }
    if (error instanceof KernelError && error.code !== "internal") {
      return new HttpProblem(503, "unavailable", error.message, { headers: { "retry-after": "1" } });
    }
    onFault?.(error, { requestId, route });
    return new HttpProblem(500, "internal", "the server failed at this request; its log has the reason");
  };

  const answerOf = (problem: HttpProblem, request: FailedRequest, route?: HttpRoute): TextAnswer => {
    const answer = (route?.problem ?? options.problem)(problem, request);
    return { ...answer, headers: { ...answer.headers, ...problem.headers } };
  };

  const fail = (exchange: HttpExchange, label: string, error: unknown, route?: HttpRoute): void => {
    const { outgoing } = exchange;
    if (error === clientGone || outgoing.destroyed) {
      outgoing.destroy();
      return;
    }
    const problem = problemOf(error, exchange.requestId, label);
    if (outgoing.headersSent) {
      // A stream that breaks must not look like one that has ended.
      outgoing.destroy();
      return;
    }
    const answer = answerOf(problem, exchange, route);
    if (!exchange.incoming.complete) {
      // Node would take the rest of the body, however long.
      dropRest(exchange.incoming);
    }
    const bytes = writeWhole(outgoing, answer, exchange.answerHeaders);
    report(exchange, label, answer.status, bytes);
  };

  const send = async (exchange: HttpExchange, label: string, answer: Answer): Promise<void> => {
    if (answer.kind === "events") {
      report(exchange, label, 200, 0);
      await writeSse(exchange.outgoing, answer.stream, answer, exchange.answerHeaders, exchange.signal);
      return;
    }
    const bytes = writeWhole(exchange.outgoing, answer, exchange.answerHeaders);
    report(exchange, label, answer.status, bytes);
  };

  const serve = async (exchange: HttpExchange): Promise<void> => {
    const { incoming, method } = exchange;
    const found = table.find(exchange.path);
    const label = found?.item.path ?? unknownRoute;
    let route: HttpRoute | undefined;
    try {
      const host = namedHost(incoming);
      if (host === null) {
        throw new HttpProblem(400, "invalid_request", "a request names its host once");
      }
      if (!isUsableHost(host, incoming.httpVersion)) {
        throw new HttpProblem(
          400,
          "invalid_request",
          "a request of HTTP/1.1 needs the name of a host in Host",
        );
      }
      if (isOwnHost !== undefined && !isOwnHost(hostnameOf(host))) {
        throw new HttpProblem(
          403,
          "foreign_host",
          "this server does not answer to the name in the Host header",
        );
      }
      cors?.allow(exchange);
      if (cors !== undefined && method === "OPTIONS") {
        await send(exchange, label, cors.preflight(exchange));
        return;
      }
      if (found === undefined) {
        throw new HttpProblem(404, "not_found", `nothing stands at ${exchange.path}`);
      }
      route = found.item.routes.get(method);
      if (route === undefined) {
        throw methodNotAllowed(method, found.item);
      }
      exchange.params = found.params;
      exchange.rules = rulesOf.get(route) ?? rules;
      const answer = await route.serve(exchange, {
        problemOf: (error) => problemOf(error, exchange.requestId, label),
      });
      await send(exchange, label, answer);
    } catch (error) {
      fail(exchange, label, error, route);
    }
  };

  return {
    handle(incoming, outgoing): void {
      const requestId = `${requestIdPrefix}_${ulid()}`;
      void serve(new HttpExchange(incoming, outgoing, requestId, rules, options.headers, stopping));
    },
    problemBelow(problem) {
      const requestId = `${requestIdPrefix}_${ulid()}`;
      const answer = answerOf(problem, { requestId, method: undefined, path: undefined });
      return { requestId, answer: { ...answer, headers: { ...options.headers, ...answer.headers } } };
    },
  };
}

function ownRules(route: HttpRoute, rules: ExchangeRules): ExchangeRules {
  return {
    maxBytes: route.maxBodyBytes ?? rules.maxBytes,
    maxJsonDepth: route.maxJsonDepth ?? rules.maxJsonDepth,
    acceptsType: route.acceptsType,
    repeated: route.repeated ?? rules.repeated,
  };
}

/** The routes of each path by method. */
function placesOf(routes: readonly HttpRoute[], head: boolean): Map<string, Place> {
  const places = new Map<string, Place>();
  for (const route of routes) {
    const place = places.get(route.path) ?? { path: route.path, routes: new Map() };
    if (place.routes.has(route.method)) {
      throw new TypeError(`${route.method} ${route.path} is defined twice`);
    }
    places.set(route.path, place);
    place.routes.set(route.method, route);
    if (head && route.method === "GET") {
      place.routes.set("HEAD", route);
    }
  }
  return places;
}

function methodNotAllowed(method: string, { routes }: Place): HttpProblem {
  const allow = [...routes.keys()].join(", ");
  return new HttpProblem(405, "method_not_allowed", `${method} is not possible here; ${allow} is`, {
    headers: { allow },
  });
}
