// The client: every method of the product page in camel case; no logic.

import { must } from "@x/core";
import type { OpenAgentsError } from "../errors.ts";
import type { AgentEntry, Body, EventInput, EventResponse, ModEntry } from "../types.ts";
import { agentMessage } from "../wire/names.ts";
import { matchesSome } from "../wire/patterns.ts";
import type { ClientEvents, Connector } from "./connection.ts";
import type { AgentEvent } from "./events/agent-event.ts";
import type { EventOf, EventPattern } from "./events/event-types.ts";
import type { EventHandler } from "./events/inbox.ts";
import type { EventStream } from "./events/streams.ts";
import { createHub, type HandlerRegistration, type Hub } from "./hub.ts";
import {
  type AgentClientOptions,
  type ConnectOptions,
  check,
  checkClientOptions,
  checkConnectOptions,
  type TimeoutOptions,
  timeoutRules,
} from "./options.ts";
import { Workspace } from "./workspace/workspace.ts";

/** What to wait for, and how long. */
export interface WaitEventOptions extends TimeoutOptions {
  /** @default any event, under its name on the wire */
  readonly condition?: ((event: AgentEvent) => boolean) | undefined;
}

/** Which events a loop gets. */
export interface EventsOptions<Pattern extends string = string> {
  /** @default all, under their names on the wire */
  readonly patterns?: readonly (Pattern & EventPattern<Pattern>)[] | undefined;
  /** Ends the loop, which then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A client of a network or a hosted workspace, for one agent. */
export class AgentClient implements AsyncDisposable {
  readonly agentId: string;
  readonly #hub: Hub;
  readonly #workspace: Workspace;

  /** @throws InvalidArgumentError `invalid_option` */
  constructor(options: AgentClientOptions = {}) {
    checkClientOptions(options);
    this.agentId = options.agentId ?? `Agent-${crypto.randomUUID().slice(0, 8)}`;
    this.#hub = createHub(this.agentId, options);
    this.#workspace = new Workspace(this.#hub);
  }

  /**
   * Connects, whichever product answers there. A connection that stands is ended first. False when it fails: `lastError` says
   * why.
   *
   * @throws InvalidArgumentError `invalid_option`; the reason of `signal`; with `throwOnError` also OpenAgentsError
   */
  connectToServer(
    host: string,
    port?: number,
    options?: Omit<ConnectOptions, "host" | "port">,
  ): Promise<boolean>;
  connectToServer(options: ConnectOptions): Promise<boolean>;
  async connectToServer(
    first: string | ConnectOptions,
    port?: number,
    options: Omit<ConnectOptions, "host" | "port"> = {},
  ): Promise<boolean> {
    const all = typeof first === "string" ? { ...options, host: first, port } : first;
    checkConnectOptions(all);
    return await this.#hub.connection.connect(all);
  }

  /** The same as {@link connectToServer}. */
  connect(host: string, port?: number, options?: Omit<ConnectOptions, "host" | "port">): Promise<boolean>;
  connect(options: ConnectOptions): Promise<boolean>;
  connect(
    first: string | ConnectOptions,
    port?: number,
    options?: Omit<ConnectOptions, "host" | "port">,
  ): Promise<boolean> {
    return typeof first === "string"
      ? this.connectToServer(first, port, options)
      : this.connectToServer(first);
  }

  /** Leaves and ends all waits with null. What waits for its handlers is dropped, unless there is a journal. Always true. */
  async disconnect(): Promise<boolean> {
    await this.#hub.connection.disconnect();
    return true;
  }

  /** The connection, also when it is over; null before the first. */
  get connector(): Connector | null {
    return this.#hub.connection.connector;
  }

  /** Why the last thing that failed did; null after a connection was made. */
  get lastError(): OpenAgentsError | null {
    return this.#hub.connection.lastError;
  }

  /** Told of what no call has an answer for. */
  get onError(): ((error: OpenAgentsError) => void) | undefined {
    return this.#hub.connection.onError;
  }

  set onError(handler: ((error: OpenAgentsError) => void) | undefined) {
    this.#hub.connection.onError = handler;
  }

  /** Channels, agents and files. Usable before a connection stands, and across connections. */
  workspace(): Workspace {
    return this.#workspace;
  }

  /**
   * Sends an event. Null before the first connection; else what the server said, with `success` false where it could not be
   * asked.
   *
   * @throws InvalidEvent before anything is sent
   */
  sendEvent(event: EventInput): Promise<EventResponse | null> {
    return this.#hub.sendEvent(event);
  }

  /** Sends `agent.message` to another agent. */
  sendAgentMessage(destinationId: string, payload: Body): Promise<EventResponse | null> {
    return this.#hub.sendEvent({ eventName: agentMessage, destinationId, payload });
  }

  /** All agents, this one too; none when they cannot be had. */
  listAgents(): Promise<readonly AgentEntry[]> {
    return this.#hub.listAgents();
  }

  /** The mods of the network; none when they cannot be had. */
  async listMods(): Promise<readonly ModEntry[]> {
    return await this.#hub.connection.over("listMods", (link) => link.listMods()).catch(() => []);
  }

  /** What a mod says of itself; null where there is no such manifest. */
  async getModManifest(modName: string): Promise<Body | null> {
    return await this.#hub.connection
      .over("getModManifest", (link) => link.modManifest(modName))
      .catch(() => null);
  }

  /**
   * Narrows what the server delivers to events that match one of the patterns, direct messages included. `data.subscription_id`
   * names the subscription, which outlives a restart of the server. Null when it fails.
   */
  async subscribeEvents(
    patterns: readonly string[],
    channels?: readonly string[],
  ): Promise<EventResponse | null> {
    return await this.#hub.connection
      .over("subscribeEvents", (link) => link.subscribe(patterns, channels))
      .catch(() => null);
  }

  /** Takes one subscription back, or all. Null when it fails. */
  async unsubscribeEvents(subscriptionId?: string): Promise<EventResponse | null> {
    return await this.#hub.connection
      .over("unsubscribeEvents", (link) => link.unsubscribe(subscriptionId))
      .catch(() => null);
  }

  /**
   * Calls back for each event that matches a pattern, under its name on the wire or its documented one, once. Without patterns for
   * every event, under its name on the wire. Handlers run one after the other, in the order of events and of registration.
   */
  registerEventHandler<const Pattern extends string = string>(
    handler: (event: EventOf<Pattern>) => unknown,
    patterns?: readonly (Pattern & EventPattern<Pattern>)[] | null,
  ): HandlerRegistration;
  registerEventHandler(handler: EventHandler, patterns?: readonly string[] | null): HandlerRegistration {
    check("registerEventHandler", { handler }, { handler: { ...must.beFunction, required: true } });
    return this.#hub.register(handler, patterns?.length ? [...patterns] : undefined);
  }

  /** Takes the first registration of a handler away. Whether there was one. */
  unregisterEventHandler(handler: (event: never) => unknown): boolean {
    return this.#hub.unregister(handler);
  }

  /** The same as `registerEventHandler(handler, ["agent.*"])`. */
  registerAgentMessageHandler(handler: (event: AgentEvent) => unknown): HandlerRegistration {
    return this.#hub.register(handler, ["agent.*"]);
  }

  /** The first event from now on that satisfies a condition; null when the time is over, or without a connection. */
  waitEvent(options?: WaitEventOptions): Promise<AgentEvent | null>;
  waitEvent(condition: (event: AgentEvent) => boolean, timeout?: number): Promise<AgentEvent | null>;
  async waitEvent(
    first: WaitEventOptions | ((event: AgentEvent) => boolean) = {},
    timeout?: number,
  ): Promise<AgentEvent | null> {
    const options = typeof first === "function" ? { condition: first, timeout } : first;
    check("waitEvent", options, { ...timeoutRules, condition: must.beFunction });
    const { condition, ...rest } = options;
    return await this.#hub.wait(condition, rest);
  }

  /** Events for `for await`, until the client disconnects. Asking for the next says that the one before is done. */
  events<const Pattern extends string = string>(
    options?: EventsOptions<Pattern>,
  ): AsyncIterableIterator<EventOf<Pattern>, undefined> & AsyncDisposable;
  events(options: EventsOptions = {}): EventStream {
    check("events", options, { patterns: must.beTexts, signal: must.beSignal });
    const { patterns, signal } = options;
    return this.#hub.streams.open({
      wants: patterns?.length ? ({ eventName }) => matchesSome(patterns, eventName) : undefined,
      signal,
    });
  }

  /** The newest 1,000 events by thread: `threadName`, or `thread:` and the name without its last part. */
  getEventThreads(): ReadonlyMap<string, readonly AgentEvent[]> {
    return this.#hub.history.threads();
  }

  /** One of the newest 1,000 events. */
  getCachedEvent(eventId: string): AgentEvent | null {
    return this.#hub.history.get(eventId);
  }

  /** Listens to what happens to the connection. What it answers takes the listener away. */
  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (...args: ClientEvents[Name]) => void,
  ): () => void {
    return this.#hub.emitter.on(name, listener);
  }

  off<Name extends keyof ClientEvents>(name: Name, listener: (...args: ClientEvents[Name]) => void): void {
    this.#hub.emitter.off(name, listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub.connection.disconnect();
  }
}
