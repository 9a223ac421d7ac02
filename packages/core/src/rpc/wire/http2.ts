// The built-in modules of this folder, loaded at first use: importing a client must not pay for sockets it never opens.

/** `node:http2`, loaded at the first call. */
export function http2(): typeof import("node:http2") {
  return process.getBuiltinModule("node:http2");
}

/** `node:zlib`, loaded at the first call. */
export function zlib(): typeof import("node:zlib") {
  return process.getBuiltinModule("node:zlib");
}

/** `node:net`, loaded at the first call. */
export function net(): typeof import("node:net") {
  return process.getBuiltinModule("node:net");
}

/** `node:tls`, loaded at the first call. */
export function tls(): typeof import("node:tls") {
  return process.getBuiltinModule("node:tls");
}

/** The HTTP/2 error codes (RFC 9113, section 7) that gRPC gives a meaning. */
export const h2 = {
  noError: 0x0,
  refusedStream: 0x7,
  cancel: 0x8,
  enhanceYourCalm: 0xb,
  inadequateSecurity: 0xc,
} as const;

/**
 * Window of one stream, in bytes: what a peer may send before it is read. It bounds the memory of an unread stream.
 * The window of a connection is consumed as data arrives, so one unread stream never stops the others.
 */
export const streamWindowBytes: number = 256 * 1024;
/** Window of one connection, in bytes. */
export const connectionWindowBytes: number = 4 * 1024 * 1024;
