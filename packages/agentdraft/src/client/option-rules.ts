// What the options of each call must be. Times are read where they are written for the wire; lengths are the service's to judge.
import { callRules, must, type OptionRule, type OptionRules } from "@x/core";
import type { ListApprovalsOptions, RequestApprovalOptions } from "./approvals.ts";
import type { ListAuditOptions } from "./audit.ts";
import type { AvailabilityOptions } from "./availability.ts";
import type { CommitOptions, HoldOptions, ListBookingsOptions } from "./booking-options.ts";
import type { CommitOrNextOptions } from "./commit-or-next.ts";
import type { ListMessagesOptions, ReplyOptions, SendMessageOptions } from "./mailbox.ts";
import type { WaitOptions } from "./wait-for-decision.ts";

const time = must.beAnything;
const anObject: OptionRule = {
  expected: "an object",
  isOne: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
};

export const holdRules: OptionRules<HoldOptions> = {
  ...callRules,
  idempotencyKey: must.beText,
  start: time,
  end: time,
  bufferBeforeMin: must.beWhole(0, 240),
  bufferAfterMin: must.beWhole(0, 240),
  metadata: anObject,
  title: must.beText,
  invitee: anObject,
};

export const commitRules: OptionRules<CommitOptions> = {
  ...holdRules,
  bumpWindowSeconds: must.beWhole(0, 86_400),
  withConferencing: must.beBoolean,
};

export const commitOrNextRules: OptionRules<CommitOrNextOptions> = { attempts: must.beWhole(1) };

export const listBookingsRules: OptionRules<ListBookingsOptions> = {
  ...callRules,
  status: must.beText,
  from: time,
  to: time,
  cursor: must.beText,
  limit: must.beWhole(1, 100),
};

export const availabilityRules: OptionRules<AvailabilityOptions> = {
  ...callRules,
  start: time,
  end: time,
  durationMinutes: must.beWhole(1, 480),
  granularityMinutes: must.beWhole(1, 1_440),
  includeHolds: must.beBoolean,
  userId: must.beText,
};

export const listAuditRules: OptionRules<ListAuditOptions> = {
  ...callRules,
  resource: must.beText,
  type: must.beText,
  after: must.beWhole(0),
  limit: must.beWhole(1, 1_000),
};

export const requestApprovalRules: OptionRules<RequestApprovalOptions> = {
  ...callRules,
  idempotencyKey: must.beText,
  evidence: must.beAnything,
  ttlSeconds: must.beWhole(1, 604_800),
  audience: {
    expected: "a string or a list of strings",
    isOne: (value) => must.beText.isOne(value) || must.beTexts.isOne(value),
  },
};

export const listApprovalsRules: OptionRules<ListApprovalsOptions> = {
  ...callRules,
  status: must.beText,
  cursor: must.beText,
  limit: must.beWhole(1, 100),
};

export const waitRules: OptionRules<WaitOptions> = {
  ...callRules,
  waitTimeoutMs: must.beWaitMs,
  pollIntervalMs: must.beNumber(0, 86_400_000),
};

export const listMessagesRules: OptionRules<ListMessagesOptions> = {
  ...callRules,
  limit: must.beWhole(1, 100),
  cursor: must.beText,
  direction: must.beOneOf("inbound", "outbound"),
  bookingId: must.beText,
  since: time,
};

export const replyRules: OptionRules<ReplyOptions> = {
  ...callRules,
  bodyText: must.beText,
  subject: must.beText,
  replyTo: must.beText,
  idempotencyKey: must.beText,
};

export const sendMessageRules: OptionRules<SendMessageOptions> = {
  ...replyRules,
  to: must.beText,
  bookingId: must.beText,
  inReplyTo: must.beText,
};
