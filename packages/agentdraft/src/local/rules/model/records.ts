// The records of the journal: every change of state, one fact each. Replaying them rebuilds the state. A record that
// the owner may read about carries its event of the audit chain, hash and all, so that a replay gives the same chain.
import { jsonCodec, type RecordCodec } from "@x/core/service";
import type { BookingFacts, ServerKey } from "./state.ts";
import type {
  ApprovalView,
  AuditEvent,
  BookingStatus,
  CounterView,
  EvictionView,
  MessageView,
  MoveView,
  PublicKeyView,
  ReceiptView,
  ResolutionView,
  RulesView,
  Scope,
} from "./views.ts";

/** The idempotency key of the request that a record came from. */
export interface KeyFacts {
  readonly scope: string;
  readonly fingerprint: string;
}

interface Audited {
  readonly audit: AuditEvent;
}

interface Keyed {
  readonly key?: KeyFacts;
}

/** What a booking is, beside what its event tells: its id, its calendar, its agent and the agent's rank. */
export type Placed = Pick<
  BookingFacts,
  | "startMs"
  | "endMs"
  | "bufferBeforeMin"
  | "bufferAfterMin"
  | "title"
  | "invitee"
  | "metadata"
  | "conferencing"
>;

export type DraftRecord =
  /** The first record of a store. */
  | { readonly type: "store.created"; readonly serverKey: ServerKey }
  /** The store is served again. Its deadlines are wall times, and stay what callers were told. */
  | { readonly type: "store.restarted" }
  /** The process slept; what waited for an arbitration waits as much longer. */
  | { readonly type: "clock.paused"; readonly byMs: number }
  /** The wall clock was set; what lasts for a while ends as much later or sooner by it. */
  | { readonly type: "clock.corrected"; readonly byMs: number }
  | {
      readonly type: "link.sent";
      readonly tokenHash: string;
      readonly email: string;
      readonly expiresAtMs: number;
    }
  | { readonly type: "link.used"; readonly tokenHash: string }
  | {
      readonly type: "user.joined";
      readonly userId: string;
      readonly workspaceId: string;
      readonly email: string;
    }
  | {
      readonly type: "session.opened";
      readonly sessionHash: string;
      readonly userId: string;
      readonly expiresAtMs: number;
    }
  | { readonly type: "session.ended"; readonly sessionHash: string }
  | ({
      readonly type: "agent.created";
      readonly agentId: string;
      readonly userId: string;
      readonly name: string;
      readonly scopes: readonly Scope[];
      readonly priority: number;
      readonly requiresConsent: boolean;
      readonly keyHash: string;
      readonly signingKey: PublicKeyView;
      readonly mailboxAddress: string;
    } & Audited)
  | ({
      readonly type: "agent.updated";
      readonly agentId: string;
      readonly name?: string;
      readonly scopes?: readonly Scope[];
      readonly priority?: number;
      readonly requiresConsent?: boolean;
      readonly keyExpiresAtMs?: number | null;
      readonly keyHash?: string;
      readonly signingKey?: PublicKeyView;
    } & Audited)
  | ({ readonly type: "agent.revoked"; readonly agentId: string } & Audited)
  | ({ readonly type: "rules.set"; readonly userId: string; readonly rules: RulesView } & Audited)
  /** A write lost or broke a rule: only the chain grows. */
  | ({ readonly type: "write.rejected" } & Audited)
  | ({
      readonly type: "hold.created";
      readonly placed: Placed;
      readonly expiresAtMs: number;
      /** The consent that it waits for. */
      readonly consentId?: string;
    } & Audited &
      Keyed)
  /** A commit; of the live hold with the same id, if there is one. */
  | ({
      readonly type: "booking.committed";
      readonly placed: Placed;
      readonly bumpWindowSeconds: number;
    } & Audited &
      Keyed)
  | ({ readonly type: "booking.ended"; readonly bookingId: string; readonly status: BookingStatus } & Audited)
  | ({ readonly type: "booking.evicted"; readonly bookingId: string; readonly by: EvictionView } & Audited)
  | ({
      readonly type: "consent.requested";
      readonly consentId: string;
      readonly bookingId: string;
      readonly paramsSha256: string;
      /** What the commit asked for. */
      readonly bumpWindowSeconds: number | null;
      readonly moves?: MoveView;
      readonly expiresAtMs: number;
    } & Audited &
      Keyed)
  /** Another request was answered with a consent that was asked for already. */
  | { readonly type: "consent.repeated"; readonly consentId: string; readonly key: KeyFacts }
  | ({
      readonly type: "consent.ended";
      readonly consentId: string;
      readonly status: "approved" | "denied" | "expired" | "superseded" | "withdrawn";
      readonly resolution?: ResolutionView;
      readonly receipt?: ReceiptView;
    } & Audited)
  | ({
      readonly type: "approval.requested";
      readonly approval: Omit<ApprovalView, "status" | "resolution" | "receipt">;
    } & Audited &
      Keyed)
  | ({
      readonly type: "approval.ended";
      readonly approvalId: string;
      readonly status: "approved" | "denied" | "expired";
      readonly resolution?: ResolutionView;
      readonly receipt?: ReceiptView;
    } & Audited)
  | ({
      readonly type: "counter.created";
      readonly counter: Omit<CounterView, "status" | "acceptedBookingId">;
    } & Audited)
  | ({
      readonly type: "counter.resolved";
      readonly counterId: string;
      readonly status: "accepted" | "rejected";
      readonly acceptedBookingId?: string;
    } & Audited)
  | ({ readonly type: "mail.added"; readonly agentId: string; readonly message: MessageView } & Audited &
      Keyed)
  | { readonly type: "mail.bounced"; readonly messageId: string }
  | {
      readonly type: "suppression.added";
      readonly userId: string;
      readonly address: string;
      readonly reason: string | null;
    }
  | { readonly type: "suppression.removed"; readonly userId: string; readonly address: string }
  | {
      readonly type: "webhook.added";
      readonly subId: string;
      readonly userId: string;
      readonly eventType: string;
      readonly url: string;
      readonly secret: string;
    }
  | { readonly type: "webhook.removed"; readonly subId: string }
  | {
      readonly type: "delivery.attempted";
      readonly subId: string;
      readonly eventId: string;
      /** Null for success. */
      readonly error: string | null;
      /** When it is tried again; absent when it is not. */
      readonly nextAtMs?: number;
    };

export const recordCodec: RecordCodec<DraftRecord> = jsonCodec();

/** The record of one type. */
export type RecordOf<Type extends DraftRecord["type"]> = Extract<DraftRecord, { type: Type }>;
