// The signature of a webhook's request (RFC 9421), by the key of the agent whose task it tells of.
import { createHash } from "node:crypto";
import type { Identity } from "@x/core/base";
import { didKeyId } from "../identity.ts";

/** What is signed of a request. */
export interface PushRequest {
  /** The whole URL, as it is asked for. */
  readonly url: string;
  readonly contentType: string;
  readonly body: string;
  readonly deliveryId: string;
}

const components = `("@method" "@target-uri" "content-type" "content-digest" "x-delivery-id")`;

/** The headers that a signed request carries beside its own; names in lower case. */
export function signPush(
  { url, contentType, body, deliveryId }: PushRequest,
  signer: { readonly did: string; readonly identity: Pick<Identity, "sign">; readonly created: number },
): Readonly<Record<"content-digest" | "signature-input" | "signature", string>> {
  const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
  // What a DID holds beyond ASCII has no place in a header.
  const keyId = encodeURI(didKeyId(signer.did));
  const params = `${components};created=${signer.created};keyid="${keyId}";alg="ed25519";tag="a2a-push"`;
  const base = [
    `"@method": POST`,
    `"@target-uri": ${url}`,
    `"content-type": ${contentType}`,
    `"content-digest": ${digest}`,
    `"x-delivery-id": ${deliveryId}`,
    `"@signature-params": ${params}`,
  ].join("\n");
  const signature = Buffer.from(signer.identity.sign(Buffer.from(base))).toString("base64");
  return { "content-digest": digest, "signature-input": `a2a=${params}`, signature: `a2a=:${signature}:` };
}
