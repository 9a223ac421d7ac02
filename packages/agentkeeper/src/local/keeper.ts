// The running rules behind the surface: the kernel's runner, the bus that watchers read, and what the dashboard recalls.
import { randomUUID } from "node:crypto";
import { encodeOnce } from "@x/core/rpc";
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
import { type Event, EventSchema } from "../gen/agentkeeper/v1/agentkeeper_pb.ts";
import { encodeEvent } from "../wire/encode.ts";
import type { BusEvent } from "../wire/views.ts";
import type { Command, Replies, Reply } from "./commands.ts";
import { createMachine, genesis, type KeeperRules } from "./machine.ts";
import type { KeeperRecord } from "./records.ts";
import { isRefusal, type Refusal } from "./refusal.ts";
import type { State } from "./state.ts";
import { kernelStatus, refusalError, watchError } from "./status.ts";

/** An event on its way to watchers, encoded once for all of them. */
export interface Published {
  readonly event: BusEvent;
  readonly message: Event;
}

/** What the daemon counts; metrics read it. */
export interface KeeperCounters {
  readonly eventsByTopic: Map<string, number>;
  pauses: number;
  /** Called with the seconds that each journal append took. */
  onAppendSeconds: (seconds: number) => void;
}

export interface KeeperOptions {
  readonly rules: KeeperRules;
  readonly log: Log;
  readonly clock?: Clock;
  readonly journal: Journal<KeeperRecord>;
  /** Events that may wait for one watcher. */
  readonly watcherQueue: number;
  /** Bytes that may wait for one watcher. */
  readonly watcherQueueBytes: number;
}

/** The rules at work. */
export interface Keeper {
  /** Carries out a command; a refusal or a fault of the kernel is thrown as the status that callers see. */
  run<Type extends Command["type"]>(
    command: Extract<Command, { type: Type }>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Replies[Type]>;
  /** A subscription that is in force when this returns. */
  watch(filter: (published: Published) => boolean, first?: readonly BusEvent[]): Subscriber<Event>;
  /** The latest published change of leadership of a group. */
  latestLeaderChange(group: string): BusEvent | undefined;
  /** The newest events, oldest first. */
  recentEvents(): readonly BusEvent[];
  readonly runner: Pick<Runner<State, Command, Reply | Refusal>, "peek" | "healthy" | "queued">;
  readonly watchers: number;
  readonly counters: KeeperCounters;
  /** Ends watches and waiting calls, then the store. */
  close(): Promise<void>;
}

/** How many events the dashboard can show. */
const recentEventsKept = 50;

/** What one event costs in a queue beyond its payload. */
const eventOverheadBytes = 128;

export async function startKeeper(options: KeeperOptions): Promise<Keeper> {
  const { log, clock = systemClock } = options;
  const counters: KeeperCounters = { eventsByTopic: new Map(), pauses: 0, onAppendSeconds: () => undefined };
  const latestLeaders = new Map<string, BusEvent>();
  let recent: BusEvent[] = [];

  const bus: EventBus<Published, Event> = createEventBus({
    limits: { maxQueued: options.watcherQueue, maxQueuedBytes: options.watcherQueueBytes },
    sizeOf: ({ message }) => (message.payload?.value.length ?? 0) + eventOverheadBytes,
    deliver: ({ message }) => message,
    errorFor: watchError,
  });

  const publish = (events: readonly BusEvent[]): void => {
    for (const event of events) {
      counters.eventsByTopic.set(event.topic, (counters.eventsByTopic.get(event.topic) ?? 0) + 1);
      if ("election" in event) {
        latestLeaders.set(event.election.group, event);
      }
    }
    recent = [...recent, ...events.slice(-recentEventsKept)].slice(-recentEventsKept);
    if (bus.size > 0) {
      bus.publish(events.map((event) => ({ event, message: encodeOnce(EventSchema, encodeEvent(event)) })));
    }
  };

  const runner = await startRunner<State, Command, KeeperRecord, Reply | Refusal, BusEvent>({
    machine: createMachine(options.rules),
    journal: options.journal,
    genesis: (now) => genesis(randomUUID(), now),
    publish,
    clock,
    observer: {
      onAppend: ({ appendMs }) => counters.onAppendSeconds(appendMs / 1_000),
      onPause(byMs) {
        counters.pauses += 1;
        log.warn({ byMs: Math.round(byMs) }, "the daemon was paused; every open deadline moved by as much");
      },
      onFault: (error) => log.error({ err: error }, "fault in the store or in a rule"),
    },
  });
  runner.peek((state) => {
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
    watch: (filter, first = []) =>
      bus.subscribe(
        filter,
        first.map((event) => ({ event, message: encodeOnce(EventSchema, encodeEvent(event)) })),
      ),
    latestLeaderChange: (group) => latestLeaders.get(group),
    recentEvents: () => recent,
    runner,
    get watchers() {
      return bus.size;
    },
    counters,
    async close(): Promise<void> {
      bus.close();
      await runner.close();
    },
  };
}
