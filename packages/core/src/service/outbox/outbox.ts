// Carries out what rules want done elsewhere, such as a webhook's news. What waits, and when it is tried again, is state of the rules
// and survives a restart; here is who carries it out, beside the path of every request.
import { sleep } from "../../calls/abort.ts";
import type { Clock, Timer } from "../../clock.ts";
import type { Log } from "../shared/logger.ts";

/** What is due now, and when there will be more. */
export interface Due<Item> {
  readonly items: readonly Item[];
  /** Wall time in milliseconds; `Infinity` for nothing that is known. */
  readonly nextMs: number;
}

export interface OutboxOptions<Item, Outcome> {
  /** Whose state holds what waits. */
  readonly engine: { readonly clock: Clock; now(): { readonly wall: number } };
  /** In the words of the log: "a webhook delivery". */
  readonly what: string;
  /** Takes what is due out of the rules, as many as there is room for. */
  readonly take: (room: number) => Promise<Due<Item>>;
  /** Makes one attempt; must not throw. */
  readonly attempt: (item: Item, signal: AbortSignal) => Promise<Outcome>;
  /** Tells the rules what became of it. Asked again for as long as it throws: only a restart would have it carried out again. */
  readonly note: (item: Item, outcome: Outcome) => Promise<unknown>;
  readonly log: Log;
  /** The time that other machines take. */
  readonly peerClock: Clock;
  /** Attempts that are under way at once. @default no bound but that of the rules */
  readonly mostAtOnce?: number | undefined;
}

export interface Outbox {
  /** Looks for what is due. */
  wake(): void;
  /** Resolves when no attempt is under way. */
  idle(): Promise<void>;
  /** Cuts attempts that are under way; they are made again after the next start. */
  close(): Promise<void>;
}

const noteAgainMs = 1_000;

export function startOutbox<Item, Outcome>(options: OutboxOptions<Item, Outcome>): Outbox {
  const { engine, what, take, attempt, log, peerClock, mostAtOnce = Number.POSITIVE_INFINITY } = options;
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let looking: Promise<void> | undefined;
  let again = false;
  let timer: Timer | undefined;

  const reportUnlessStopping = (error: unknown): void => {
    if (!stopping.signal.aborted) {
      log.warn({ err: error }, `what became of ${what} could not be noted yet`);
    }
  };

  /** Until a store that is down for a while has taken it. */
  const note = async (item: Item, outcome: Outcome): Promise<void> => {
    for (let isFirst = true; !stopping.signal.aborted; isFirst = false) {
      try {
        await options.note(item, outcome);
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

  const carryOut = async (item: Item): Promise<void> => note(item, await attempt(item, stopping.signal));

  const look = async (): Promise<void> => {
    timer?.cancel();
    const room = mostAtOnce - running.size;
    if (room <= 0) {
      return;
    }
    const { items, nextMs } = await take(room);
    if (stopping.signal.aborted) {
      return;
    }
    for (const item of items) {
      const run = carryOut(item)
        .catch(reportUnlessStopping)
        .finally(() => {
          running.delete(run);
          wake();
        });
      running.add(run);
    }
    if (Number.isFinite(nextMs)) {
      timer = engine.clock.setTimer(Math.max(1, nextMs - engine.now().wall), wake, { ref: false });
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
