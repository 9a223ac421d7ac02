// Push notifications in the form of the dialect: one event, one post, at most three attempts, always in order.
import { uuid5 } from "@x/core/base";
import type { Clock } from "@x/core/service";
import { shownId } from "../../../wire/uuid.ts";
import { post, resolveTarget, type WebhookRules } from "../../engine/webhook-post.ts";
import type { DuePush, PushOutcome } from "../../rules/model/commands.ts";
import { isTerminal } from "../../rules/model/entities.ts";
import { encodeArtifact, encodePart, timestamp } from "./encode.ts";

const timeoutMs = 5_000;
/** How long is waited before each further attempt, in milliseconds. */
const pauses = [1_000, 4_000];

/** Makes one attempt. What the receiver refuses is not sent again. */
export async function tellWebhook(
  push: DuePush,
  {
    peerClock,
    signal,
    webhooks,
  }: { readonly peerClock: Clock; readonly signal: AbortSignal; readonly webhooks: WebhookRules },
): Promise<PushOutcome> {
  const { url, token } = push.config;
  const target = await resolveTarget(url, webhooks);
  if ("problem" in target) {
    return target.isUnresolved ? later(push, target.problem) : { kind: "dead", reason: target.problem };
  }
  const outcome = await post(url, target, {
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(bodyOf(push)),
    timeoutMs,
    peerClock,
    signal,
  });
  if ("error" in outcome) {
    return later(push, outcome.error);
  }
  const { status } = outcome;
  if (status >= 500) {
    return later(push, `the answer was ${status}`);
  }
  return status < 300 ? { kind: "delivered" } : { kind: "dead", reason: `the answer was ${status}` };
}

function later({ attempts }: DuePush, reason: string): PushOutcome {
  const afterMs = pauses[attempts];
  return afterMs === undefined ? { kind: "dead", reason } : { kind: "retry", afterMs };
}

function bodyOf(push: DuePush): object {
  const { agentId, taskId, contextId, taskMs, config, delivery, message } = push;
  const { event, sequence } = delivery;
  const head = {
    event_id: uuid5("url", `x-bindu:${agentId}:${taskId}:${taskMs}:${config.id}:${event.n}`),
    sequence,
    timestamp: timestamp(event.atMs),
    kind: event.kind === "status" ? "status-update" : "artifact-update",
    task_id: taskId,
    context_id: shownId(contextId),
  };
  if (event.kind === "artifact") {
    const isWhole = !event.append && event.last;
    const piece = isWhole ? {} : { append: event.append, last_chunk: event.last };
    return { ...head, artifact: encodeArtifact(event.artifact), ...piece };
  }
  const { state, atMs } = event;
  const isAsked = state === "input-required" || state === "auth-required";
  const asked =
    isAsked && message !== undefined
      ? { message: { role: "agent", kind: "message", parts: message.parts.map(encodePart) } }
      : {};
  return {
    ...head,
    status: { state, timestamp: timestamp(atMs), ...asked },
    final: isTerminal(state),
  };
}
