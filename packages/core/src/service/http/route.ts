// One route: where it stands, who may use it, which shapes go in and out. The OpenAPI document is made from the same.
import type { z } from "zod";
import type { Answer } from "./answer.ts";
import type { HttpExchange, HttpRequest } from "./exchange.ts";
import { invalidRequest } from "./problem.ts";

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
  /** The body as it was sent, for those to whom the spelling of numbers matters. */
  readonly bodyText: string;
}

/** What a service says to define a route. */
export interface RouteSpec<Caller, Params, Query, Body> {
  readonly method: HttpMethod;
  /** With parameters in braces: `/v1/bookings/{booking_id}`. */
  readonly path: string;
  readonly doc: RouteDoc;
  /** Who calls; throws an `HttpProblem` for who may not. Runs before the body is read. */
  readonly admit: (request: HttpRequest) => Caller;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** The shape of a JSON body. Without it a body is not read. */
  readonly body?: z.ZodType<Body>;
  readonly handle: (call: HttpCall<Caller, Params, Query, Body>) => Answer | Promise<Answer>;
}

/** What the surface hands to a route, in the order in which it comes to know it. */
export interface RouteInput {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Reads and parses the body; called once, and only by routes with a body. */
  readBody(): Promise<{ readonly text: string; readonly value: unknown }>;
}

/** A defined route, whatever its types are. */
export interface HttpRoute {
  readonly method: HttpMethod;
  readonly path: string;
  readonly doc: RouteDoc;
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  serve(exchange: HttpExchange, input: RouteInput): Promise<Answer>;
}

/** Defines a route. Who may not call is told before anything else of the request is looked at. */
export function defineRoute<Caller, Params = undefined, Query = undefined, Body = undefined>(
  spec: RouteSpec<Caller, Params, Query, Body>,
): HttpRoute {
  return {
    method: spec.method,
    path: spec.path,
    doc: spec.doc,
    params: spec.params,
    query: spec.query,
    body: spec.body,
    async serve(exchange, input): Promise<Answer> {
      const caller = spec.admit(exchange);
      // An absent schema makes its type `undefined`.
      const params = (spec.params && shaped(spec.params, input.params)) as Params;
      const query = (spec.query && shaped(spec.query, input.query)) as Query;
      let body = undefined as Body;
      let bodyText = "";
      if (spec.body !== undefined) {
        const read = await input.readBody();
        bodyText = read.text;
        body = shaped(spec.body, read.value);
      }
      return await spec.handle({ request: exchange, caller, params, query, body, bodyText });
    },
  };
}

/** @throws {HttpProblem} 400 with the first member that has not its shape */
function shaped<Value>(schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (result.success) {
    return result.data;
  }
  const issue = result.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  const message = issue?.message ?? "not what was expected";
  throw field === "" ? invalidRequest(message) : invalidRequest(`${field}: ${message}`, field);
}
