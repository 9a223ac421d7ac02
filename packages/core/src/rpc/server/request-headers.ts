// What the headers of a request say about how its call is carried.

import type { IncomingHttpHeaders } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import { knownEncoding, type MessageEncoding } from "../wire/compression.ts";
import { parseTimeout } from "../wire/timeout.ts";

/** Whether a request is gRPC with protobuf messages; gRPC with JSON is left to the other protocols' handler. */
export function speaksGrpc(headers: IncomingHttpHeaders): boolean {
  const type = headers["content-type"];
  return (
    headers[":method"] === "POST" &&
    (type === "application/grpc+proto" ||
      type === "application/grpc" ||
      type?.startsWith("application/grpc;") === true)
  );
}

/** Whether the client takes compressed answers. */
export function acceptsGzip(headers: IncomingHttpHeaders): boolean {
  const accepted = String(headers["grpc-accept-encoding"] ?? "");
  return accepted.split(",").some((name) => name.trim() === "gzip");
}

/**
 * How the messages of the request are compressed.
 *
 * @throws ConnectError `unimplemented` for an encoding that is not known here; it says which ones are.
 */
export function requestEncoding(headers: IncomingHttpHeaders): MessageEncoding {
  const name = headers["grpc-encoding"];
  const encoding = name === undefined ? "identity" : knownEncoding(String(name));
  if (encoding === undefined) {
    const text = `messages in the encoding ${JSON.stringify(name)} cannot be read`;
    throw new ConnectError(text, Code.Unimplemented, { "grpc-accept-encoding": "identity,gzip" });
  }
  return encoding;
}

/**
 * The time the client gives the call, in milliseconds, above zero; `undefined` if it waits for ever.
 *
 * @throws ConnectError `invalid_argument` for a header that is none, `deadline_exceeded` for no time at all.
 */
export function requestTimeout(headers: IncomingHttpHeaders): number | undefined {
  const header = headers["grpc-timeout"];
  if (header === undefined) {
    return undefined;
  }
  const timeoutMs = parseTimeout(String(header));
  if (timeoutMs <= 0) {
    throw deadlinePassed();
  }
  return timeoutMs;
}

/** The error of a call whose time is over. */
export function deadlinePassed(): ConnectError {
  return new ConnectError("the deadline of the call passed", Code.DeadlineExceeded);
}
