// The face of A2A 1.0 of one agent: what its HTTP listener serves beside the dialect.
import type { HttpRoute, ProblemAnswer } from "@x/core/service";
import { facePath, isA2AMethod } from "../../../wire/a2a/names.ts";
import { cardRoute } from "./card.ts";
import type { Face } from "./face.ts";
import { faceProblemAnswer } from "./problems.ts";
import { faceRestRoutes } from "./rest.ts";
import { faceRpcRoutes, rootRpcRoute } from "./rpc.ts";

export type { Face } from "./face.ts";

export interface A2AFace {
  /** The card, both bindings below `/a2a`. */
  readonly routes: readonly HttpRoute[];
  /** Serves a call at `/` whose method is one of this face; the body may have been read already. */
  readonly root: HttpRoute;
  /** Whether a parsed body at `/` is a call of this face: the name of its method alone decides. */
  takes(body: unknown): boolean;
  /** The answer to what goes wrong at a path, where that is one of the face. */
  problemAt(path: string): ProblemAnswer | undefined;
}

export function a2aFace(face: Face): A2AFace {
  return {
    routes: [cardRoute(face), ...faceRpcRoutes(face), ...faceRestRoutes(face)],
    root: rootRpcRoute(face),
    takes: (body) =>
      typeof body === "object" && body !== null && "method" in body && isA2AMethod(body.method),
    problemAt: (path) =>
      path === facePath || path.startsWith(`${facePath}/`) ? faceProblemAnswer : undefined,
  };
}
