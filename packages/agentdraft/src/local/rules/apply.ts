// Which concept applies a record.
import type { Now } from "@x/core/service";
import {
  applyBookingEnded,
  applyCommitted,
  applyConsentEnded,
  applyConsentRepeated,
  applyConsentRequested,
  applyEvicted,
  applyHoldCreated,
} from "./bookings/apply-booking.ts";
import { postponeArbitrations } from "./bookings/arbitration.ts";
import { applyApproval } from "./decisions/approvals.ts";
import { applyCounter } from "./decisions/counters.ts";
import { applyMail } from "./mail/mail-store.ts";
import type { DraftRecord } from "./model/records.ts";
import { calendarOf, noteTime, type State } from "./model/state.ts";
import type { AuditEvent } from "./model/views.ts";
import { moveEnds } from "./moved-ends.ts";
import { applyAgent } from "./people/agents.ts";
import { applyRules } from "./people/calendar-rules.ts";
import { applyPeople, forgetExpired } from "./people/people.ts";
import { applyWebhook, queueDeliveries } from "./webhooks.ts";

/** Changes the state by one record; answers the event of the chain that it carries. */
export function apply(state: State, record: DraftRecord, now: Now): AuditEvent | undefined {
  noteTime(state, now);
  applyOne(state, record, now);
  forgetExpired(state, now.wall);
  if (!("audit" in record)) {
    return undefined;
  }
  const { audit } = record;
  const calendar = calendarOf(state, { userId: audit.calendar_id });
  calendar.headSeq = audit.seq;
  calendar.headHash = audit.hash;
  calendar.headAt = audit.at;
  queueDeliveries(state, audit, now.wall);
  return audit;
}

function applyOne(state: State, record: DraftRecord, now: Now): void {
  switch (record.type) {
    case "store.created":
      state.serverKeys.push(record.serverKey);
      break;
    case "store.restarted":
    case "write.rejected":
      break;
    case "clock.paused":
      postponeArbitrations(state, record.byMs);
      break;
    case "clock.corrected":
      moveEnds(state, record.byMs, now);
      break;
    case "link.sent":
    case "link.used":
    case "user.joined":
    case "session.opened":
    case "session.ended":
      applyPeople(state, record, now);
      break;
    case "agent.created":
    case "agent.updated":
    case "agent.revoked":
      applyAgent(state, record, now);
      break;
    case "rules.set":
      applyRules(state, record);
      break;
    case "hold.created":
      applyHoldCreated(state, record, now);
      break;
    case "booking.committed":
      applyCommitted(state, record, now);
      break;
    case "booking.ended":
      applyBookingEnded(state, record);
      break;
    case "booking.evicted":
      applyEvicted(state, record);
      break;
    case "consent.requested":
      applyConsentRequested(state, record, now);
      break;
    case "consent.repeated":
      applyConsentRepeated(state, record, now);
      break;
    case "consent.ended":
      applyConsentEnded(state, record);
      break;
    case "approval.requested":
    case "approval.ended":
      applyApproval(state, record, now);
      break;
    case "counter.created":
    case "counter.resolved":
      applyCounter(state, record);
      break;
    case "mail.added":
    case "mail.bounced":
    case "suppression.added":
    case "suppression.removed":
      applyMail(state, record, now);
      break;
    case "webhook.added":
    case "webhook.removed":
    case "delivery.attempted":
      applyWebhook(state, record, now.wall);
      break;
  }
}
