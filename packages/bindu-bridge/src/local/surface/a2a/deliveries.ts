// One event of a task to one webhook of A2A's form: what is sent, and what an answer means for the next attempt.
import { type Identity, messageOf, uuid5 } from "@x/core/base";
import type { Clock, PostOutcome } from "@x/core/service";
import { a2aMediaType, headers } from "../../../wire/a2a/names.ts";
import { signPush } from "../../../wire/a2a/push-signature.ts";
import type { Engine } from "../../engine/engine.ts";
import { post, resolveTarget, type WebhookRules } from "../../engine/webhook-post.ts";
import type { DuePush, PushOutcome } from "../../rules/model/commands.ts";
import { taskOf } from "../../rules/model/state.ts";
import { eventToA2A, saysWhy } from "./stored.ts";

export interface DeliveryOptions {
  readonly engine: Engine;
  /** Who signs for an agent. */
  readonly signerOf: (agentId: string) => { readonly did: string; readonly identity: Pick<Identity, "sign"> };
  /** The time that other machines take. */
  readonly peerClock: Clock;
  readonly webhooks: WebhookRules;
}

const timeoutMs = 10_000;

/** Pauses after the first failures, and after all others, in milliseconds. */
const firstPausesMs = [1_000, 4_000, 16_000, 60_000, 300_000];
const furtherPauseMs = 900_000;

/** How long an event is tried, and the longest wish of a receiver, in milliseconds. */
const longestTryMs = 86_400_000;
const longestWishMs = 3_600_000;

/** Statuses of failures that a later attempt may cure. */
const passing: ReadonlySet<number> = new Set([408, 425, 429]);

export function a2aDelivery(
  options: DeliveryOptions,
): (push: DuePush, signal: AbortSignal) => Promise<PushOutcome> {
  const { engine } = options;
  const tell = async (push: DuePush, signal: AbortSignal): Promise<PushOutcome> => {
    const outcome = await attempt(options, push, signal);
    if ("refused" in outcome) {
      return { kind: "dead", reason: outcome.refused };
    }
    if ("status" in outcome && outcome.status >= 200 && outcome.status < 300) {
      return { kind: "delivered" };
    }
    if ("status" in outcome && outcome.status === 410) {
      // Whoever is gone wants to hear nothing more, and what waits goes with the webhook.
      const { agentId, taskId, config } = push;
      await engine.run({ type: "deletePush", agentId, taskId, configId: config.id, form: null });
      return { kind: "dead", reason: "the answer was 410" };
    }
    const reason = "status" in outcome ? `the answer was ${outcome.status}` : outcome.error;
    const mayPass = !("status" in outcome) || outcome.status >= 500 || passing.has(outcome.status);
    const nowMs = engine.now().wall;
    const wishedMs = "status" in outcome ? wishMs(outcome, nowMs) : 0;
    return mayPass ? later(push, reason, nowMs, wishedMs) : { kind: "dead", reason };
  };
  return async (push, signal) => {
    try {
      return await tell(push, signal);
    } catch (error) {
      // Such as a key that could not be taken up, or a store that is down: it would wait for the next start.
      return later(push, messageOf(error), engine.now().wall);
    }
  };
}

function later(push: DuePush, reason: string, nowMs: number, wishedMs = 0): PushOutcome {
  const afterMs = Math.max(firstPausesMs[push.attempts] ?? furtherPauseMs, wishedMs);
  const isInTime = nowMs + afterMs <= push.sinceMs + longestTryMs;
  return isInTime ? { kind: "retry", afterMs } : { kind: "dead", reason };
}

async function attempt(
  { engine, signerOf, peerClock, webhooks }: DeliveryOptions,
  push: DuePush,
  signal: AbortSignal,
): Promise<PostOutcome | { readonly refused: string }> {
  const { agentId, taskId, contextId, taskMs, config, delivery, message } = push;
  const { event } = delivery;
  const target = await resolveTarget(config.url, webhooks);
  if ("problem" in target) {
    return target.isUnresolved ? { error: target.problem } : { refused: target.problem };
  }
  const task = engine.peek((state) => taskOf(state, push));
  const said = task !== undefined && saysWhy(task, event) ? message : undefined;
  const body = JSON.stringify(eventToA2A({ taskId, contextId }, event, said));
  const { href: url } = new URL(config.url);
  const deliveryId = uuid5("url", `a2a-push:${agentId} ${taskId} ${taskMs} ${config.id} ${event.n}`);
  const created = Math.floor(engine.now().wall / 1_000);
  const signature = signPush(
    { url, contentType: a2aMediaType, body, deliveryId },
    { ...signerOf(agentId), created },
  );
  const traceparent = task?.turns.findLast(({ after }) => after < event.n)?.headers?.traceparent;
  return await post(url, target, {
    headers: {
      "content-type": a2aMediaType,
      "user-agent": "x-bindu",
      [headers.deliveryId]: deliveryId,
      [headers.eventSequence]: String(event.n),
      ...signature,
      ...authorization(config.authentication),
      ...(config.token === undefined ? {} : { [headers.notificationToken]: config.token }),
      ...(traceparent === undefined ? {} : { traceparent }),
    },
    body,
    timeoutMs,
    peerClock,
    signal,
  });
}

function authorization(
  authentication: DuePush["config"]["authentication"],
): Readonly<Record<string, string>> {
  const { scheme, credentials } = authentication ?? {};
  if (typeof scheme !== "string") {
    return {};
  }
  return { authorization: typeof credentials === "string" ? `${scheme} ${credentials}` : scheme };
}

/** How long a receiver asks to wait, in seconds or until a date. */
function wishMs(
  { headers: { "retry-after": wish } }: Extract<PostOutcome, { status: number }>,
  nowMs: number,
): number {
  if (wish === undefined) {
    return 0;
  }
  const ms = /^\d+$/.test(wish) ? Number(wish) * 1_000 : Date.parse(wish) - nowMs;
  return Math.min(Math.max(0, ms || 0), longestWishMs);
}
