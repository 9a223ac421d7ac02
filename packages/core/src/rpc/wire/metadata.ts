// Metadata between the three shapes it has: Node's header objects, web Headers, and what callers hand in.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";

/** What callers hand in as metadata: a record, pairs, or a Headers object. */
export type MetadataInit =
  | Iterable<readonly [name: string, value: string]>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** Names that the protocol itself writes; a caller's value for them is not sent. */
const ownedByProtocol: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "content-type",
  "grpc-accept-encoding",
  "grpc-encoding",
  "grpc-message",
  "grpc-status",
  "grpc-status-details-bin",
  "grpc-timeout",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const validName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
// Anything but visible characters, blanks, tabs and the upper half of Latin-1.
const invalidInValue = /[^\t\x20-\x7e\x80-\xff]/;

/**
 * Copies metadata into an outgoing block. Several values of one name stay several.
 *
 * @throws ConnectError `internal` for names and values that HTTP/2 cannot carry: a peer would drop them silently.
 */
export function addMetadata(target: OutgoingHttpHeaders, init: MetadataInit): void {
  if (isIterable(init)) {
    for (const [name, value] of init) {
      addValue(target, name.toLowerCase(), value);
    }
    return;
  }
  for (const name in init) {
    const value = init[name];
    if (value !== undefined) {
      addValue(target, name.toLowerCase(), value);
    }
  }
}

function isIterable(init: MetadataInit): init is Iterable<readonly [name: string, value: string]> {
  return Symbol.iterator in init;
}

function addValue(target: OutgoingHttpHeaders, name: string, value: string | readonly string[]): void {
  if (ownedByProtocol.has(name) || name.startsWith(":")) {
    return;
  }
  if (typeof value !== "string") {
    for (const one of value) {
      addValue(target, name, one);
    }
    return;
  }
  const text = value.trim();
  if (!validName.test(name) || invalidInValue.test(text)) {
    throw new ConnectError(
      `metadata ${JSON.stringify(name)} has characters that HTTP/2 cannot carry`,
      Code.Internal,
    );
  }
  const before = target[name];
  if (before === undefined) {
    target[name] = text;
  } else {
    target[name] = [before, text].flat().map(String);
  }
}

/** The web form of a received block, without the pseudo-headers of HTTP/2. */
export function toHeaders(block: IncomingHttpHeaders | undefined): Headers {
  const headers = new Headers();
  if (block !== undefined) {
    appendHeaders(headers, block);
  }
  return headers;
}

/** Adds a received block to a web Headers object. */
export function appendHeaders(target: Headers, block: IncomingHttpHeaders): void {
  for (const name of Object.keys(block)) {
    const value = block[name];
    if (value === undefined || name.startsWith(":")) {
      continue;
    }
    if (typeof value === "string") {
      target.append(name, value);
    } else {
      for (const one of value) {
        target.append(name, one);
      }
    }
  }
}

/** One value of a received block. */
export function headerValue(block: IncomingHttpHeaders, name: string): string | undefined {
  const value = block[name];
  return typeof value === "string" ? value : value?.[0];
}
