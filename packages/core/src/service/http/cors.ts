// Which pages of other origins may use a surface (the Fetch standard's CORS protocol).
import { type EmptyAnswer, empty } from "./answer.ts";
import type { HttpExchange } from "./exchange.ts";

/** Who may. */
export interface CorsPolicy {
  /**
   * Origins such as `https://app.example`, exactly; or `"*"` for every page there is, which every answer then says, so
   * that a cache may keep it for all.
   */
  readonly origins: "*" | readonly string[];
  /** Methods that may be used. @default GET, HEAD, POST, PUT, PATCH and DELETE */
  readonly methods?: readonly string[];
  /** Request headers that may be sent. Those that a page asks for when absent. */
  readonly headers?: readonly string[];
  /** Answer headers that a page may read beside the few that it always may. @default none */
  readonly exposed?: readonly string[];
  /** How long a browser may remember the permission, in seconds. The browser's own bound when absent. */
  readonly maxAgeSeconds?: number;
  /** Whether cookies may go along; not together with `"*"`. @default false */
  readonly credentials?: boolean;
  /** The status of the answer to every OPTIONS, which has no body. @default 204 */
  readonly preflightStatus?: 200 | 204;
}

/** The policy at work. */
export interface Cors {
  /** Adds to the answer of an exchange, whatever it will be, what a page must see to read it. */
  allow(exchange: HttpExchange): void;
  /** The answer to OPTIONS, whatever stands at its path. */
  preflight(exchange: HttpExchange): EmptyAnswer;
}

const allMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

/** @throws {TypeError} for credentials of every origin, which browsers refuse */
export function createCors(policy: CorsPolicy): Cors {
  const { origins, methods = allMethods, headers, exposed = [], maxAgeSeconds, credentials = false } = policy;
  if (origins === "*" && credentials) {
    throw new TypeError("cookies cannot go along with requests of every origin");
  }
  const listed = origins === "*" ? undefined : new Set(origins);
  /** What the answer says of the origin; nothing to one that may not. */
  const allowed = (origin: string | undefined): string | undefined =>
    listed === undefined ? "*" : origin !== undefined && listed.has(origin) ? origin : undefined;
  return {
    allow(exchange) {
      const origin = allowed(exchange.header("origin"));
      if (listed !== undefined) {
        // One cache must not give one origin's answer to another.
        exchange.setHeader("vary", "origin");
      }
      if (origin === undefined) {
        return;
      }
      exchange.setHeader("access-control-allow-origin", origin);
      if (credentials) {
        exchange.setHeader("access-control-allow-credentials", "true");
      }
      if (exposed.length > 0 && exchange.method !== "OPTIONS") {
        exchange.setHeader("access-control-expose-headers", exposed.join(", "));
      }
    },
    preflight(exchange) {
      const status = policy.preflightStatus ?? 204;
      if (allowed(exchange.header("origin")) === undefined) {
        return empty(status);
      }
      const wanted = headers?.join(", ") ?? exchange.header("access-control-request-headers");
      return empty(status, {
        "access-control-allow-methods": methods.join(", "),
        ...(wanted === undefined || wanted === "" ? {} : { "access-control-allow-headers": wanted }),
        ...(maxAgeSeconds === undefined ? {} : { "access-control-max-age": String(maxAgeSeconds) }),
      });
    },
  };
}
