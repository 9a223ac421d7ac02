// Receipts offline: whether a token proves that a person approved this action of this agent.

import type { JwkSet } from "@x/core";
import { type KeySource, loadKeys } from "./key-sets.ts";
import { checkReceipt, type ReceiptPins, type VerifiedReceipt } from "./receipt.ts";

/**
 * What a receipt must be. Nothing is pinned by default: pin the audience, the action and the hash of the evidence. A pin
 * that is named must have a value: `audience: undefined` is refused.
 */
export interface VerifyApprovalTokenOptions extends ReceiptPins, KeySource {
  /** The issuer's keys, as a set or a list. @default fetched from `jwksUrl` and kept for 300 s */
  readonly jwks?: JwkSet | readonly unknown[] | Readonly<Record<string, unknown>>;
  /** @default the issuer's `/.well-known/jwks.json` */
  readonly jwksUrl?: string;
}

/**
 * Verifies a receipt of an approval or a consent, as the official `verify_approval_token` does it, and in six points more
 * strictly: the token has one spelling only, critical extensions, a key that is not for signatures, a `nbf` of a wrong type
 * and an empty acting agent are refused, and `token_use` must fit the entry.
 *
 * @throws ReceiptVerificationError `receipt_invalid`, whose message says what is wrong
 * @throws InvalidArgumentError `invalid_option` for a pin that is named without a value, a `now` that is no moment, a leeway that is none
 * @throws ConnectionError where the keys cannot be fetched
 */
export async function verifyApprovalToken(
  token: string,
  options: VerifyApprovalTokenOptions = {},
): Promise<VerifiedReceipt> {
  return await checkReceipt(token, options, async (issuer) => {
    if (options.jwks !== undefined) {
      return options.jwks;
    }
    const url = options.jwksUrl ?? `${issuer.replace(/\/+$/, "")}/.well-known/jwks.json`;
    return await loadKeys(url, "verifyApprovalToken", options);
  });
}
