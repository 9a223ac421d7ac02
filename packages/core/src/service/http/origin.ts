// Whether a request that changes something comes from the server's own pages, or from a program that is no browser.
import type { HttpRequest } from "./exchange.ts";
import { HttpProblem, invalidRequest } from "./problem.ts";

/**
 * Refuses a request that a page of another origin makes a browser send.
 *
 * @throws {HttpProblem} 403 `foreign_origin`
 */
export function refuseForeignOrigin(request: HttpRequest): void {
  const origin = request.header("origin");
  if (origin !== undefined && !isOwn(origin, request.header("host"))) {
    throw new HttpProblem(403, "foreign_origin", "this request comes from a page of another origin");
  }
  if (request.header("sec-fetch-site") === "cross-site") {
    throw new HttpProblem(403, "foreign_origin", "this request comes from a page of another site");
  }
}

/**
 * Refuses what another site could make a signed-in browser send: a foreign `Origin`, and requests of the types that a
 * form can send without asking. A form cannot send DELETE, so one without a body needs no type.
 *
 * @throws {HttpProblem} 403 `foreign_origin`, 400 for another content type than JSON
 */
export function demandOwnOrigin(request: HttpRequest): void {
  refuseForeignOrigin(request);
  const length = Number(request.header("content-length") ?? 0);
  if (request.method === "DELETE" && length === 0 && request.header("transfer-encoding") === undefined) {
    return;
  }
  const type = request.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw invalidRequest("this request needs the header Content-Type: application/json");
  }
}

function isOwn(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
