// The proof, carried by an error, that a server did not act on a call.

import type { ConnectError } from "@connectrpc/connect";

const proof: unique symbol = Symbol.for("@x/core/rpc.notProcessed");

/** Marks an error: the call never reached the server, or the server said that it did not look at it. */
export function markNotProcessed(error: ConnectError): ConnectError {
  Object.defineProperty(error, proof, { value: true });
  return error;
}

/**
 * Whether a failed attempt certainly was not acted on by the server, so that even a call with effects may be tried
 * again: the connection was refused or never came about, the call was still waiting for its turn on the connection,
 * the server refused the stream (REFUSED_STREAM), or it went away with a GOAWAY that excludes the stream.
 * `false` says nothing: the server may or may not have acted.
 */
export function provenNotProcessed(error: unknown): boolean {
  return typeof error === "object" && error !== null && proof in error;
}
