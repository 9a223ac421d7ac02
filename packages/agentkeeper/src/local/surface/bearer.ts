// An optional shared token: who does not know it may not call.
import { createHash, timingSafeEqual } from "node:crypto";
import type { DescService } from "@bufbuild/protobuf";
import { Code, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type { GrpcRouter, GrpcRoutes } from "@x/core/rpc";
import { statusError } from "./errors.ts";

/** The routes behind a check of `authorization: Bearer <token>`; unchanged without a token. */
export function demandToken(token: string | undefined, routes: GrpcRoutes): GrpcRoutes {
  if (token === undefined) {
    return routes;
  }
  const expected = digest(`Bearer ${token}`);
  const check = ({ requestHeader }: HandlerContext): void => {
    // The name of the scheme is written in any case (RFC 9110).
    const given = (requestHeader.get("authorization") ?? "").replace(/^bearer +/i, "Bearer ");
    if (!timingSafeEqual(digest(given), expected)) {
      throw statusError(
        Code.Unauthenticated,
        "TOKEN_INVALID",
        "this daemon asks for its shared token (authorization: Bearer ...); none, or another, was sent",
      );
    }
  };
  return (router) => {
    const guarded: GrpcRouter = {
      service: (service, implementation) => router.service(service, guard(service, implementation, check)),
      rpc: (method, implementation) => router.rpc(method, implementation),
    };
    routes(guarded);
  };
}

/** Not async: a watch must be in force when its request has been read, with a token as without. */
function guard<Service extends DescService>(
  service: Service,
  implementation: Partial<ServiceImpl<Service>>,
  check: (context: HandlerContext) => void,
): Partial<ServiceImpl<Service>> {
  type Method = (request: unknown, context: HandlerContext) => unknown;
  const methods = implementation as Record<string, Method | undefined>;
  const guarded: Record<string, Method> = {};
  for (const { localName } of service.methods) {
    const method = methods[localName];
    if (method !== undefined) {
      guarded[localName] = (request, context) => {
        check(context);
        return method(request, context);
      };
    }
  }
  return guarded as Partial<ServiceImpl<Service>>;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
