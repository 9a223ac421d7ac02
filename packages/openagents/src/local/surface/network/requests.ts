// Bodies of the network's API: JSON objects whose numbers are known as they were written.
import { HttpProblem, type HttpRequest } from "@x/core/service";
import { type Body, isBody } from "../../../wire/body.ts";
import { exactOf } from "../../rules/model/exact-json.ts";
import { isTooWide, mostKeys, tooWide } from "../bounds.ts";

/** An object as plain values, and with its numbers as they were written. */
export interface ReadBody {
  readonly body: Body;
  readonly exact: Body;
}

/** A body shorter than this cannot have too many members: each takes five characters. */
const longEnough = mostKeys * 5;

/** @throws {HttpProblem} 400 for anything but an object */
export function readBody(value: unknown, text: string): ReadBody {
  if (!isBody(value)) {
    throw new HttpProblem(400, "invalid_request", "JSON object required");
  }
  if (text.length >= longEnough && isTooWide(value)) {
    throw new HttpProblem(400, "invalid_request", tooWide);
  }
  const exact = exactOf(value, text);
  return { body: value, exact: isBody(exact) ? exact : value };
}

/** The secret of a bearer, else the one in the request. */
export function secretOf(request: HttpRequest, given: unknown): string {
  return bearerOf(request) ?? (typeof given === "string" ? given : "");
}

export const bearerOf = (request: HttpRequest): string | undefined =>
  /^bearer +(\S+)$/i.exec(request.header("authorization") ?? "")?.[1];

/** The host by which the caller knows the server. */
export function hostOf(request: HttpRequest): string {
  const named = request.header("host") ?? "";
  const host = URL.canParse(`http://${named}`) ? new URL(`http://${named}`).hostname : "";
  return host === "" ? "127.0.0.1" : host.replace(/^\[|\]$/g, "");
}
