// What agents ask of the rules.
import type { ConferencingView, SlotView, WrittenJson } from "./views.ts";

/** Commands of agents. An `agentId` that was revoked meanwhile is refused with `revoked_api_key`. */
export type AgentCommand =
  | { readonly type: "describeAgent"; readonly agentId: string }
  | {
      readonly type: "createBooking";
      readonly mode: "commit" | "hold";
      readonly agentId: string;
      /** `bkg_`; a consent request that this leads to has the same ULID behind `cns_`. */
      readonly bookingId: string;
      readonly startMs: number;
      readonly endMs: number;
      readonly bufferBeforeMin: number;
      readonly bufferAfterMin: number;
      /** Null when the request gives none; always null for a hold. */
      readonly bumpWindowSeconds: number | null;
      /** The title on top, else that of the metadata, else null. */
      readonly title: string | null;
      readonly invitee: WrittenJson | null;
      readonly metadata: WrittenJson | null;
      /** What the booking gets if it comes about; null when no meeting link was asked for. */
      readonly conferencing: ConferencingView | null;
      readonly idempotencyKey: string | null;
    }
  | { readonly type: "releaseHold"; readonly agentId: string; readonly bookingId: string }
  | { readonly type: "cancelBooking"; readonly agentId: string; readonly bookingId: string }
  | {
      readonly type: "listAvailability";
      readonly agentId: string;
      /** Null for the caller's own; any other calendar is not found. */
      readonly userId: string | null;
      readonly rangeStartMs: number;
      readonly rangeEndMs: number;
      readonly durationMin: number;
      readonly granularityMin: number;
      readonly includeHolds: boolean;
      /** The `nextCursor` of an earlier answer; null for the first page. */
      readonly cursor: string | null;
    }
  | { readonly type: "mailboxInfo"; readonly agentId: string }
  | {
      readonly type: "listMessages";
      readonly agentId: string;
      /** 1..100 */
      readonly limit: number;
      readonly cursor: string | null;
      readonly direction: "inbound" | "outbound" | null;
      readonly bookingId: string | null;
      readonly sinceMs: number | null;
    }
  | { readonly type: "getMessage"; readonly agentId: string; readonly messageId: string }
  | {
      readonly type: "sendMessage";
      readonly agentId: string;
      readonly messageId: string;
      /** Of the copy in the recipient's mailbox, if the recipient is local. */
      readonly inboundMessageId: string;
      /** For each mailbox that has no thread of this exchange yet. */
      readonly threadId: string;
      readonly inboundThreadId: string;
      readonly to: string;
      readonly subject: string;
      readonly bodyText: string;
      readonly bookingId: string | null;
      readonly inReplyTo: string | null;
      readonly replyTo: string | null;
      readonly idempotencyKey: string | null;
    }
  | {
      readonly type: "replyMessage";
      readonly agentId: string;
      /** The message that is answered. */
      readonly answeredId: string;
      readonly messageId: string;
      readonly inboundMessageId: string;
      readonly inboundThreadId: string;
      /** Null for `Re: ` and the original's. */
      readonly subject: string | null;
      readonly bodyText: string;
      readonly replyTo: string | null;
      readonly idempotencyKey: string | null;
    }
  | { readonly type: "checkSuppression"; readonly agentId: string; readonly address: string }
  | {
      readonly type: "requestApproval";
      readonly agentId: string;
      /** `apr_`; its receipt has the same ULID behind `rcp_`. */
      readonly approvalId: string;
      readonly actionType: string;
      readonly summary: string;
      /** The text as it was sent, or null. */
      readonly evidence: string | null;
      /** That of `{}` when there is none. */
      readonly evidenceSha256: string;
      readonly audience: readonly string[];
      readonly audienceIsList: boolean;
      readonly ttlSeconds: number;
      readonly idempotencyKey: string | null;
    }
  | { readonly type: "getApproval"; readonly agentId: string; readonly approvalId: string }
  | { readonly type: "getConsent"; readonly agentId: string; readonly consentRequestId: string }
  | {
      readonly type: "proposeCounter";
      readonly agentId: string;
      readonly counterId: string;
      readonly bookingId: string;
      /** 1 to 5, with ends after starts. */
      readonly proposed: readonly SlotView[];
      readonly note: string | null;
    }
  | { readonly type: "listCounters"; readonly agentId: string; readonly bookingId: string }
  | {
      readonly type: "acceptCounter";
      readonly agentId: string;
      readonly bookingId: string;
      readonly counterId: string;
      readonly slotIndex: number;
      /** The id of the moved booking. */
      readonly movedBookingId: string;
    }
  | {
      readonly type: "rejectCounter";
      readonly agentId: string;
      readonly bookingId: string;
      readonly counterId: string;
    };
