// How all signed routes are read: within the wire's limits, as JSON, no name twice.
import {
  type Answer,
  defineRoute,
  type HttpRequest,
  type HttpRoute,
  jsonText,
  type RouteDoc,
  type RouteLimits,
} from "@x/core/service";
import type { WireRoute } from "../../../wire/profile.ts";
import type { Caller } from "../access.ts";
import type { Surface } from "../context.ts";
import { writeJson } from "../encode.ts";
import { type Fields, fieldsOf } from "../fields.ts";

export const wireLimits: Required<
  Pick<RouteLimits, "maxBodyBytes" | "maxJsonDepth" | "acceptsType" | "repeated">
> = {
  maxBodyBytes: 1 << 20,
  maxJsonDepth: 64,
  acceptsType: (type: string) => type === "application/json",
  repeated: "refuse",
};

/** A route of which the OpenAPI document says no more than that it is there. */
export function routeDoc(operationId: string, summary: string, isHidden = false): RouteDoc {
  return { operationId, summary, answers: {}, hidden: isHidden };
}

/** A request that was let in. */
export interface SignedCall {
  readonly caller: Caller;
  readonly fields: Fields;
  readonly request: HttpRequest;
}

/** Defines a route that answers JSON. */
export function signedRoute(
  { names }: Surface,
  name: string,
  { method, path }: WireRoute,
  admit: (request: HttpRequest) => Promise<Caller>,
  handle: (call: SignedCall) => Promise<unknown>,
  status = 200,
): HttpRoute {
  return defineRoute({
    ...wireLimits,
    method,
    path,
    doc: routeDoc(name, name),
    admit,
    handle: async ({ request, caller }) =>
      answer(status, await handle({ caller, request, fields: fieldsOf(caller.payload, names) })),
  });
}

export const answer = (status: number, value: unknown): Answer => jsonText(status, writeJson(value));
