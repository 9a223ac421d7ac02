// Compact JWS (RFC 7515) with Ed25519. Ours rather than a library's: it must be strict, synchronous, and use our own keys.

import { fromBase64Url, toBase64Url } from "../bytes.ts";
import type { Identity } from "./identity.ts";
import { verifySignature } from "./signer.ts";

const encoder = new TextEncoder();

/** A token taken apart. Nothing of it is verified. */
export interface DecodedJws {
  readonly headerText: string;
  readonly payloadText: string;
  readonly signature: Uint8Array;
  /** What the signature is over: the first two parts as they stand in the token. */
  readonly signingInput: Uint8Array;
}

/** Signs a payload text: `alg` is `EdDSA`, other members of the header are the caller's. */
export function signJws(
  payloadText: string,
  header: Readonly<Record<string, unknown>>,
  identity: Pick<Identity, "sign">,
): string {
  // `alg` stands first, and is ours whatever the caller's header says.
  const protectedHeader = toBase64Url(
    encoder.encode(JSON.stringify(Object.assign({ alg: "EdDSA" }, header, { alg: "EdDSA" }))),
  );
  const input = `${protectedHeader}.${toBase64Url(encoder.encode(payloadText))}`;
  return `${input}.${toBase64Url(identity.sign(encoder.encode(input)))}`;
}

/**
 * The parts of a compact token, or `undefined` if it is none: not three parts, padding or foreign characters in one of
 * them, text that is not UTF-8, or no text at all. So a token has one spelling only.
 */
export function decodeJws(token: string): DecodedJws | undefined {
  const parts = typeof token === "string" ? token.split(".") : [];
  const [header = "", payload = "", signature = ""] = parts;
  const headerText = decodeText(header);
  const payloadText = decodeText(payload);
  const signatureBytes = fromBase64Url(signature);
  if (
    parts.length !== 3 ||
    headerText === undefined ||
    payloadText === undefined ||
    signatureBytes === undefined
  ) {
    return undefined;
  }
  return {
    headerText,
    payloadText,
    signature: signatureBytes,
    signingInput: encoder.encode(`${header}.${payload}`),
  };
}

/** Whether the token was signed by the holder of this key. Says nothing about its header or payload. */
export function verifyJws(token: DecodedJws, publicKey: Uint8Array): boolean {
  return verifySignature(publicKey, token.signingInput, token.signature);
}

function decodeText(part: string): string | undefined {
  const bytes = fromBase64Url(part);
  if (bytes === undefined) {
    return undefined;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
