// One route: where it stands, who may use it, which shapes go in and out. The OpenAPI document is made from the same.
import type { z } from "zod";
import type { Answer, TextAnswer } from "./answer.ts";
import { clientGone } from "./body.ts";
import { type BodyReader, plainJson } from "./body-readers.ts";
import type { HttpExchange, HttpRequest } from "./exchange.ts";
import type { HttpProblem } from "./problem.ts";
import type { RepeatedNames } from "./query.ts";
import { shaped } from "./shaped.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** An answer of a route, for the document. */
export interface DocumentedAnswer {
  readonly description: string;
  /** The shape of a JSON body. */
  readonly schema?: z.ZodType;
  /** The type of a body that is not JSON. */
  readonly type?: string;
}

/** What the OpenAPI document says of a route beside its shapes. */
export interface RouteDoc {
  /** Unique among the routes of a service. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag?: string;
  /** Name of the security scheme that the route asks for; none for public routes. */
  readonly security?: string;
  /** Request headers that mean something to the route. */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly answers: Readonly<Record<number, DocumentedAnswer>>;
  /** Leaves the route out of the document, for pages that people look at. */
  readonly hidden?: boolean;
}

/** A request that was let in and has the right shape. */
export interface HttpCall<Caller, Params, Query, Body> {
  readonly request: HttpRequest;
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  /** A JSON body as it was sent, for those to whom the spelling of numbers matters; `""` where none is read. */
  readonly bodyText: string;
}

/** What is known of a request that goes wrong; below HTTP not even its method and path are. */
export interface FailedRequest {
  readonly requestId: string;
  readonly method: string | undefined;
  readonly path: string | undefined;
}

/**
 * Makes the answer to a request that is not served, with any status. The problem's own headers are added to it. Must not
 * throw.
 */
export type ProblemAnswer = (problem: HttpProblem, request: FailedRequest) => TextAnswer;

/** How the requests of a route are read. Whatever is absent is as the surface says. */
export interface RouteLimits {
  /** Longest body, in bytes; longer ones are 413. */
  readonly maxBodyBytes?: number;
  /** How deep arrays and objects of a body may be nested. */
  readonly maxJsonDepth?: number;
  /**
   * Whether a body of this media type is taken: in lower case, without parameters, `""` for none. Other ones are 415
   * before anything of them is read. @default every type
   */
  readonly acceptsType?: (type: string) => boolean;
  /** What becomes of a name that comes more than once in the query. @default "last" */
  readonly repeated?: RepeatedNames;
  /** The shape of this route's errors. */
  readonly problem?: ProblemAnswer;
}

/** What a service says to define a route. */
export interface RouteSpec<Caller, Params, Query, Body> extends RouteLimits {
  readonly method: HttpMethod;
  /** With parameters in braces: `/v1/bookings/{booking_id}`, `/v1/tasks/{id}:cancel`. */
  readonly path: string;
  readonly doc: RouteDoc;
  /**
   * Who calls; throws an `HttpProblem` for who may not. Runs before the body is read: who is refused by a header costs no
   * more than the header. What is signed over the body asks for `request.body`, which is then read within its limits, once.
   */
  readonly admit: (request: HttpRequest) => Caller | Promise<Caller>;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** The shape of a JSON body, or another way to read one. Without it a body is not read. */
  readonly body?: z.ZodType<Body> | BodyReader<Body>;
  readonly handle: (call: HttpCall<Caller, Params, Query, Body>) => Answer | Promise<Answer>;
}

/** What the surface lends to a route. */
export interface ServeTools {
  /** The problem that a failure is to its caller. A defect is reported here, and told as `internal`. */
  problemOf(error: unknown): HttpProblem;
}

/** A defined route, whatever its types are. */
export interface HttpRoute extends RouteLimits {
  readonly method: HttpMethod;
  readonly path: string;
  readonly doc: RouteDoc;
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  /** What a body is, for the document. */
  readonly body: { readonly type: string; readonly schema?: z.ZodType | undefined } | undefined;
  serve(exchange: HttpExchange, tools: ServeTools): Promise<Answer>;
}

/** Defines a route. Who may not call is told before anything else of the request is looked at. */
export function defineRoute<Caller, Params = undefined, Query = undefined, Body = undefined>(
  spec: RouteSpec<Caller, Params, Query, Body>,
): HttpRoute {
  const { admit, handle, body: reader, ...rest } = spec;
  return {
    ...rest,
    params: spec.params,
    query: spec.query,
    body: reader === undefined || "read" in reader ? reader : { type: "application/json", schema: reader },
    async serve(exchange): Promise<Answer> {
      const caller = await admit(exchange);
      if (exchange.isAbandoned) {
        throw clientGone;
      }
      // An absent schema makes its type `undefined`.
      const params = (spec.params && shaped(spec.params, exchange.params)) as Params;
      const query = (spec.query && shaped(spec.query, exchange.query)) as Query;
      let body = undefined as Body;
      let bodyText = "";
      if (reader !== undefined) {
        if ("read" in reader) {
          body = await reader.read(exchange);
        } else {
          const read = await plainJson(reader, exchange.body, exchange.rules.maxJsonDepth);
          body = read.shape;
          bodyText = read.text;
        }
      }
      return await handle({ request: exchange, caller, params, query, body, bodyText });
    },
  };
}
