// Who may call: agents by their key, owners by their session. Both are found by hashes in the state of this moment, so
// that what an owner revokes is refused from the next request on.
import {
  defineRoute,
  demandOwnOrigin,
  HttpProblem,
  type HttpRequest,
  type HttpRoute,
  type RateLimit,
  type RouteSpec,
  rateHeaders,
  rateLimited,
  refuseForeignOrigin,
} from "@x/core/service";
import type { Engine } from "../engine/engine.ts";
import { secretHash } from "../engine/secrets.ts";
import { authenticateKey, authenticateSession } from "../rules/model/auth.ts";
import { isRefusal } from "../rules/model/refusal.ts";
import type { AgentView, Scope, UserView } from "../rules/model/views.ts";

import type { Strangers } from "./strangers.ts";

export const sessionCookie = "ad_session";

/** The calendar's owner, signed in. */
export interface OwnerCaller extends UserView {
  readonly sessionHash: string;
}

/** Makes routes for each kind of caller. */
export interface Doors {
  /** For agents, with the scope if one is needed; counted by the rate limit. */
  agent<Params = undefined, Query = undefined, Body = undefined>(
    scope: Scope | undefined,
    spec: Omit<RouteSpec<AgentView, Params, Query, Body>, "admit">,
  ): HttpRoute;
  /** For owners. What changes something must be JSON from this server's own origin. */
  owner<Params = undefined, Query = undefined, Body = undefined>(
    spec: Omit<RouteSpec<OwnerCaller, Params, Query, Body>, "admit">,
  ): HttpRoute;
  /** For everyone who asks to be let in: counted by where they come from. */
  stranger<Params = undefined, Query = undefined, Body = undefined>(
    spec: Omit<RouteSpec<undefined, Params, Query, Body>, "admit">,
  ): HttpRoute;
  /** For everyone; what changes something must not come from a page of another origin. */
  everyone<Params = undefined, Query = undefined, Body = undefined>(
    spec: Omit<RouteSpec<undefined, Params, Query, Body>, "admit">,
  ): HttpRoute;
}

export function createDoors(
  engine: Engine,
  rateLimit: RateLimit | undefined,
  strangers: Strangers | undefined,
): Doors {
  const admitAgent = (request: HttpRequest, scope: Scope | undefined): AgentView => {
    const caller = findAgent(engine, request, strangers);
    if (rateLimit !== undefined) {
      const verdict = rateLimit.take(caller.agentId);
      const headers = rateHeaders(verdict);
      for (const name in headers) {
        request.setHeader(name, headers[name] ?? "");
      }
      if (!verdict.allowed) {
        throw rateLimited(verdict);
      }
    }
    if (scope !== undefined && !caller.scopes.includes(scope)) {
      throw new HttpProblem(403, "insufficient_scope", `this key lacks the scope ${scope}`, {
        fields: { required_scope: scope },
      });
    }
    return caller;
  };

  return {
    agent(scope, spec) {
      return defineRoute({
        ...spec,
        doc: { security: "agentKey", ...spec.doc },
        admit: (request) => admitAgent(request, scope),
      });
    },
    owner(spec) {
      return defineRoute({
        ...spec,
        doc: { security: "session", ...spec.doc },
        admit(request) {
          const caller = findOwner(engine, request);
          if (caller === undefined) {
            throw new HttpProblem(401, "no_session", "sign in first: this needs the cookie of a session");
          }
          if (spec.method !== "GET") {
            demandOwnOrigin(request);
          }
          return caller;
        },
      });
    },
    stranger(spec) {
      return defineRoute({
        ...spec,
        admit(request): undefined {
          refuseForeignOrigin(request);
          strangers?.asks(request);
        },
      });
    },
    everyone(spec) {
      return defineRoute({
        ...spec,
        admit(request): undefined {
          // Nobody may be signed in, or have mail put into a mailbox, by a page of somebody else.
          if (spec.method !== "GET") {
            refuseForeignOrigin(request);
          }
        },
      });
    },
  };
}

function unauthorized(code: string, detail: string): HttpProblem {
  return new HttpProblem(401, code, detail, { headers: { "www-authenticate": "Bearer" } });
}

/** @throws {HttpProblem} 401 for a key that is missing, unknown, revoked or expired; 429 after too many of these */
function findAgent(engine: Engine, request: HttpRequest, strangers: Strangers | undefined): AgentView {
  const [, key] = /^bearer +(\S+)$/i.exec(request.header("authorization") ?? "") ?? [];
  if (key === undefined) {
    throw unauthorized("missing_api_key", "this needs the header Authorization: Bearer avs_live_...");
  }
  const keyHash = secretHash(key);
  const found = engine.peek((state, { wall }) => authenticateKey(state, keyHash, wall));
  if (isRefusal(found)) {
    strangers?.fails(request);
    throw unauthorized(found.refused, found.detail);
  }
  return found;
}

/** The owner whose session the request carries. */
export function findOwner(engine: Engine, request: HttpRequest): OwnerCaller | undefined {
  const value = request.cookie(sessionCookie);
  if (value === undefined || value === "") {
    return undefined;
  }
  const sessionHash = secretHash(value);
  const found = engine.peek((state, { wall }) => authenticateSession(state, sessionHash, wall));
  return isRefusal(found) ? undefined : { ...found, sessionHash };
}
