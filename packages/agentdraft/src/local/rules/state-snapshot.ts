// The whole state as a plain value, and back: what a restart begins with instead of the first record.
import type { Now } from "@x/core/service";
import { addConsent, bookingFrom, enliven } from "./bookings/apply-booking.ts";
import { oldestHotDay } from "./bookings/owner-rules.ts";
import { addApproval } from "./decisions/approvals.ts";
import { addCounter } from "./decisions/counters.ts";
import { addressKey } from "./mail/address.ts";
import { addMessage } from "./mail/mail-store.ts";
import {
  type Agent,
  type Approval,
  type Booking,
  type Calendar,
  type Consent,
  type Counter,
  createCalendar,
  createState,
  type Delivery,
  isLive,
  type Kept,
  type Message,
  noteTime,
  type ServerKey,
  type State,
  type Suppression,
  type User,
  type Webhook,
} from "./model/state.ts";
import { addAgent } from "./people/agents.ts";
import { addDelivery, addWebhook } from "./webhooks.ts";

type Entry<Value> = readonly [string, Value];

type StoredBooking = Omit<Booking, "first" | "end" | "deadline">;

interface StoredCalendar
  extends Pick<Calendar, "userId" | "workspaceId" | "rules" | "headSeq" | "headHash" | "headAt"> {
  readonly suppressions: readonly Suppression[];
}

/** A state as it is stored. Lists stand directly below the top, so that they can be written in pieces. */
interface StoredState {
  readonly serverKeys: readonly ServerKey[];
  readonly users: readonly User[];
  readonly links: readonly Entry<{ readonly email: string; readonly expiresAtMs: number }>[];
  readonly sessions: readonly Entry<{ readonly userId: string; readonly expiresAtMs: number }>[];
  readonly calendars: readonly StoredCalendar[];
  readonly agents: readonly (Omit<Agent, "messageIds"> & { readonly formerKeys: readonly string[] })[];
  /** In the order of their creation, like every list here. */
  readonly bookings: readonly StoredBooking[];
  readonly keys: readonly Entry<Kept>[];
  readonly approvals: readonly Omit<Approval, "deadline">[];
  readonly consents: readonly Consent[];
  readonly counters: readonly Counter[];
  readonly messages: readonly Message[];
  readonly webhooks: readonly Webhook[];
  readonly deliveries: readonly Omit<Delivery, "deadline">[];
}

/** About how many items a snapshot holds. */
export function sizeOf(state: State): number {
  return (
    state.bookings.size +
    state.keys.size +
    state.messages.size +
    state.agents.size +
    state.approvals.size +
    state.consents.size
  );
}

export function snapshotState(state: State): StoredState {
  const former = formerKeys(state);
  return {
    serverKeys: [...state.serverKeys],
    users: [...state.users.values()],
    links: [...state.links],
    sessions: [...state.sessions],
    calendars: [...state.calendars.values()].map(
      ({ userId, workspaceId, rules, headSeq, headHash, headAt, suppressions }) => ({
        userId,
        workspaceId,
        rules,
        headSeq,
        headHash,
        headAt,
        suppressions: [...suppressions.values()],
      }),
    ),
    agents: [...state.agents.values()].map(({ messageIds: _, ...agent }) => ({
      ...agent,
      formerKeys: former.get(agent.agentId) ?? [],
    })),
    bookings: [...state.bookings.values()].map(({ first: _f, end: _e, deadline: _d, ...booking }) => booking),
    keys: [...state.keys],
    approvals: [...state.approvals.values()].map(({ deadline: _, ...approval }) => approval),
    consents: [...state.consents.values()].map((consent) => ({ ...consent })),
    counters: [...state.counters.values()].map((counter) => ({ ...counter })),
    messages: [...state.messages.values()].map((message) => ({ ...message })),
    webhooks: [...state.webhooks.values()],
    deliveries: [...state.deliveries.values()].flatMap(({ open, done }) =>
      [...done.values(), ...open.values()].map(({ deadline: _, ...delivery }) => delivery),
    ),
  };
}

/** The hashes of keys that were replaced, by agent. */
function formerKeys({ agentsByKey }: State): ReadonlyMap<string, readonly string[]> {
  const former = new Map<string, string[]>();
  for (const [hash, { agentId, keyHash }] of agentsByKey) {
    if (keyHash !== hash) {
      const hashes = former.get(agentId) ?? [];
      former.set(agentId, hashes);
      hashes.push(hash);
    }
  }
  return former;
}

/** The state of a snapshot that this package wrote. */
export function restoreState(snapshot: unknown, now: Now): State {
  // The journal has verified that these are the bytes that were written.
  const stored = snapshot as StoredState;
  const state = createState();
  noteTime(state, now);
  state.serverKeys.push(...stored.serverKeys);
  for (const user of stored.users) {
    state.users.set(user.userId, user);
    state.usersByEmail.set(addressKey(user.email), user);
  }
  for (const [hash, link] of stored.links) {
    state.links.set(hash, link);
  }
  for (const [hash, session] of stored.sessions) {
    state.sessions.set(hash, session);
  }
  for (const { suppressions, headSeq, headHash, headAt, ...calendar } of stored.calendars) {
    const restored = createCalendar(calendar.userId, calendar.workspaceId, calendar.rules);
    restored.headSeq = headSeq;
    restored.headHash = headHash;
    restored.headAt = headAt;
    for (const suppression of suppressions) {
      restored.suppressions.set(addressKey(suppression.address), suppression);
    }
    state.calendars.set(calendar.userId, restored);
  }
  for (const { formerKeys: hashes, ...facts } of stored.agents) {
    const agent: Agent = { ...facts, messageIds: [] };
    for (const hash of hashes) {
      state.agentsByKey.set(hash, agent);
    }
    addAgent(state, agent);
    state.calendars.get(agent.userId)?.agentIds.push(agent.agentId);
  }
  const hotFrom = oldestHotDay(now.wall);
  for (const booking of stored.bookings) {
    restoreBooking(state, booking);
  }
  for (const { index } of state.calendars.values()) {
    index.forgetBefore(hotFrom);
  }
  for (const [scope, kept] of stored.keys) {
    state.keys.set(scope, kept);
  }
  for (const approval of stored.approvals) {
    addApproval(state, { ...approval, deadline: undefined });
    state.calendars.get(approval.userId)?.approvalIds.push(approval.approvalId);
  }
  for (const consent of stored.consents) {
    addConsent(state, { ...consent });
  }
  for (const counter of stored.counters) {
    addCounter(state, { ...counter });
  }
  for (const message of stored.messages) {
    const agent = state.agents.get(message.agentId);
    if (agent !== undefined) {
      addMessage(state, agent, { ...message });
    }
  }
  for (const webhook of stored.webhooks) {
    addWebhook(state, webhook);
  }
  for (const delivery of stored.deliveries) {
    addDelivery(state, { ...delivery, deadline: undefined });
  }
  return state;
}

function restoreBooking(state: State, stored: StoredBooking): void {
  const booking = bookingFrom(stored, stored.status);
  booking.evictedBy = stored.evictedBy;
  booking.consentId = stored.consentId;
  state.bookings.set(booking.bookingId, booking);
  state.calendars.get(booking.userId)?.bookingIds.push(booking.bookingId);
  if (isLive(booking)) {
    enliven(state, booking);
  }
}
