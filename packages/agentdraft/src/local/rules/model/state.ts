// The state of a store. Only `apply` changes it, save the fields marked volatile.

import {
  AgingMap,
  createDeadlineHeap,
  type Deadline,
  type DeadlineHeap,
  type Now,
  type Ticket,
} from "@x/core/service";
import { genesisHash } from "../../../wire/chain.ts";
import { type BucketIndex, createBucketIndex } from "../time/buckets.ts";
import type { CommandOf } from "./commands.ts";
import { createPlaces, type DeliveryPlaces, type DueQueue } from "./delivery-places.ts";
import type {
  ApprovalView,
  BookingStatus,
  BookingView,
  ConsentStatus,
  CounterView,
  DeliveryView,
  EvictionView,
  MessageView,
  MoveView,
  PublicKeyView,
  ReceiptView,
  ResolutionView,
  RulesView,
  Scope,
  UserView,
  WebhookView,
} from "./views.ts";

/** What time alone brings. At wall times: callers were told them. */
export type Due =
  | { readonly kind: "hold"; readonly booking: Booking }
  | { readonly kind: "approval"; readonly approval: Approval };

/** The owner's calendar: one person, one chain, one set of rules. */
export interface Calendar {
  readonly userId: string;
  readonly workspaceId: string;
  rules: RulesView;
  headSeq: number;
  headHash: string;
  headAt: string | null;
  /** Live holds and commits. */
  readonly index: BucketIndex<Booking>;
  /** Ids of all bookings, oldest first. */
  readonly bookingIds: string[];
  readonly agentIds: string[];
  readonly approvalIds: string[];
  readonly consentIds: string[];
  /** What waits for the owner. */
  readonly undecided: Set<Approval | Consent>;
  readonly webhookIds: Set<string>;
  /** By lower-case address. */
  readonly suppressions: Map<string, Suppression>;
  /** Commits that wait for their arbitration, by bucket. Volatile. */
  readonly waiting: Map<number, Group>;
}

export interface Suppression {
  readonly address: string;
  readonly reason: string | null;
  readonly sinceMs: number;
}

export interface User extends UserView {
  readonly createdAtMs: number;
}

/** What a booking is from its creation on. */
export type BookingFacts = Omit<BookingView, "status" | "holdId" | "evictedBy">;

export interface Booking extends Omit<BookingFacts, "expiresAtMs" | "bumpWindowEndsAtMs"> {
  /** Buckets held while it lives. */
  readonly first: number;
  readonly end: number;
  /** Moved while it lives, when the wall clock is corrected. */
  expiresAtMs: number | null;
  /** Likewise. */
  bumpWindowEndsAtMs: number | null;
  status: BookingStatus;
  evictedBy: EvictionView | null;
  /** The consent that a parked hold waits for. */
  consentId: string | null;
  deadline: Deadline<Due> | undefined;
}

export interface Agent {
  readonly agentId: string;
  readonly userId: string;
  readonly workspaceId: string;
  readonly createdAtMs: number;
  readonly mailboxAddress: string;
  name: string;
  scopes: readonly Scope[];
  priority: number;
  requiresConsent: boolean;
  revoked: boolean;
  keyHash: string;
  keyExpiresAtMs: number | null;
  signingKey: PublicKeyView;
  /** The keys before the newest that are still valid for a while, oldest first. */
  previousSigningKeys: readonly (PublicKeyView & { readonly untilMs: number })[];
  /** Its messages, oldest first. */
  readonly messageIds: string[];
  /** Messages sent on the UTC day `sentDay`. */
  sentDay: number;
  sentToday: number;
}

export interface Approval extends Omit<ApprovalView, "status" | "resolution" | "receipt" | "expiresAtMs"> {
  /** Moved while it is pending, when the wall clock is corrected. */
  expiresAtMs: number;
  status: ApprovalView["status"];
  resolution: ResolutionView | null;
  receipt: ReceiptView | null;
  deadline: Deadline<Due> | undefined;
}

export interface Consent {
  readonly consentId: string;
  readonly userId: string;
  readonly agentId: string;
  readonly bookingId: string;
  readonly paramsSha256: string;
  readonly bumpWindowSeconds: number | null;
  readonly moves: MoveView | null;
  readonly createdAtMs: number;
  /** Moved while it is pending, when the wall clock is corrected. */
  expiresAtMs: number;
  status: ConsentStatus;
  resolution: ResolutionView | null;
  receipt: ReceiptView | null;
  /** The row of its end. */
  endEventId: string | null;
}

export interface Counter extends Omit<CounterView, "status" | "acceptedBookingId"> {
  status: CounterView["status"];
  acceptedBookingId: string | null;
}

export interface Message extends Omit<MessageView, "status"> {
  /** Whose mailbox it lies in. */
  readonly agentId: string;
  status: MessageView["status"];
}

export interface Webhook extends WebhookView {
  readonly userId: string;
  readonly secret: string;
}

export interface Delivery extends Omit<DeliveryView, "status" | "attempts" | "lastError"> {
  readonly body: string;
  status: DeliveryView["status"];
  attempts: number;
  lastError: string | null;
  nextAtMs: number;
  deadline: Deadline<Delivery> | undefined;
}

/** The deliveries of one webhook, by event. */
export interface DeliveryQueue extends DueQueue {
  /** Those that are still tried: for some minutes each, so there is no other bound. */
  readonly open: Map<string, Delivery>;
  /** Those that succeeded or were given up, oldest first, up to a number. */
  readonly done: AgingMap<string, Delivery>;
}

/** What a request with an idempotency key did. */
export interface Kept {
  readonly fingerprint: string;
  readonly storedAtMs: number;
  readonly outcome:
    | { readonly kind: "booking"; readonly booking: BookingView }
    | { readonly kind: "consent"; readonly consentId: string }
    | { readonly kind: "approval"; readonly approval: ApprovalView }
    | { readonly kind: "message"; readonly message: MessageView };
}

/** A commit that waits for the end of its arbitration window, and the repeats that wait with it. */
export interface Member {
  readonly command: CommandOf<"createBooking">;
  readonly tickets: Ticket[];
  readonly fingerprint: string;
  /** Order of arrival in this run. */
  readonly order: number;
  readonly first: number;
  readonly end: number;
}

/** Commits that are decided together. */
export interface Group {
  readonly calendar: Calendar;
  readonly members: Member[];
  /** It came to its end late, and was given another moment. */
  spared: boolean;
  deadline: Deadline<Group> | undefined;
}

/** The key with which the server signs receipts and heads: an Ed25519 JWK with its private part. */
export interface ServerKey {
  readonly x: string;
  readonly d: string;
  readonly kid: string;
}

export interface State {
  /** Newest last. */
  readonly serverKeys: ServerKey[];
  /** At wall times. */
  readonly deadlines: DeadlineHeap<Due>;
  /** By how much the wall clock was ahead of the monotonic one in the latest turn. Volatile. */
  wallAheadMs: number;
  /** At monotonic times. Volatile. */
  readonly groups: DeadlineHeap<Group>;
  /** Whether no commit waits for others any more, because the server stops. Volatile. */
  arbitrationsEnded: boolean;
  /** Waiting commits with a key, by scope. Volatile. */
  readonly waitingKeys: Map<string, Member>;
  /** Volatile. */
  arrivals: number;
  readonly users: Map<string, User>;
  readonly usersByEmail: Map<string, User>;
  readonly links: AgingMap<string, { readonly email: string; readonly expiresAtMs: number }>;
  readonly sessions: AgingMap<string, { readonly userId: string; readonly expiresAtMs: number }>;
  readonly calendars: Map<string, Calendar>;
  readonly agents: Map<string, Agent>;
  /** Agents by every key hash they ever had. */
  readonly agentsByKey: Map<string, Agent>;
  readonly agentsByAddress: Map<string, Agent>;
  readonly bookings: Map<string, Booking>;
  /** Oldest first. */
  readonly liveHolds: Set<Booking>;
  readonly keys: AgingMap<string, Kept>;
  readonly approvals: Map<string, Approval>;
  readonly consents: Map<string, Consent>;
  readonly counters: Map<string, Counter>;
  /** Ids of the counters to a booking. */
  readonly countersByBooking: Map<string, string[]>;
  readonly messages: Map<string, Message>;
  /** Ids of messages by their mailbox and the id that mail servers know. */
  readonly messagesByRfcId: Map<string, string>;
  readonly webhooks: Map<string, Webhook>;
  /** By subscription. */
  readonly deliveries: Map<string, DeliveryQueue>;
  readonly places: DeliveryPlaces;
}

export function createState(): State {
  return {
    serverKeys: [],
    deadlines: createDeadlineHeap<Due>(),
    wallAheadMs: 0,
    groups: createDeadlineHeap<Group>(),
    arbitrationsEnded: false,
    waitingKeys: new Map(),
    arrivals: 0,
    users: new Map(),
    usersByEmail: new Map(),
    links: new AgingMap(),
    sessions: new AgingMap(),
    calendars: new Map(),
    agents: new Map(),
    agentsByKey: new Map(),
    agentsByAddress: new Map(),
    bookings: new Map(),
    liveHolds: new Set(),
    keys: new AgingMap(),
    approvals: new Map(),
    consents: new Map(),
    counters: new Map(),
    countersByBooking: new Map(),
    messages: new Map(),
    messagesByRfcId: new Map(),
    webhooks: new Map(),
    deliveries: new Map(),
    places: createPlaces(),
  };
}

export function createCalendar(userId: string, workspaceId: string, rules: RulesView): Calendar {
  return {
    userId,
    workspaceId,
    rules,
    headSeq: 0,
    headHash: genesisHash,
    headAt: null,
    index: createBucketIndex<Booking>(),
    bookingIds: [],
    agentIds: [],
    approvalIds: [],
    consentIds: [],
    undecided: new Set(),
    webhookIds: new Set(),
    suppressions: new Map(),
    waiting: new Map(),
  };
}

/**
 * The calendar of an agent or booking that is known.
 *
 * @throws {Error} when it is missing, which no record can bring about
 */
export function calendarOf(state: State, { userId }: { readonly userId: string }): Calendar {
  const calendar = state.calendars.get(userId);
  if (calendar === undefined) {
    throw new Error(`the calendar ${userId} is missing`);
  }
  return calendar;
}

/** Brings the list of what waits up to date with an item. Only within `apply`, or where a state is restored. */
export function noteUndecided(state: State, item: Approval | Consent): void {
  const { undecided } = calendarOf(state, item);
  if (item.status === "pending") {
    undecided.add(item);
  } else {
    undecided.delete(item);
  }
}

/** Whether a booking or hold still stands in the way of others. */
export const isLive = ({ status }: { readonly status: BookingStatus }): boolean =>
  status === "HOLD" || status === "COMMITTED";

/** Notes the time of a turn, for {@link State.wallAheadMs}. */
export function noteTime(state: State, now: Now): void {
  state.wallAheadMs = now.wall - now.mono;
}
