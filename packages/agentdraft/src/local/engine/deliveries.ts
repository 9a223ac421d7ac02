// Carries webhook deliveries out; what waits, and when it is tried again, is state of the rules.
import { type Clock, isRefusal, type Log, type Outbox, startOutbox } from "@x/core/service";
import type { Engine } from "./engine.ts";
import { postWebhook } from "./post-webhook.ts";

export interface DeliveryOptions {
  readonly engine: Engine;
  readonly log: Log;
  /** The time that targets take; the server's own may stand still. */
  readonly peerClock: Clock;
  /** Whether targets may be on this machine and its network. */
  readonly allowPrivate: boolean;
  /** For each attempt, from its start to the end of the answer's head, in milliseconds. @default 10_000 */
  readonly timeoutMs?: number;
}

/** An attempt that is over within this leaves its place soon enough for its endpoint to have several. */
const promptMs = 1_000;

export function startDeliveries(options: DeliveryOptions): Outbox {
  const { engine, log, timeoutMs = 10_000, peerClock, allowPrivate } = options;
  return startOutbox({
    engine,
    what: "a webhook delivery",
    log,
    peerClock,
    async take() {
      const reply = await engine.run({ type: "takeDeliveries" });
      return isRefusal(reply)
        ? { items: [], nextMs: Number.POSITIVE_INFINITY }
        : { items: reply.deliveries, nextMs: reply.nextAtMs ?? Number.POSITIVE_INFINITY };
    },
    async attempt(delivery, signal) {
      const startedMs = peerClock.now().mono;
      const sentAtMs = engine.now().wall;
      const error = await postWebhook(delivery, { timeoutMs, allowPrivate, sentAtMs, peerClock, signal });
      return { error, prompt: peerClock.now().mono - startedMs < promptMs };
    },
    note: ({ subId, eventId }, { error, prompt }) =>
      engine.run({
        type: "deliveryAttempted",
        subId,
        eventId,
        error,
        prompt,
        jitter: Math.random() * 2 - 1,
      }),
  });
}
