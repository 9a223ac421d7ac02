// The outcome of a call: grpc-status, grpc-message and grpc-status-details-bin, both ways.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, decodeBinaryHeader, encodeBinaryHeader } from "@connectrpc/connect";
import { StatusSchema } from "../../gen/google/rpc/status_pb.ts";
import { addMetadata, appendHeaders, headerValue, toHeaders } from "./metadata.ts";
import { percentDecode, percentEncode } from "./percent.ts";

/** A gRPC status number: 0 is OK, everything else a Connect `Code`. */
export type GrpcStatus = 0 | Code;

/** Writes an error's status, and the metadata it carries, into a trailer block; its text as `statusText` makes it. */
export function addErrorStatus(
  target: OutgoingHttpHeaders,
  error: ConnectError,
  statusText: (text: string) => string = (text) => text,
): void {
  // Of an error that came over the wire from elsewhere only the status is passed on, as Connect does.
  if (!error.isWireError) {
    addMetadata(target, error.metadata);
    const accepted = error.metadata.get("grpc-accept-encoding");
    if (accepted !== null) {
      target["grpc-accept-encoding"] = accepted;
    }
  }
  target["grpc-status"] = String(error.code);
  // With details it goes out twice.
  const text = statusText(error.rawMessage);
  const message = clip(text, error.details.length === 0 ? maxCodedLength : maxCodedLength / 2);
  if (message !== "") {
    target["grpc-message"] = percentEncode(message);
  }
  if (error.details.length > 0) {
    const status = create(StatusSchema, {
      code: error.code,
      message,
      details: error.details.map((detail) =>
        "desc" in detail
          ? anyPack(detail.desc, create(detail.desc, detail.value))
          : { typeUrl: `type.googleapis.com/${detail.type}`, value: detail.value },
      ),
    });
    target["grpc-status-details-bin"] = encodeBinaryHeader(toBinary(StatusSchema, status));
  }
}

/** Longest text of a status, in characters, and as it is coded: peers refuse header blocks beyond 8 to 16 KiB, and with them the status. */
const maxMessageLength = 2_100;
const maxCodedLength = 6_200;

/** Cut between characters. Outside printable ASCII, each byte of UTF-8 is three characters of the header. */
function clip(text: string, maxCoded: number): string {
  let end = 0;
  let coded = 0;
  for (const character of text) {
    coded += plainCharacter.test(character) ? 1 : 3 * Buffer.byteLength(character);
    if (end + character.length > maxMessageLength || coded > maxCoded) {
      return `${text.slice(0, end)}…`;
    }
    end += character.length;
  }
  return text;
}

const plainCharacter = /^[\x20-\x24\x26-\x7e]$/;

/** The status found in a block of headers or trailers: `undefined` if there is none, "ok", or the error. */
export function readStatus(
  block: IncomingHttpHeaders,
  leadingHeaders?: IncomingHttpHeaders,
): ConnectError | "ok" | undefined {
  const text = headerValue(block, "grpc-status");
  if (text === "0") {
    return "ok";
  }
  if (text === undefined) {
    return undefined;
  }
  const details = headerValue(block, "grpc-status-details-bin");
  const error = details === undefined ? fromText(text, block) : fromDetails(details, text, block);
  if (leadingHeaders !== undefined) {
    appendHeaders(error.metadata, leadingHeaders);
  }
  error.isWireError = true;
  return error;
}

function fromText(status: string, block: IncomingHttpHeaders): ConnectError {
  const code = Number(status);
  const metadata = toHeaders(block);
  if (!/^\d+$/.test(status) || !(code in Code)) {
    // Codes that are not in the specification count as UNKNOWN.
    return new ConnectError(
      `the server answered with grpc-status ${JSON.stringify(status)}`,
      Code.Unknown,
      metadata,
    );
  }
  return new ConnectError(percentDecode(headerValue(block, "grpc-message") ?? ""), code, metadata);
}

function fromDetails(encoded: string, status: string, block: IncomingHttpHeaders): ConnectError {
  let decoded: ReturnType<typeof decodeStatus>;
  try {
    decoded = decodeStatus(encoded);
  } catch {
    // Broken details do not hide the status that stands beside them.
    return fromText(status, block);
  }
  if (!(decoded.code in Code)) {
    return fromText(status, block);
  }
  const error = new ConnectError(decoded.message, decoded.code, toHeaders(block));
  error.details = decoded.details.map((any) => ({
    type: any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1),
    value: any.value,
  }));
  return error;
}

function decodeStatus(encoded: string) {
  return decodeBinaryHeader(encoded, StatusSchema);
}

/** The error for an HTTP status other than 200, as gRPC's table of HTTP statuses has it. */
export function fromHttpStatus(status: number, block: IncomingHttpHeaders): ConnectError {
  return new ConnectError(
    `the server answered with HTTP status ${status}`,
    codeOfHttpStatus(status),
    toHeaders(block),
  );
}

function codeOfHttpStatus(status: number): Code {
  switch (status) {
    case 400:
      return Code.Internal;
    case 401:
      return Code.Unauthenticated;
    case 403:
      return Code.PermissionDenied;
    case 404:
      return Code.Unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code.Unavailable;
    default:
      return Code.Unknown;
  }
}
