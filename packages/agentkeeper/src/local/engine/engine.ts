// The running rules behind the surface: the kernel's runner, the bus that watchers read, and what the dashboard recalls.
import { randomUUID } from "node:crypto";
import {
  type Clock,
  createEventBus,
  type EventBus,
  type Journal,
  type Log,
  type Runner,
  type Subscriber,
  startRunner,
  systemClock,
} from "@x/core/service";
import type { Event } from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import { createMachine, genesis, type KeeperRules } from "../rules/machine.ts";
import type { Command, Replies, Reply } from "../rules/model/commands.ts";
import type { KeeperRecord } from "../rules/model/records.ts";
import { isRefusal, type Refusal } from "../rules/model/refusal.ts";
import type { State } from "../rules/model/state.ts";
import type { BusEvent } from "../rules/model/views.ts";
import { kernelStatus, refusalError, watchError } from "../surface/errors.ts";
import { messageOf } from "../surface/event-messages.ts";
import { createEventLog, type EventLog } from "./event-log.ts";

/** What the daemon counts; metrics read it. */
export interface KeeperCounters {
  readonly eventsByTopic: Map<string, number>;
  pauses: number;
  /** Called with the seconds that each journal append took. */
  onAppendSeconds: (seconds: number) => void;
}

export interface KeeperOptions {
  readonly rules: KeeperRules;
  readonly logger: Log;
  readonly clock?: Clock;
  readonly journal: Journal<KeeperRecord>;
  /** Events that may wait for one watcher. */
  readonly watcherQueue: number;
  /** Bytes that may wait for one watcher. */
  readonly watcherQueueBytes: number;
  /** Events that are kept for watches that start in the past. */
  readonly eventRetention: number;
}

/** The rules at work. */
export interface Keeper {
  /** Carries out a command; a refusal or a fault of the kernel is thrown as the status that callers see. */
  run<Type extends Command["type"]>(
    command: Extract<Command, { type: Type }>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Replies[Type]>;
  /** A subscription to what comes, in force when this returns. */
  watch(filter: (event: BusEvent) => boolean, first?: readonly BusEvent[]): Subscriber<Event>;
  /** The newest events, for watches that start in the past. */
  readonly log: EventLog;
  /** The daemon's time. */
  readonly clock: Clock;
  /** Names the store. */
  readonly logId: string;
  /** Aborts when the daemon stops. */
  readonly stopping: AbortSignal;
  /** The latest published change of leadership of a group. */
  latestLeaderChange(group: string): BusEvent | undefined;
  /** The newest events for the dashboard, oldest first. */
  recentEvents(): readonly BusEvent[];
  readonly runner: Pick<
    Runner<State, Command, Reply | Refusal>,
    "peek" | "healthy" | "damage" | "queued" | "ready"
  >;
  /** Open watches of both kinds. */
  readonly watchers: number;
  /** Counts a watch that does not go through {@link Keeper.watch}, until the signal aborts. */
  countWatcher(until: AbortSignal): void;
  readonly counters: KeeperCounters;
  /** Ends watches and waiting calls, then the store. */
  close(): Promise<void>;
}

/** How many events the dashboard can show. */
const recentEventsKept = 50;

/** What one event costs in a queue beyond its payload. */
const eventOverheadBytes = 128;

export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const { logger, clock = systemClock } = options;
  const counters: KeeperCounters = { eventsByTopic: new Map(), pauses: 0, onAppendSeconds: () => undefined };
  const latestLeaders = new Map<string, BusEvent>();
  const log = createEventLog(options.eventRetention, clock);
  let recent: readonly BusEvent[] = [];
  const stopping = new AbortController();
  let replayWatchers = 0;

  const bus: EventBus<BusEvent, Event> = createEventBus({
    limits: { maxQueued: options.watcherQueue, maxQueuedBytes: options.watcherQueueBytes },
    sizeOf: (event) => (messageOf(event).payload?.value.length ?? 0) + eventOverheadBytes,
    deliver: messageOf,
    errorFor: watchError,
  });

  const keep = (events: readonly BusEvent[]): void => {
    log.append(events);
    recent = [...recent, ...events.slice(-recentEventsKept)].slice(-recentEventsKept);
  };
  const publish = (events: readonly BusEvent[]): void => {
    for (const event of events) {
      counters.eventsByTopic.set(event.topic, (counters.eventsByTopic.get(event.topic) ?? 0) + 1);
      if ("election" in event) {
        latestLeaders.set(event.election.group, event);
      }
    }
    keep(events);
    bus.publish(events);
  };

  const runner = await startRunner<State, Command, KeeperRecord, Reply | Refusal, BusEvent>({
    machine: createMachine(options.rules),
    journal: options.journal,
    genesis: (now) => genesis(randomUUID(), now),
    publish,
    restored: keep,
    keepRestored: Math.max(options.eventRetention, recentEventsKept),
    replayableMarks: options.eventRetention,
    clock,
    observer: {
      onAppend: ({ appendMs }) => counters.onAppendSeconds(appendMs / 1_000),
      onPause(byMs) {
        counters.pauses += 1;
        logger.warn(
          { byMs: Math.round(byMs) },
          "the daemon was paused; every open deadline moved by as much",
        );
      },
      onFault: (error) => logger.error({ err: error }, "fault in the store or in a rule"),
    },
  });
  runner.peek((state) => {
    log.skipTo(state.sequence);
    for (const { group, latest } of state.elections.values()) {
      if (latest !== undefined) {
        latestLeaders.set(group, latest);
      }
    }
  });

  return {
    async run<Type extends Command["type"]>(
      command: Extract<Command, { type: Type }>,
      runOptions?: { readonly signal?: AbortSignal },
    ): Promise<Replies[Type]> {
      let reply: Reply | Refusal;
      try {
        reply = await runner.submit(command, runOptions);
      } catch (error) {
        throw kernelStatus(error);
      }
      if (isRefusal(reply)) {
        throw refusalError(reply);
      }
      // The machine answers each command with the reply of its type.
      return reply as Replies[Type];
    },
    watch: (filter, first = []) => bus.subscribe(filter, first),
    log,
    clock,
    logId: runner.peek((state) => state.logId),
    stopping: stopping.signal,
    latestLeaderChange: (group) => latestLeaders.get(group),
    recentEvents: () => recent,
    runner,
    get watchers() {
      return bus.size + replayWatchers;
    },
    countWatcher(until: AbortSignal): void {
      replayWatchers += 1;
      until.addEventListener("abort", () => (replayWatchers -= 1), { once: true });
    },
    counters,
    async close(): Promise<void> {
      stopping.abort();
      bus.close();
      await runner.close();
    },
  };
}
