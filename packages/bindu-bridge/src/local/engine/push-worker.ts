// Tells webhooks what has happened. What waits, and when it is tried again, is state of the rules and survives a restart.
import { sleep } from "@x/core/base";
import { type Clock, isRefusal, type Log, type Timer } from "@x/core/service";
import type { CommandOf, DuePush, PushOutcome } from "../rules/model/commands.ts";
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

export interface PushWorker {
  /** Resolves when no attempt is under way. */
  idle(): Promise<void>;
  /** Cuts attempts that are under way; they are made again after the next start. */
  close(): Promise<void>;
}

/** Attempts that are under way at once. */
const mostAtOnce = 64;
const noteAgainMs = 1_000;

export function startPushWorker({ engine, form, attempt, log, peerClock }: PushWorkerOptions): PushWorker {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let again = false;
  let timer: Timer | undefined;

  const tell = (error: unknown): void => {
    if (!stopping.signal.aborted) {
      log.warn({ err: error }, "what became of a push notification could not be noted yet");
    }
  };

  const carryOut = async (push: DuePush): Promise<void> => {
    const outcome = await attempt(push, stopping.signal);
    const { agentId, taskId, config, delivery } = push;
    await note({ type: "endPush", agentId, taskId, configId: config.id, n: delivery.event.n, outcome });
  };

  /** Until a store that is down for a while has taken it: only a restart would have it sent again. */
  const note = async (outcome: CommandOf<"endPush">): Promise<void> => {
    for (let isFirst = true; !stopping.signal.aborted; isFirst = false) {
      try {
        await engine.run(outcome);
        return;
      } catch (error) {
        if (isFirst) {
          tell(error);
        }
        // Cut short when the server stops.
        await sleep(noteAgainMs, { signal: stopping.signal, clock: peerClock }).catch(() => undefined);
      }
    }
  };

  const look = async (): Promise<void> => {
    timer?.cancel();
    const limit = mostAtOnce - running.size;
    if (limit <= 0) {
      return;
    }
    const reply = await engine.run({ type: "takePushes", form, limit });
    if (isRefusal(reply) || stopping.signal.aborted) {
      return;
    }
    for (const push of reply.due) {
      const run = carryOut(push)
        .catch(tell)
        .finally(() => {
          running.delete(run);
          wake();
        });
      running.add(run);
    }
    if (Number.isFinite(reply.nextMs)) {
      const delayMs = Math.max(1, reply.nextMs - engine.now().wall);
      timer = engine.clock.setTimer(delayMs, wake, { ref: false });
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
      .catch(tell)
      .finally(() => {
        looking = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  };

  engine.observe({
    onEvents(events) {
      if (events.some((event) => event.type === "task" && event.pushed)) {
        wake();
      }
    },
  });
  wake();

  return {
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
