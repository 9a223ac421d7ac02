// Webhooks: who is told of which events, and the queue of deliveries. An event and its deliveries are one record, so
// what is to be delivered is durable before the first attempt.
import { AgingMap } from "@x/core/service";
import { isoformat } from "../../wire/isoformat.ts";
import { ownCalendar } from "./model/auth.ts";
import type { CommandOf, Replies } from "./model/commands.ts";
import { createDueQueue } from "./model/delivery-places.ts";
import { sibling } from "./model/ids.ts";
import type { RecordOf } from "./model/records.ts";
import { invalid, notFound, type Refusal } from "./model/refusal.ts";
import type { DraftRules } from "./model/rule-options.ts";
import type { Delivery, DeliveryQueue, State, Webhook } from "./model/state.ts";
import type { DraftTurn } from "./model/turn.ts";
import type { AuditEvent, AuditValue, DeliveryView, DueDelivery, WebhookView } from "./model/views.ts";
import { webhookEventTypes } from "./model/webhook-events.ts";
import { addDue, freePlace, leaveLine, removeDue, takePlaces } from "./webhook-places.ts";

const webhooksPerCalendar = 100;
const attemptsMade = 8;
const longestDelayMs = 6 * 3_600_000;
const jitterShare = 0.2;
/** Finished deliveries of one webhook that are remembered. */
const finishedKept = 1_000;

export function createWebhook(
  state: State,
  command: CommandOf<"createWebhook">,
  turn: DraftTurn,
): Replies["createWebhook"] | Refusal {
  const { userId, subId, eventType, url, secret } = command;
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  if (!webhookEventTypes.some((type) => matches(eventType, type))) {
    return invalid("event_type", `there is no event ${eventType}; use one of the listed names, or *`);
  }
  if (calendar.webhookIds.size >= webhooksPerCalendar) {
    return invalid(null, `a calendar has ${webhooksPerCalendar} webhooks at most`);
  }
  turn.emit({ type: "webhook.added", subId, userId, eventType, url, secret });
  return { webhook: { subId, eventType, url, createdAtMs: turn.now.wall } };
}

export function listWebhooks(
  state: State,
  { userId }: CommandOf<"listWebhooks">,
): Replies["listWebhooks"] | Refusal {
  const calendar = ownCalendar(state, userId);
  if ("refused" in calendar) {
    return calendar;
  }
  return { webhooks: webhooksOf(state, calendar.webhookIds).map(webhookView) };
}

export function deleteWebhook(
  state: State,
  command: CommandOf<"deleteWebhook">,
  turn: DraftTurn,
): Replies["deleteWebhook"] | Refusal {
  const webhook = ownWebhook(state, command);
  if ("refused" in webhook) {
    return webhook;
  }
  turn.emit({ type: "webhook.removed", subId: webhook.subId });
  return { webhook: webhookView(webhook) };
}

/** Newest first. */
export function listDeliveries(
  state: State,
  command: CommandOf<"listDeliveries">,
): Replies["listDeliveries"] | Refusal {
  const webhook = ownWebhook(state, command);
  if ("refused" in webhook) {
    return webhook;
  }
  const queue = state.deliveries.get(webhook.subId);
  const deliveries = [...(queue?.done.values() ?? []), ...(queue?.open.values() ?? [])];
  // An id begins with its time.
  deliveries.sort((a, b) => (a.eventId < b.eventId ? 1 : -1));
  return { deliveries: deliveries.map(deliveryView) };
}

/** Hands out what is due. Which deliveries are under way is volatile: after a restart they are handed out again. */
export function takeDeliveries(
  state: State,
  _command: CommandOf<"takeDeliveries">,
  nowMs: number,
): Replies["takeDeliveries"] {
  const { taken, nextAtMs } = takePlaces(state, nowMs);
  const deliveries = taken.flatMap(({ subId, eventId, body, attempts }): DueDelivery[] => {
    const webhook = state.webhooks.get(subId);
    return webhook === undefined
      ? []
      : [{ subId, eventId, url: webhook.url, secret: webhook.secret, attempt: attempts + 1, body }];
  });
  return { deliveries, nextAtMs };
}

export function deliveryAttempted(
  state: State,
  command: CommandOf<"deliveryAttempted">,
  turn: DraftTurn,
  { webhookRetryMs }: DraftRules,
): Replies["deliveryAttempted"] {
  const { subId, eventId, error, prompt, jitter } = command;
  const queue = state.deliveries.get(subId);
  freePlace(state, queue, command, prompt);
  const delivery = queue?.open.get(eventId);
  if (delivery === undefined) {
    // The webhook was deleted meanwhile.
    return { delivery: null };
  }
  const attempts = delivery.attempts + 1;
  const delayMs = Math.min(longestDelayMs, webhookRetryMs * 2 ** (attempts - 1));
  const nextAtMs = Math.round(turn.now.wall + delayMs * (1 + jitterShare * jitter));
  const again = error !== null && attempts < attemptsMade;
  turn.emit({ type: "delivery.attempted", subId, eventId, error, ...(again ? { nextAtMs } : {}) });
  return { delivery: deliveryView(delivery) };
}

export function applyWebhook(
  state: State,
  record: RecordOf<"webhook.added" | "webhook.removed" | "delivery.attempted">,
  nowMs: number,
): void {
  switch (record.type) {
    case "webhook.added": {
      const { type: _, ...facts } = record;
      addWebhook(state, { ...facts, createdAtMs: nowMs });
      break;
    }
    case "webhook.removed":
      removeWebhook(state, record.subId);
      break;
    case "delivery.attempted": {
      const queue = state.deliveries.get(record.subId);
      const delivery = queue?.open.get(record.eventId);
      if (queue !== undefined && delivery !== undefined) {
        applyAttempt(state, queue, delivery, record);
      }
      break;
    }
  }
}

function applyAttempt(
  state: State,
  queue: DeliveryQueue,
  delivery: Delivery,
  { error, nextAtMs }: RecordOf<"delivery.attempted">,
): void {
  delivery.attempts += 1;
  delivery.lastError = error;
  removeDue(state, queue, delivery);
  if (nextAtMs === undefined) {
    delivery.status = error === null ? "delivered" : "failed";
    queue.open.delete(delivery.eventId);
    keepFinished(queue, delivery);
  } else {
    delivery.nextAtMs = nextAtMs;
    addDue(state, queue, delivery);
  }
}

export function addWebhook(state: State, webhook: Webhook): void {
  state.webhooks.set(webhook.subId, webhook);
  state.deliveries.set(webhook.subId, { ...createDueQueue(), open: new Map(), done: new AgingMap() });
  state.calendars.get(webhook.userId)?.webhookIds.add(webhook.subId);
}

function removeWebhook(state: State, subId: string): void {
  const webhook = state.webhooks.get(subId);
  const queue = state.deliveries.get(subId);
  if (queue !== undefined) {
    leaveLine(queue);
  }
  state.deliveries.delete(subId);
  state.webhooks.delete(subId);
  if (webhook !== undefined) {
    state.calendars.get(webhook.userId)?.webhookIds.delete(subId);
  }
}

/** Queues an event for every webhook that asks for it. Only within `apply`. */
export function queueDeliveries(state: State, audit: AuditEvent, nowMs: number): void {
  const calendar = state.calendars.get(audit.calendar_id);
  if (calendar === undefined || calendar.webhookIds.size === 0 || !webhookEventTypes.includes(audit.type)) {
    return;
  }
  let body: string | undefined;
  for (const { subId, eventType } of webhooksOf(state, calendar.webhookIds)) {
    if (!matches(eventType, audit.type)) {
      continue;
    }
    body ??= bodyOf(state, audit);
    addDelivery(state, {
      subId,
      eventId: sibling(audit.event_id, "evt"),
      eventType: audit.type,
      body,
      status: "pending",
      attempts: 0,
      lastError: null,
      nextAtMs: nowMs,
      deadline: undefined,
    });
  }
}

/** Keeps a delivery, and arms its next attempt while it waits for one. */
export function addDelivery(state: State, delivery: Delivery): void {
  const queue = state.deliveries.get(delivery.subId);
  if (queue === undefined) {
    return;
  }
  if (delivery.status === "pending") {
    queue.open.set(delivery.eventId, delivery);
    addDue(state, queue, delivery);
  } else {
    keepFinished(queue, delivery);
  }
}

function keepFinished({ done }: DeliveryQueue, delivery: Delivery): void {
  done.set(delivery.eventId, delivery);
  if (done.size > finishedKept && done.oldest !== undefined) {
    done.delete(done.oldest[0]);
  }
}

/** `*` stands for all events, `counter.*` for all whose name begins so. */
function matches(pattern: string, type: string): boolean {
  return (
    pattern === "*" || pattern === type || (pattern.endsWith(".*") && type.startsWith(pattern.slice(0, -1)))
  );
}

function bodyOf(state: State, audit: AuditEvent): string {
  return JSON.stringify({
    id: sibling(audit.event_id, "evt"),
    type: audit.type,
    created_at: audit.at,
    workspace_id: audit.workspace_id,
    data: dataOf(state, audit),
  });
}

/** The event's own data, who did it, and of its booking what a receiver needs to act without asking. */
function dataOf(state: State, audit: AuditEvent): { readonly [key: string]: AuditValue } {
  const { resource, data, actor } = audit;
  const [kind = ""] = audit.type.split(".");
  const idName = idNames[kind];
  const bookingId = kind === "booking" || kind === "hold" ? resource : data.booking_id;
  const booking = typeof bookingId === "string" ? state.bookings.get(bookingId) : undefined;
  return {
    ...data,
    ...(actor.agent_id === null ? {} : { actor_agent_id: actor.agent_id }),
    ...(idName === undefined ? {} : { [idName]: resource }),
    ...(audit.type === "booking.evicted" ? { reason: "outranked" } : {}),
    ...(booking === undefined
      ? { user_id: audit.calendar_id }
      : {
          booking_id: booking.bookingId,
          agent_id: booking.agentId,
          user_id: booking.userId,
          start: isoformat(booking.startMs),
          end: isoformat(booking.endMs),
        }),
  };
}

const idNames: { readonly [kind: string]: string } = {
  counter: "counter_id",
  consent: "consent_request_id",
  approval: "approval_id",
  mail: "message_id",
};

function webhooksOf(state: State, ids: ReadonlySet<string>): Webhook[] {
  const webhooks: Webhook[] = [];
  for (const id of ids) {
    const webhook = state.webhooks.get(id);
    if (webhook !== undefined) {
      webhooks.push(webhook);
    }
  }
  return webhooks;
}

function ownWebhook(
  state: State,
  { userId, subId }: { readonly userId: string; readonly subId: string },
): Webhook | Refusal {
  const webhook = state.webhooks.get(subId);
  return webhook === undefined || webhook.userId !== userId ? notFound("webhook", subId) : webhook;
}

const webhookView = ({ userId: _userId, secret: _secret, ...webhook }: Webhook): WebhookView => webhook;

const deliveryView = ({ body: _b, nextAtMs: _n, deadline: _d, ...delivery }: Delivery): DeliveryView =>
  delivery;
