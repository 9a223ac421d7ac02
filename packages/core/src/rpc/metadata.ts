// Metadata between the three shapes it has: Node's header objects, web Headers, and what callers hand in.

import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http2";

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

/** Copies metadata into an outgoing block. Several values of one name stay several. */
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
  const before = target[name];
  if (before === undefined) {
    target[name] = typeof value === "string" ? value : [...value];
  } else {
    target[name] = [before, value].flat().map(String);
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
