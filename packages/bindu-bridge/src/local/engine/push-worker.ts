// Tells webhooks what has happened; what waits, and when it is tried again, is state of the rules.
import { type Clock, isRefusal, type Log, type Outbox, startOutbox } from "@x/core/service";
import type { DuePush, PushOutcome } from "../rules/model/commands.ts";
import type { PushConfig } from "../rules/model/entities.ts";
import type { Engine } from "./engine.ts";

export interface PushWorkerOptions {
  readonly engine: Engine;
  readonly form: PushConfig["form"];
  /** Makes one attempt; must not throw. */
  readonly attempt: (push: DuePush, signal: AbortSignal) => Promise<PushOutcome>;
  readonly log: Log;
  /** The time that other machines take. */
  readonly peerClock: Clock;
}

/** Attempts that are under way at once. */
const mostAtOnce = 64;

export function startPushWorker({ engine, form, attempt, log, peerClock }: PushWorkerOptions): Outbox {
  const outbox = startOutbox({
    engine,
    what: "a push notification",
    attempt,
    log,
    peerClock,
    mostAtOnce,
    async take(limit) {
      const reply = await engine.run({ type: "takePushes", form, limit });
      return isRefusal(reply)
        ? { items: [], nextMs: Number.POSITIVE_INFINITY }
        : { items: reply.due, nextMs: reply.nextMs };
    },
    note: ({ agentId, taskId, config, delivery }, outcome) =>
      engine.run({ type: "endPush", agentId, taskId, configId: config.id, n: delivery.event.n, outcome }),
  });
  engine.observe({
    onEvents(events) {
      if (events.some((event) => event.type === "task" && event.pushed)) {
        outbox.wake();
      }
    },
  });
  outbox.wake();
  return outbox;
}
