// From a request to its route and back: finds the route, lets it answer, and turns whatever goes wrong into the
// service's one error body.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import { KernelError } from "../kernel/kernel-error.ts";
import { hostnameOf } from "../start/address.ts";
import { type Answer, json, writeText } from "./answer.ts";
import { clientGone, readBody } from "./body.ts";
import { HttpExchange, pathOf } from "./exchange.ts";
import { parseJsonBody } from "./json-body.ts";
import { HttpProblem } from "./problem.ts";
import type { HttpRoute } from "./route.ts";
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
}

/** What a surface must be told. */
export interface HttpSurfaceOptions {
  readonly routes: readonly HttpRoute[];
  /** What request ids begin with. @default "req" */
  readonly requestIdPrefix?: string;
  /** The body of every error: one flat JSON object. */
  readonly errorBody: (problem: HttpProblem, requestId: string) => Readonly<Record<string, unknown>>;
  /** Longest body of a request, in bytes; longer ones are answered 413. @default 262_144 */
  readonly maxBodyBytes?: number;
  /** How deep arrays and objects of a body may be nested. @default 64 */
  readonly maxJsonDepth?: number;
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
  /** The error body for what goes wrong below HTTP. */
  problemText(problem: HttpProblem): { readonly text: string; readonly requestId: string };
}

const unknownRoute = "unknown";

/** A host about which there is nothing to find out. */
const plainHost = /^[\w.-]+(?::\d{1,5})?$/;

type Bindings = { Bindings: HttpBindings };

/**
 * Builds the surface. Hono and its Node adapter are loaded here and not before, so that a program that only wants the
 * kernel does not wait for them.
 */
export async function createHttpSurface(
  options: HttpSurfaceOptions,
  stopping: AbortSignal,
): Promise<HttpSurface> {
  const [{ Hono }, { getRequestListener }, { RESPONSE_ALREADY_SENT: sent }] = await Promise.all([
    import("hono"),
    import("@hono/node-server"),
    import("@hono/node-server/utils/response"),
  ]);
  // Where another adapter has replaced the global `Response`, reading the body once makes this one an ordinary one.
  void sent.body;
  const {
    requestIdPrefix = "req",
    errorBody,
    maxBodyBytes = 256 * 1024,
    maxJsonDepth = 64,
    isOwnHost,
    onAnswer,
    onFault,
  } = options;

  const report = (exchange: HttpExchange, route: string, status: number): void => {
    onAnswer?.({
      method: exchange.method,
      route,
      status,
      durationMs: performance.now() - exchange.startedAt,
    });
  };

  const problemOf = (error: unknown, exchange: HttpExchange, route: string): HttpProblem => {
    if (error instanceof HttpProblem) {
      return error;
    }
    if (error instanceof KernelError && error.code !== "internal") {
      return new HttpProblem(503, "unavailable", error.message, { headers: { "retry-after": "1" } });
    }
    onFault?.(error, { requestId: exchange.requestId, route });
    return new HttpProblem(500, "internal", "the server failed at this request; its log has the reason");
  };

  const fail = (exchange: HttpExchange, route: string, error: unknown): void => {
    if (error === clientGone || exchange.outgoing.headersSent) {
      exchange.outgoing.destroy();
      return;
    }
    const problem = problemOf(error, exchange, route);
    const body = errorBody(problem, exchange.requestId);
    writeText(exchange.outgoing, json(problem.status, body, problem.headers), exchange.answerHeaders);
    report(exchange, route, problem.status);
  };

  const send = async (exchange: HttpExchange, route: string, answer: Answer): Promise<void> => {
    switch (answer.kind) {
      case "text":
        writeText(exchange.outgoing, answer, exchange.answerHeaders);
        report(exchange, route, answer.status);
        return;
      case "events":
        report(exchange, route, 200);
        await writeSse(exchange.outgoing, answer.stream, exchange.answerHeaders, exchange.signal);
        return;
    }
  };

  const serve = async (
    { incoming, outgoing }: HttpBindings,
    routes: ReadonlyMap<string, HttpRoute>,
    params: Readonly<Record<string, string>>,
  ): Promise<void> => {
    const exchange = new HttpExchange(incoming, outgoing, `${requestIdPrefix}_${ulid()}`, stopping);
    const route = routes.get(exchange.method === "HEAD" ? "GET" : exchange.method);
    const label = route?.path ?? routes.values().next().value?.path ?? unknownRoute;
    try {
      if (isOwnHost !== undefined && !isOwnHost(hostnameOf(incoming.headers.host))) {
        throw new HttpProblem(
          403,
          "foreign_host",
          "this server does not answer to the name in the Host header",
        );
      }
      if (route === undefined) {
        throw methodNotAllowed(exchange.method, routes);
      }
      const answer = await route.serve(exchange, {
        params,
        query: route.query === undefined ? {} : queryOf(incoming.url ?? ""),
        async readBody() {
          const text = await readBody(incoming, maxBodyBytes);
          return { text, value: parseJsonBody(text, maxJsonDepth) };
        },
      });
      await send(exchange, label, answer);
    } catch (error) {
      fail(exchange, label, error);
    }
  };

  const app: Hono<Bindings> = new Hono<Bindings>();
  /** The routes of paths that are always spelled the same: for these nothing needs to be matched. */
  const fixed = new Map<string, ReadonlyMap<string, HttpRoute>>();
  for (const [path, routes] of byPath(options.routes)) {
    if (!path.includes("{")) {
      fixed.set(path, routes);
    }
    app.all(honoPath(path), async ({ env, req }) => {
      await serve(env, routes, req.param());
      return sent;
    });
  }
  app.notFound((context) => {
    const { incoming, outgoing } = context.env;
    const exchange = new HttpExchange(incoming, outgoing, `${requestIdPrefix}_${ulid()}`, stopping);
    fail(exchange, unknownRoute, new HttpProblem(404, "not_found", `nothing stands at ${exchange.path}`));
    return sent;
  });

  const problemText: HttpSurface["problemText"] = (problem) => {
    const requestId = `${requestIdPrefix}_${ulid()}`;
    return { requestId, text: JSON.stringify(errorBody(problem, requestId)) };
  };

  const listener = getRequestListener(
    // Whatever Hono makes of it (it copies the answer to a HEAD), the answer has been written already.
    async (request, env) => {
      await app.fetch(request, env);
      return sent;
    },
    {
      // The answers are written by this file; programs that embed a server keep their own `Response`.
      overrideGlobalObjects: false,
      autoCleanupIncoming: false,
      hostname: "localhost",
      errorHandler(error) {
        const detail = error instanceof Error ? error.message : "the request line cannot be read";
        const { text, requestId } = problemText(new HttpProblem(400, "invalid_request", detail));
        return new Response(text, {
          status: 400,
          headers: { "content-type": "application/json", "x-request-id": requestId },
        });
      },
    },
  );
  return {
    handle(incoming, outgoing): void {
      if (incoming.headers.host === undefined && incoming.httpVersion === "1.1") {
        const exchange = new HttpExchange(incoming, outgoing, `${requestIdPrefix}_${ulid()}`, stopping);
        const problem = new HttpProblem(
          400,
          "invalid_request",
          "a request of HTTP/1.1 needs the header Host",
        );
        fail(exchange, unknownRoute, problem);
        return;
      }
      const routes = fixed.get(pathOf(incoming));
      if (routes !== undefined && plainHost.test(incoming.headers.host ?? "")) {
        void serve({ incoming, outgoing }, routes, {});
      } else {
        void listener(incoming, outgoing);
      }
    },
    problemText,
  };
}

/** The routes of each path by method; paths without parameters first, for the first that fits answers. */
function byPath(routes: readonly HttpRoute[]): [string, ReadonlyMap<string, HttpRoute>][] {
  const paths = new Map<string, Map<string, HttpRoute>>();
  for (const route of routes) {
    const methods = paths.get(route.path) ?? new Map<string, HttpRoute>();
    if (methods.has(route.method)) {
      throw new TypeError(`${route.method} ${route.path} is defined twice`);
    }
    paths.set(route.path, methods.set(route.method, route));
  }
  const parameters = (path: string): number => path.split("{").length;
  return [...paths].sort(([a], [b]) => parameters(a) - parameters(b));
}

function honoPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ":$1");
}

function methodNotAllowed(method: string, routes: ReadonlyMap<string, HttpRoute>): HttpProblem {
  const methods = [...routes.keys()].flatMap((each) => (each === "GET" ? ["GET", "HEAD"] : [each]));
  const allow = methods.join(", ");
  return new HttpProblem(405, "method_not_allowed", `${method} is not possible here; ${allow} is`, {
    headers: { allow },
  });
}

/** The query as plain members; of a name that comes twice the last counts. */
function queryOf(url: string): Record<string, string> {
  const at = url.indexOf("?");
  const query: Record<string, string> = Object.create(null);
  if (at !== -1) {
    for (const [name, value] of new URLSearchParams(url.slice(at + 1))) {
      query[name] = value;
    }
  }
  return query;
}
