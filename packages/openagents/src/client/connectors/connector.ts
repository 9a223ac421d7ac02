// What a connection to either product can do for the client above it.

import type { Clock, Fetch } from "@x/core";
import type { AgentEntry, Body, EventResponse, ModEntry, Transport, Visibility } from "../../types.ts";
import type { Inbound } from "../events/journal.ts";
import type { Messaging } from "../workspace/messaging.ts";

/** An event that was checked and may go out. */
export interface Outbound {
  readonly eventId: string;
  readonly eventName: string;
  readonly sourceId: string;
  readonly destinationId: string | null;
  readonly payload: Body;
  readonly metadata: Body;
  readonly visibility: Visibility;
  readonly threadName?: string | undefined;
  readonly requiresResponse: boolean;
  readonly responseTo?: string | undefined;
  readonly allowedAgents?: readonly string[] | undefined;
  readonly textRepresentation?: string | undefined;
}

/** What ends a send before its answer. */
export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Where a connection puts what it receives. */
export interface Sink {
  /** Resolves when the server may be told that it came. */
  accept(batch: readonly Inbound[]): Promise<void>;
  /** Resolves when there is room for more. */
  room(signal: AbortSignal): Promise<void>;
  /** The connection is in force. */
  ready(): void;
}

/** What all connections are made with. */
export interface LinkOptions {
  readonly agentId: string;
  readonly metadata: Body;
  readonly clock: Clock;
  readonly fetch: Fetch | undefined;
  readonly pollIntervalMs: number;
  readonly requestTimeoutMs: number;
  readonly onWarning: (message: string) => void;
}

/** One connection to a network or a workspace. */
export interface Link {
  readonly transport: Transport;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  /** What it is connected to, in words. */
  readonly label: "HTTP network" | "gRPC network" | "workspace";
  readonly messaging: Messaging;
  /** Registers or joins. @throws OpenAgentsError */
  enter(): Promise<void>;
  /** @throws OpenAgentsError when no server has answered, or one in no form that is known */
  send(event: Outbound, options?: SendOptions): Promise<EventResponse>;
  /**
   * Receives until the signal aborts or the connection breaks, which is thrown. Called again it goes on where it was, and
   * registers anew where that is needed.
   */
  receive(sink: Sink, signal: AbortSignal): Promise<never>;
  listAgents(): Promise<readonly AgentEntry[]>;
  listMods(): Promise<readonly ModEntry[]>;
  modManifest(modName: string): Promise<Body | null>;
  subscribe(patterns: readonly string[], channels: readonly string[] | undefined): Promise<EventResponse>;
  unsubscribe(subscriptionId: string | undefined): Promise<EventResponse>;
  /** Unregisters or leaves; what goes wrong there is of no interest any more. */
  leave(): Promise<void>;
  close(): Promise<void>;
}
