// Compression of single messages: identity and gzip, with a cap on what one may inflate to.

import { Code, ConnectError } from "@connectrpc/connect";
import { codeOf } from "../../errors/foreign.ts";
import { messageTooLarge } from "./frames.ts";
import { zlib } from "./http2.ts";

/** The encodings of messages that both ends speak. */
export type MessageEncoding = "identity" | "gzip";

/** Messages below this size are sent as they are, in bytes: gzip would make them longer. */
export const defaultCompressMinBytes = 1_024;

/** Compresses one message. */
export function compress(message: Uint8Array): Uint8Array {
  return zlib().gzipSync(message, { level: 1 });
}

/**
 * Inflates one message, stopping as soon as it would exceed the limit: a zip bomb costs no more than `maxBytes`.
 *
 * @throws ConnectError `resource_exhausted` above the limit, `internal` for bytes that are no gzip.
 */
function decompress(payload: Uint8Array, maxBytes: number): Uint8Array {
  if (payload.length === 0) {
    return payload;
  }
  try {
    return zlib().gunzipSync(payload, { maxOutputLength: Math.max(1, maxBytes) });
  } catch (error) {
    if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") {
      throw messageTooLarge(maxBytes + 1, maxBytes);
    }
    throw new ConnectError("compressed message is no valid gzip", Code.Internal, undefined, undefined, error);
  }
}

/** The encoding named by a peer's grpc-encoding, or `undefined` if it is none that we speak. */
export function knownEncoding(name: string | undefined): MessageEncoding | undefined {
  switch (name) {
    case undefined:
    case "":
    case "identity":
      return "identity";
    case "gzip":
      return "gzip";
    default:
      return undefined;
  }
}

/** Undoes what the frame's flag and the stream's encoding say was done. */
export function plainPayload(
  payload: Uint8Array,
  compressed: boolean,
  encoding: MessageEncoding,
  maxBytes: number,
): Uint8Array {
  if (!compressed) {
    return payload;
  }
  if (encoding === "identity") {
    throw new ConnectError("received a compressed message, but no grpc-encoding names how", Code.Internal);
  }
  return decompress(payload, maxBytes);
}
