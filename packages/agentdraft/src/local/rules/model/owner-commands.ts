// What a calendar's owner asks of the rules, and reads that agents may do as well.
import type { PageOf } from "./paging.ts";
import type {
  ApprovalStatus,
  BookingStatus,
  ConsentStatus,
  PublicKeyView,
  RulesView,
  Scope,
} from "./views.ts";

/** Who is asking: an agent by its key, or the owner by a session. */
export type Asker = { readonly agentId: string } | { readonly userId: string };

/** Commands of a calendar's owner, who was found by a session; and reads that agents may do as well. */
export type OwnerCommand =
  | { readonly type: "getBooking"; readonly asker: Asker; readonly bookingId: string }
  | {
      readonly type: "listBookings";
      readonly asker: Asker;
      readonly status: BookingStatus | null;
      /** Bookings that end after this. */
      readonly fromMs: number | null;
      /** Bookings that start before this. */
      readonly toMs: number | null;
      readonly cursor: string | null;
      /** 1..100 */
      readonly limit: number;
    }
  | { readonly type: "getAuditHead"; readonly asker: Asker }
  /** An agent sees its own requests, the owner all of the calendar; newest first. */
  | ({
      readonly type: "listApprovals";
      readonly asker: Asker;
      readonly status: ApprovalStatus | null;
    } & PageOf)
  | ({
      readonly type: "listConsents";
      readonly userId: string;
      readonly status: ConsentStatus | null;
    } & PageOf)
  /** Approvals and consents that wait, the earliest end first. */
  | {
      readonly type: "listUndecided";
      readonly userId: string;
      /** An approval or a consent that the page is to show, whatever its number. */
      readonly about: string | null;
      /** 1 for the first. */
      readonly page: number;
      readonly limit: number;
    }
  | {
      readonly type: "createAgent";
      readonly userId: string;
      readonly agentId: string;
      readonly name: string;
      readonly scopes: readonly Scope[];
      readonly priority: number;
      readonly requiresConsent: boolean;
      /** SHA-256 of the whole key, lower-case hex. */
      readonly keyHash: string;
      readonly signingKey: PublicKeyView;
      /** Six lower-case base32 characters. */
      readonly mailboxSuffix: string;
    }
  | { readonly type: "listAgents"; readonly userId: string }
  | {
      readonly type: "updateAgent";
      readonly userId: string;
      readonly agentId: string;
      readonly name?: string;
      readonly scopes?: readonly Scope[];
      readonly priority?: number;
      readonly requiresConsent?: boolean;
      /** Null for a key that does not expire. */
      readonly keyExpiresAtMs?: number | null;
    }
  | { readonly type: "revokeAgent"; readonly userId: string; readonly agentId: string }
  | {
      readonly type: "rotateKey";
      readonly userId: string;
      readonly agentId: string;
      readonly keyHash: string;
    }
  | {
      readonly type: "rotateSigningKey";
      readonly userId: string;
      readonly agentId: string;
      readonly signingKey: PublicKeyView;
    }
  | { readonly type: "getRules"; readonly userId: string }
  | { readonly type: "setRules"; readonly userId: string; readonly rules: RulesView }
  | {
      readonly type: "resolveApproval";
      readonly userId: string;
      readonly approvalId: string;
      readonly decision: "approved" | "denied";
      readonly note: string | null;
    }
  | {
      readonly type: "resolveConsent";
      readonly userId: string;
      readonly consentRequestId: string;
      readonly decision: "approved" | "denied";
      readonly note: string | null;
    }
  | { readonly type: "listSuppressions"; readonly userId: string }
  | {
      readonly type: "addSuppression";
      readonly userId: string;
      readonly address: string;
      readonly reason: string | null;
    }
  | { readonly type: "removeSuppression"; readonly userId: string; readonly address: string }
  | { readonly type: "listMail"; readonly userId: string; readonly limit: number }
  | {
      readonly type: "createWebhook";
      readonly userId: string;
      readonly subId: string;
      readonly eventType: string;
      readonly url: string;
      readonly secret: string;
    }
  | { readonly type: "listWebhooks"; readonly userId: string }
  | { readonly type: "deleteWebhook"; readonly userId: string; readonly subId: string }
  | { readonly type: "listDeliveries"; readonly userId: string; readonly subId: string };
