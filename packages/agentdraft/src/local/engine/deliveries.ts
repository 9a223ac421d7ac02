// Carries webhook deliveries out. What waits, and when it is tried again, is state of the rules and survives a restart;
// here is who carries it out, beside the path of every booking.
import { sleep } from "@x/core/base";
import type { Clock, Log, Timer } from "@x/core/service";
import type { CommandOf } from "../rules/model/commands.ts";
import { isRefusal } from "../rules/model/refusal.ts";
import type { DueDelivery } from "../rules/model/views.ts";
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
const noteAgainMs = 1_000;

export interface DeliveryWorker {
  /** Looks for deliveries that are due. */
  wake(): void;
  /** Resolves when no attempt is under way. */
  idle(): Promise<void>;
  /** Cuts attempts that are under way; they are made again after the next start. */
  close(): Promise<void>;
}

export function startDeliveries(options: DeliveryOptions): DeliveryWorker {
  const { engine, log, timeoutMs = 10_000, peerClock } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let again = false;
  let timer: Timer | undefined;

  const attempt = async (delivery: DueDelivery): Promise<void> => {
    const { subId, eventId } = delivery;
    const startedMs = peerClock.now().mono;
    const error = await postWebhook(delivery, {
      timeoutMs,
      allowPrivate: options.allowPrivate,
      sentAtMs: engine.now().wall,
      peerClock,
      signal: stopping.signal,
    });
    const prompt = peerClock.now().mono - startedMs < promptMs;
    await note({ type: "deliveryAttempted", subId, eventId, error, prompt, jitter: Math.random() * 2 - 1 });
  };

  /** Until a store that is down for a while has taken it: no restart comes that would have the delivery made again. */
  const note = async (outcome: CommandOf<"deliveryAttempted">): Promise<void> => {
    for (let isFirst = true; !stopping.signal.aborted; isFirst = false) {
      try {
        await engine.run(outcome);
        return;
      } catch (error) {
        if (isFirst) {
          reportUnlessStopping(error);
        }
        // Cut short when the server stops.
        await sleep(noteAgainMs, { signal: stopping.signal, clock: peerClock }).catch(() => undefined);
      }
    }
  };

  const look = async (): Promise<void> => {
    timer?.cancel();
    const reply = await engine.run({ type: "takeDeliveries" });
    if (isRefusal(reply) || stopping.signal.aborted) {
      return;
    }
    for (const delivery of reply.deliveries) {
      const run = attempt(delivery)
        .catch((error: unknown) => reportUnlessStopping(error))
        .finally(() => {
          running.delete(run);
          wake();
        });
      running.add(run);
    }
    if (reply.nextAtMs !== null) {
      const delayMs = Math.max(1, reply.nextAtMs - engine.now().wall);
      timer = engine.clock.setTimer(delayMs, wake, { ref: false });
    }
  };

  const reportUnlessStopping = (error: unknown): void => {
    if (!stopping.signal.aborted) {
      log.warn({ err: error }, "what became of a webhook delivery could not be noted yet");
    }
  };

  const wake = (): void => {
    if (stopping.signal.aborted) {
      return;
    }
    if (looking !== undefined) {
      again = true;
      return;
    }
    looking = look()
      .catch(reportUnlessStopping)
      .finally(() => {
        looking = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  };

  return {
    wake,
    async idle() {
      while (looking !== undefined || running.size > 0) {
        await Promise.all([looking, ...running]);
      }
    },
    async close() {
      stopping.abort();
      timer?.cancel();
      await looking;
      await Promise.all(running);
    },
  };
}
