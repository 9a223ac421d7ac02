// An optional shared token: who does not know it may not call.
import { createHash, timingSafeEqual } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { type Admit, healthService } from "@x/core/rpc";
import { statusError } from "./errors.ts";

/** Asks every call for `authorization: Bearer <token>`, save health checks: probes carry no token. */
export function demandToken(token: string): Admit {
  const expected = digest(`Bearer ${token}`);
  return ({ method, requestHeader }) => {
    if (method.parent.typeName === healthService) {
      return;
    }
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
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
