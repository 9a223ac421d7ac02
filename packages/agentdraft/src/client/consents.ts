// Consents: bookings that were parked until a person agrees.

import { callRules, type OptionRules } from "@x/core";
import { invalidAnswer } from "../failure.ts";
import type { Consent } from "../types.ts";
import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import { decodeConsent } from "./decode/decode-approval.ts";
import { waitRules } from "./option-rules.ts";
import { type WaitOptions, waitForDecision } from "./wait-for-decision.ts";

export interface Consents {
  /** The request as it stands now. @throws NotFound */
  get(consentRequestId: string, options?: CallOptions): Promise<Consent>;
  /**
   * Waits until the request is no longer pending; look at `status`. When it is `approved`, the booking stands under
   * `bookingId`.
   *
   * @throws ApprovalTimeout when `waitTimeoutMs` is over: nobody has decided yet
   */
  wait(consentRequestId: string, options?: WaitOptions): Promise<Consent>;
}

export function createConsents(connection: Connection): Consents {
  const get = async (
    consentId: string,
    options?: CallOptions,
    operation = "consents.get",
    rules: OptionRules<CallOptions> = callRules,
  ): Promise<Consent> => {
    const body = await connection.call(
      { operation, method: "GET", path: "consent", values: { consentId }, rules },
      options,
    );
    const consent = decodeConsent(body);
    if (consent === undefined) {
      throw invalidAnswer(operation, "consent_request_id and status", body);
    }
    return consent;
  };
  return {
    get: (consentRequestId, options) => get(consentRequestId, options),
    wait(consentRequestId: string, options: WaitOptions = {}): Promise<Consent> {
      const operation = "consents.wait";
      const ask = (): Promise<Consent> => get(consentRequestId, options, operation, waitRules);
      const isDecided = ({ status }: Consent): boolean => status !== "pending";
      return waitForDecision(connection, operation, consentRequestId, options, ask, isDecided);
    },
  };
}
