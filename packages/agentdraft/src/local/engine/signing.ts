// What the server signs with its own Ed25519 key: receipts of what people decided, and heads of the audit chain.
import {
  exportPrivateJwk,
  generateIdentity,
  type Identity,
  identityFromSeed,
  type PrivateJwk,
  type PublicJwk,
  signJws,
  toBase64Url,
} from "@x/core";
import { headSigningInput } from "../../wire/chain.ts";
import type { ServerKey } from "../rules/model/state.ts";
import type { ApprovalView, AuditHead, ConsentView } from "../rules/model/views.ts";

/** Signs with the newest of the server's keys. */
export interface ServerSigner {
  /** What receipts name as their issuer, without a slash at the end. */
  readonly issuer: string;
  /** Where the server itself is reached. */
  readonly url: string;
  /** The public keys, in the form of `/.well-known/jwks.json`. */
  jwks(): { readonly keys: readonly PublicJwk[] };
  /** The receipt of an approved request; null for all others. */
  approvalReceipt(approval: ApprovalView): string | null;
  /** The receipt of a booking that was consented to; null for all others. */
  bookingReceipt(consent: ConsentView): string | null;
  /** The signature of a head and the key that made it. */
  signHead(head: AuditHead): { readonly kid: string; readonly signature: string };
}

export const newPrivateJwk = (): ServerKey & PrivateJwk => exportPrivateJwk(generateIdentity());

/** What everyone may see of a signing key. */
export const publicPart = ({ x, kid }: { readonly x: string; readonly kid: string }): PublicJwk => ({
  kty: "OKP",
  crv: "Ed25519",
  x,
  kid,
  alg: "EdDSA",
  use: "sig",
});

export function createServerSigner(
  keys: () => readonly ServerKey[],
  issuer: () => string,
  url: () => string,
): ServerSigner {
  const identities = new Map<string, Identity>();
  const newest = (): { readonly kid: string; readonly identity: Identity } => {
    const key = keys().at(-1);
    if (key === undefined) {
      throw new Error("the store has no signing key");
    }
    const { kid } = key;
    const identity = identities.get(kid) ?? identityFromSeed(key.d);
    identities.set(kid, identity);
    return { kid, identity };
  };

  const jws = (claims: object): string => {
    const { kid, identity } = newest();
    return signJws(JSON.stringify(claims), { typ: "at+jwt", kid }, identity);
  };

  return {
    get issuer() {
      return issuer();
    },
    get url() {
      return url();
    },
    jwks: () => ({ keys: keys().map(publicPart) }),
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
      const { kid, identity } = newest();
      const signature = toBase64Url(identity.sign(headSigningInput(calendarId, seq, hash)));
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
