// An optional shared token: who does not know it may not call.
import { Code } from "@connectrpc/connect";
import { type Admit, healthService } from "@x/core/rpc";
import { tokenJudge } from "@x/core/service";
import { statusError } from "./errors.ts";

/** Asks every call for `authorization: Bearer <token>`, save health checks: probes carry no token. */
export function demandToken(token: string): Admit {
  const judge = tokenJudge(token);
  return ({ method, requestHeader }) => {
    if (method.parent.typeName === healthService) {
      return;
    }
    if (judge(requestHeader.get("authorization")) !== "right") {
      throw statusError(
        Code.Unauthenticated,
        "TOKEN_INVALID",
        "this daemon asks for its shared token (authorization: Bearer ...); none, or another, was sent",
      );
    }
  };
}
