// What the server signs with its own Ed25519 key: receipts of what people decided, and heads of the audit chain.
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { ServerKey } from "./state.ts";
import type { ApprovalView, AuditHead, ConsentView } from "./views.ts";

/** Signs with the newest of the server's keys. */
export interface ServerSigner {
  /** What receipts name as their issuer, without a slash at the end. */
  readonly issuer: string;
  /** Where the server itself is reached. */
  readonly url: string;
  /** The public keys, in the form of `/.well-known/jwks.json`. */
  jwks(): { readonly keys: readonly object[] };
  /** The receipt of an approved request; null for all others. */
  approvalReceipt(approval: ApprovalView): string | null;
  /** The receipt of a booking that was consented to; null for all others. */
  bookingReceipt(consent: ConsentView): string | null;
  /** The signature of a head and the key that made it. */
  signHead(head: AuditHead): { readonly kid: string; readonly signature: string };
}

/** An Ed25519 key with its private part, as a JWK with the RFC 7638 thumbprint for a name. */
export interface PrivateJwk extends ServerKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
}

export function newPrivateJwk(): PrivateJwk {
  const { x, d } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
  if (x === undefined || d === undefined) {
    throw new Error("node:crypto exported an Ed25519 key without its members");
  }
  const kid = createHash("sha256").update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest("base64url");
  return { kty: "OKP", crv: "Ed25519", x, d, kid };
}

export function publicJwk({ x, kid }: { readonly x: string; readonly kid: string }): object {
  return { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" };
}

export function createServerSigner(
  keys: () => readonly ServerKey[],
  issuer: () => string,
  url: () => string,
): ServerSigner {
  const objects = new Map<string, KeyObject>();
  const newest = (): { readonly kid: string; readonly key: KeyObject } => {
    const jwk = keys().at(-1);
    if (jwk === undefined) {
      throw new Error("the store has no signing key");
    }
    let key = objects.get(jwk.kid);
    if (key === undefined) {
      key = createPrivateKey({ key: { kty: "OKP", crv: "Ed25519", x: jwk.x, d: jwk.d }, format: "jwk" });
      objects.set(jwk.kid, key);
    }
    return { kid: jwk.kid, key };
  };

  const jws = (claims: object): string => {
    const { kid, key } = newest();
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg: "EdDSA", typ: "at+jwt", kid })}.${part(claims)}`;
    return `${signed}.${sign(null, Buffer.from(signed), key).toString("base64url")}`;
  };

  return {
    get issuer() {
      return issuer();
    },
    get url() {
      return url();
    },
    jwks: () => ({ keys: keys().map(publicJwk) }),
    approvalReceipt({ receipt, ...approval }): string | null {
      if (receipt === null) {
        return null;
      }
      const { audience } = approval;
      return jws({
        iss: issuer(),
        sub: approval.userId,
        act: { sub: approval.agentId },
        aud: audience.length === 0 ? issuer() : approval.audienceIsList ? audience : audience[0],
        ...times(receipt),
        jti: receipt.receiptId,
        token_use: "approval_receipt",
        authorization_details: [
          {
            type: "https://agentdraft.io/rar/approval",
            approval_id: approval.approvalId,
            action_type: approval.actionType,
            evidence_sha256: approval.evidenceSha256,
          },
        ],
      });
    },
    bookingReceipt({ receipt, ...consent }): string | null {
      if (receipt === null) {
        return null;
      }
      return jws({
        iss: issuer(),
        sub: consent.userId,
        act: { sub: consent.agentId },
        aud: issuer(),
        ...times(receipt),
        jti: receipt.receiptId,
        token_use: "booking_receipt",
        authorization_details: [
          {
            type: "https://agentdraft.io/rar/booking",
            consent_id: consent.consentRequestId,
            booking_id: consent.booking.bookingId,
            action_class: consent.action,
            params_sha256: consent.paramsSha256,
          },
        ],
      });
    },
    signHead({ calendarId, seq, hash }): { readonly kid: string; readonly signature: string } {
      const { kid, key } = newest();
      const signature = sign(null, Buffer.from(`${calendarId}\n${seq}\n${hash}`), key).toString("base64url");
      return { kid, signature };
    },
  };
}

/** Whole seconds, with the life that the rules gave the receipt. */
function times({ issuedAtMs, expiresAtMs }: { readonly issuedAtMs: number; readonly expiresAtMs: number }): {
  readonly iat: number;
  readonly exp: number;
} {
  const iat = Math.floor(issuedAtMs / 1_000);
  return { iat, exp: iat + Math.round((expiresAtMs - issuedAtMs) / 1_000) };
}
