// A refusal is a reply: what the rules answer when a command may not be carried out. A lost or forbidden booking leaves
// a row in the audit log; nothing else has changed.
import { isRefusal as isRefusalOf } from "@x/core/service";
import type { BookingStatus, ConsentStatus, SlotView } from "./views.ts";

/** Why a write lost: the fine word behind `outranked`. */
export type LossReason = "outranked" | "frozen" | "tie" | "held" | "own_booking";

/** The rule that a 422 names. */
export type RuleName =
  | "business_hours"
  | "focus_block"
  | "daily_cap"
  | "max_duration"
  | "suppressed_recipient"
  | "consent_denied";

/** The booking or hold that stands in the way. */
export interface WinnerView {
  readonly bookingId: string;
  readonly agentId: string;
  readonly priority: number;
  readonly status: BookingStatus;
  /** The same id when it is a hold. */
  readonly holdId: string | null;
}

/** A write that lost its slot. */
export interface Loss {
  readonly refused: "outranked";
  readonly detail: string;
  readonly reason: LossReason;
  readonly winner: WinnerView;
  readonly yourPriority: number;
  /** The row of the rejection. */
  readonly auditEventId: string;
  /** Up to five free slots of the same length within 24 hours after the start that was asked for. */
  readonly alternatives: readonly SlotView[];
}

export interface ConsentRequired {
  readonly refused: "consent_required";
  readonly detail: string;
  readonly consentRequestId: string;
  readonly action: "booking.commit";
  readonly holdId: string;
  readonly expiresAtMs: number;
}

/** Why a command was refused; `refused` is the `error` of the answer's body. */
export type Refusal =
  | {
      readonly refused: "invalid_request";
      readonly detail: string;
      /** The member at fault; null where none of them is. */
      readonly field: string | null;
    }
  | { readonly refused: "idempotency_mismatch"; readonly detail: string }
  | { readonly refused: "not_a_hold"; readonly detail: string }
  | {
      readonly refused: "invalid_api_key" | "expired_api_key" | "revoked_api_key" | "no_session";
      readonly detail: string;
    }
  | { readonly refused: "not_owner"; readonly detail: string }
  | { readonly refused: "not_found"; readonly detail: string }
  | Loss
  | ConsentRequired
  | {
      readonly refused: "already_resolved";
      readonly detail: string;
      readonly status: ConsentStatus | CounterEnd;
    }
  | {
      readonly refused: "hold_lost";
      readonly detail: string;
      /** What ended the hold, if another booking did. */
      readonly winner: WinnerView | null;
    }
  | {
      readonly refused: "slot_taken";
      readonly detail: string;
      readonly winner: WinnerView;
      /** The row of the rejection. */
      readonly auditEventId: string;
    }
  | {
      readonly refused: "rule_violation";
      readonly detail: string;
      readonly rule: RuleName;
      /** The row of the rejection; null where none is written. */
      readonly auditEventId: string | null;
    }
  | { readonly refused: "quota_exceeded"; readonly detail: string; readonly retryAfterSeconds: number };

export type CounterEnd = "accepted" | "rejected" | "stale";

export const isRefusal: (reply: unknown) => reply is Refusal = isRefusalOf<Refusal>;

export const notFound = (what: string, id: string): Refusal => ({
  refused: "not_found",
  detail: `there is no ${what} ${id} in this calendar`,
});

export const invalid = (field: string | null, detail: string): Refusal => ({
  refused: "invalid_request",
  detail,
  field,
});
