// The signature of a webhook call, for the end that makes it and the end that checks it.

import { hmacSha256 } from "@x/core";

/** HMAC-SHA256 over the seconds of the call, a dot, and the body. */
export function webhookMac(secret: string, seconds: string, body: string | Uint8Array): Uint8Array {
  if (typeof body === "string") {
    return hmacSha256(secret, `${seconds}.${body}`);
  }
  const prefix = new TextEncoder().encode(`${seconds}.`);
  const signed = new Uint8Array(prefix.length + body.length);
  signed.set(prefix);
  signed.set(body, prefix.length);
  return hmacSha256(secret, signed);
}
