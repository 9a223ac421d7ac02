// The rules of a service at work: the runner, the feed that takes its events, and those who listen.
import { type Clock, systemClock } from "../../clock.ts";
import type { FeedWriter } from "../feed/feed.ts";
import type { Log } from "../shared/logger.ts";
import type { MachineTypes } from "./machine.ts";
import { type Runner, startRunner } from "./runner.ts";
import type { RunnerObserver, RunnerOptions } from "./runner-options.ts";

/** What an engine tells those who listen. Called synchronously; must not throw. */
export interface EngineObserver<Types extends MachineTypes> extends RunnerObserver {
  /** So much has happened, is durable and in the feed. */
  onEvents?(events: readonly Types["Event"][]): void;
}

/** Settings of {@link startEngine}. */
export interface EngineOptions<Types extends MachineTypes>
  extends Omit<RunnerOptions<Types>, "publish" | "observer"> {
  /** Takes the events of every turn before anybody else hears of them. */
  readonly feed: FeedWriter<Types["Event"]>;
  /** Is told of pauses and of faults. */
  readonly log: Log;
}

/** Running rules. */
export interface Engine<Types extends MachineTypes> extends Runner<Types> {
  readonly clock: Clock;
  /** Aborts when the engine begins to stop. */
  readonly stopping: AbortSignal;
  /** Listens from now on. */
  observe(observer: EngineObserver<Types>): void;
  /** Ends what waits for the feed, then stops as {@link Runner.close} does. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the journal, rebuilds the state, and starts to serve.
 *
 * @throws {JournalError} `locked`, `damaged`, `unavailable`: the journal is closed again then
 */
export async function startEngine<Types extends MachineTypes>(
  options: EngineOptions<Types>,
): Promise<Engine<Types>> {
  const { feed, log, clock = systemClock } = options;
  const observers: EngineObserver<Types>[] = [];
  const stopping = new AbortController();

  const tell = (say: (observer: EngineObserver<Types>) => void): void => {
    for (const observer of observers) {
      say(observer);
    }
  };

  const runner = await startRunner<Types>({
    ...options,
    clock,
    publish(events) {
      feed.append(events);
      tell((observer) => observer.onEvents?.(events));
    },
    observer: {
      onAppend: (turn) => tell((observer) => observer.onAppend?.(turn)),
      onPause(byMs) {
        log.warn({ byMs: Math.round(byMs) }, "the process was paused; every open deadline moved by as much");
        tell((observer) => observer.onPause?.(byMs));
      },
      onCorrection(byMs) {
        log.warn(
          { byMs },
          "the machine's wall clock was set; this server's follows, and spans that run last as long as before",
        );
        tell((observer) => observer.onCorrection?.(byMs));
      },
      onRestored() {
        log.warn(
          "the store was moved or put back from a copy: what readers knew of a later time is told to be a gap",
        );
      },
      onDamage(damage) {
        log.error({ err: damage }, "the store is damaged in records that nothing needs now");
        tell((observer) => observer.onDamage?.(damage));
      },
      onSnapshot: (taken) => tell((observer) => observer.onSnapshot?.(taken)),
      onFault(error) {
        log.error({ err: error }, "fault in the store or in a rule");
        tell((observer) => observer.onFault?.(error));
      },
    },
  });

  return {
    ...runner,
    get healthy() {
      return runner.healthy;
    },
    get damage() {
      return runner.damage;
    },
    get queued() {
      return runner.queued;
    },
    get lastSequence() {
      return runner.lastSequence;
    },
    get atRest() {
      return runner.atRest;
    },
    clock,
    stopping: stopping.signal,
    observe(observer): void {
      observers.push(observer);
    },
    close(): Promise<void> {
      stopping.abort();
      feed.close();
      return runner.close();
    },
  };
}
