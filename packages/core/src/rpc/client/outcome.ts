// How a call ended, read from what the server sent or from how its stream broke.

import type { ClientHttp2Stream, IncomingHttpHeaders } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { h2 } from "../wire/http2.ts";
import { toHeaders } from "../wire/metadata.ts";
import { markNotProcessed } from "../wire/not-processed.ts";
import { fromHttpStatus, readStatus } from "../wire/status.ts";
import type { ClientSession } from "./session.ts";

/** Why the rest of an answer need not be read: these headers are none of gRPC. */
export function refusalIn(headers: IncomingHttpHeaders): ConnectError | undefined {
  const http = Number(headers[":status"]);
  if (http !== 200) {
    return fromHttpStatus(http, headers);
  }
  const type = headers["content-type"];
  if (type === undefined || !/^application\/grpc(?:\+proto)?(?:;|$)/i.test(type)) {
    const text = `the server answered with content type ${type}`;
    return new ConnectError(text, Code.Unknown, toHeaders(headers));
  }
  return undefined;
}

/**
 * The outcome of a stream that ended in order; `undefined` is OK. `"no status"`: the server said nothing about it, or the
 * connection is going; which of the two is known when the stream closes.
 */
export function outcomeOf(
  headers: IncomingHttpHeaders,
  trailers: IncomingHttpHeaders | undefined,
  body: "none" | "whole" | "unfinished",
): ConnectError | undefined | "no status" {
  // A status in the headers counts only for an answer that is nothing but headers.
  const trailersOnly = trailers === undefined && body === "none";
  const status = trailersOnly ? readStatus(headers) : readStatus(trailers ?? {}, headers);
  if (status === undefined) {
    return "no status";
  }
  if (status === "ok") {
    return body === "unfinished"
      ? new ConnectError("the answer ended inside a message", Code.Internal)
      : undefined;
  }
  return status;
}

/** The error for a server that ended its stream in order, but said nothing of an outcome. */
export function missingStatus(): ConnectError {
  return new ConnectError("the server ended the call without a status", Code.Internal);
}

/** The outcome of a stream that broke. */
export function streamError(
  stream: ClientHttp2Stream,
  session: ClientSession,
  headers: IncomingHttpHeaders | undefined,
  trailers: IncomingHttpHeaders | undefined,
): ConnectError {
  // A status that arrived counts, also when the stream was reset right behind it.
  const status = trailers === undefined ? undefined : readStatus(trailers, headers);
  if (status !== undefined && status !== "ok") {
    return status;
  }
  const code = stream.rstCode;
  if (code === h2.refusedStream) {
    return markNotProcessed(new ConnectError("the server refused the call", Code.Unavailable));
  }
  const loss = session.loss;
  if (session.excludes(stream.id)) {
    const error =
      loss ?? new ConnectError("the server went away before it looked at the call", Code.Unavailable);
    return markNotProcessed(error);
  }
  if (loss !== undefined) {
    return loss;
  }
  return code === h2.noError
    ? missingStatus()
    : new ConnectError(`the server ended the stream with HTTP/2 code ${code}`, codeOfReset(code));
}

function codeOfReset(code: number): Code {
  switch (code) {
    case h2.cancel:
      return Code.Canceled;
    case h2.enhanceYourCalm:
      return Code.ResourceExhausted;
    case h2.inadequateSecurity:
      return Code.PermissionDenied;
    default:
      return Code.Internal;
  }
}
