// The HTTP+JSON binding: the same methods by verb and path.
import { toPlainJson } from "@x/core";
import {
  type Answer,
  events,
  type HttpMethod,
  HttpProblem,
  type HttpRequest,
  type HttpRoute,
  jsonText,
  type SseEvent,
} from "@x/core/service";
import { isJsonObject } from "../../../wire/a2a/fields.ts";
import { type A2AMethod, a2aMediaType, facePath, isA2AMethod, routes } from "../../../wire/a2a/names.ts";
import type { Face, FaceCaller } from "./face.ts";
import { type FaceMethod, faceMethods } from "./methods.ts";
import { FaceProblem, faceProblemAnswer, httpFailure, invalidParam } from "./problems.ts";
import { routeLimits, takesType } from "./route-limits.ts";
import { versionOf } from "./rpc.ts";
import type { Frames } from "./streams.ts";

export function faceRestRoutes(face: Face): readonly HttpRoute[] {
  const methods = faceMethods(face);
  return Object.keys(routes)
    .filter(isA2AMethod)
    .flatMap((name) => {
      const { verb } = routes[name];
      const route = restRoute(name, verb, methods[name]);
      // The proto has a GET, the text of the specification a POST.
      return name === "SubscribeToTask" ? [route, restRoute(name, "GET", methods[name])] : [route];
    });
}

function restRoute(name: A2AMethod, verb: HttpMethod, method: FaceMethod): HttpRoute {
  const path = facePath + routes[name].path;
  return {
    ...routeLimits,
    method: verb,
    path,
    doc: { operationId: `a2a-${verb}-${name}`, summary: name, answers: {} },
    params: undefined,
    query: undefined,
    body: undefined,
    acceptsType: takesType,
    problem: faceProblemAnswer,
    async serve(exchange, tools): Promise<Answer> {
      const type = answerType(exchange);
      try {
        const caller = admit(exchange);
        const params = await paramsOf(exchange, verb);
        if (method.kind === "unary") {
          return text(type, await method.run(caller, params));
        }
        const frames = await method.open(caller, params);
        const told = sse(frames, (error) => httpFailure(tools.problemOf(error), type).text);
        return events({ keepAliveText: "keep-alive", open: told }, { "cache-control": "no-cache" });
      } catch (error) {
        if (error instanceof HttpProblem) {
          return httpFailure(error, type);
        }
        throw error;
      }
    },
  };
}

const text = (type: string, result: unknown): Answer => ({ ...jsonText(200, JSON.stringify(result)), type });

/** 0.3 had other paths. @throws {FaceProblem} */
function admit(request: HttpRequest): FaceCaller {
  const asked = versionOf(request);
  if (asked === "0.3") {
    const metadata = { requested: asked, supported: "1.0" };
    throw new FaceProblem({ name: "VERSION_NOT_SUPPORTED", metadata });
  }
  return { request, version: "1.0" };
}

/** What the caller accepts, or has sent itself. */
function answerType(request: HttpRequest): string {
  const said = `${request.header("accept") ?? ""},${request.header("content-type") ?? ""}`;
  return said.toLowerCase().includes(a2aMediaType) ? a2aMediaType : "application/json";
}

/** The parameters of the path with those of the body, or of the query. @throws {FaceProblem} where both name one otherwise */
async function paramsOf(request: HttpRequest, verb: HttpMethod): Promise<unknown> {
  const sent = verb === "POST" ? await bodyOf(request) : request.query;
  if (!isJsonObject(sent)) {
    throw new FaceProblem({ name: "INVALID_REQUEST", message: "The body must be a JSON object" });
  }
  for (const [name, value] of Object.entries(request.params)) {
    const own = sent[name];
    if (own !== undefined && own !== null && own !== "" && own !== value) {
      throw invalidParam(name, "differs from the one in the path");
    }
  }
  return { ...sent, ...request.params };
}

async function bodyOf({ body }: HttpRequest): Promise<unknown> {
  // Official clients announce JSON and send nothing where there is nothing to say.
  return (await body.bytes()).length === 0 ? {} : toPlainJson(await body.json(true));
}

/** Frames as they are; what goes wrong after the first one is an event of its own. */
function sse(
  frames: Frames,
  failure: (error: unknown) => string,
): (signal: AbortSignal) => AsyncGenerator<SseEvent, void> {
  return async function* (signal) {
    try {
      for await (const { n, json } of frames(signal)) {
        yield { id: String(n), data: json };
      }
    } catch (error) {
      if (signal.aborted) {
        throw error;
      }
      yield { event: "error", data: failure(error) };
    }
  };
}
