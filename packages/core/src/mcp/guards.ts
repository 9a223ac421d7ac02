// Who may speak to an MCP server over HTTP: this machine's own programs, or whoever knows the token.
import type { IncomingMessage, ServerResponse } from "node:http";
import { namedHost } from "../service/http/host.ts";
import { hostnameOf } from "../service/start/address.ts";
import { tokenJudge } from "../service/start/shared-token.ts";
import {
  hostHeaderValidation,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  originValidation,
} from "./official.ts";

/** Lets a request in, or answers it and says no. */
export type Guard = (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;

/**
 * On loopback, only names of this machine, and only pages of this machine: a page elsewhere may let its own name point
 * here (DNS rebinding). Where other machines reach the server, only its own pages; there a token is asked for.
 */
export function hostGuard(loopbackOnly: boolean): Guard {
  const oneHost: Guard = (incoming, outgoing) => {
    if (namedHost(incoming) === null) {
      outgoing
        .writeHead(403, { "content-type": "text/plain", connection: "close" })
        .end("a request names one host\n");
      return false;
    }
    return true;
  };
  if (loopbackOnly) {
    const isOwnHost = hostHeaderValidation(localhostAllowedHostnames());
    const isOwnOrigin = originValidation(localhostAllowedOrigins());
    return (incoming, outgoing) =>
      oneHost(incoming, outgoing) && isOwnHost(incoming, outgoing) && isOwnOrigin(incoming, outgoing);
  }
  return (incoming, outgoing) =>
    oneHost(incoming, outgoing) && originValidation([hostnameOf(incoming.headers.host)])(incoming, outgoing);
}

/** Only who sends `Authorization: Bearer <token>`. */
export function tokenGuard(token: string): Guard {
  const judge = tokenJudge(token);
  return (incoming, outgoing) => {
    const sent = judge(incoming.headers.authorization);
    if (sent === "right") {
      return true;
    }
    outgoing.writeHead(401, {
      "content-type": "application/json",
      "www-authenticate": sent === "none" ? "Bearer" : 'Bearer error="invalid_token"',
      connection: "close",
    });
    outgoing.end(
      JSON.stringify({
        jsonrpc: "2.0",
        error: { code: -32_000, message: "This server asks for its token (authorization: Bearer ...)" },
        id: null,
      }),
    );
    return false;
  };
}
