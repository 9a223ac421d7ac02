// What the workspace API needs of its client.

import type { Clock } from "@x/core";
import type { OpenAgentsError } from "../../errors.ts";
import type { AgentEntry, EventResponse } from "../../types.ts";
import type { Connector } from "../connection.ts";
import type { AgentEvent } from "../events/agent-event.ts";
import type { Correlator } from "../events/correlation.ts";
import type { EventHandler } from "../events/inbox.ts";
import type { HandlerRegistration } from "../hub.ts";
import type { TimeoutOptions } from "../options.ts";
import type { Messaging } from "./messaging.ts";

export interface WorkspacePort {
  readonly agentId: string;
  readonly clock: Clock;
  readonly correlator: Correlator;
  /** The newest one; null before the first. */
  readonly connector: Connector | null;
  /** Calls what can only be thrown when it fails. @throws OpenAgentsError */
  perform<Answer>(operation: string, run: (messaging: Messaging) => Promise<Answer>): Promise<Answer>;
  /** Calls what answers whether it worked. */
  respond(
    operation: string,
    eventName: string,
    run: (messaging: Messaging) => Promise<EventResponse>,
  ): Promise<EventResponse>;
  /** Calls what answers an empty list when it fails. */
  list<Item>(
    operation: string,
    run: (messaging: Messaging) => Promise<readonly Item[]>,
  ): Promise<readonly Item[]>;
  listAgents(): Promise<readonly AgentEntry[]>;
  wait(
    condition: ((event: AgentEvent) => boolean) | undefined,
    options: TimeoutOptions,
  ): Promise<AgentEvent | null>;
  /** Sees it in `lastError`. */
  failed(error: OpenAgentsError): void;
  on(handler: EventHandler, patterns: readonly string[]): HandlerRegistration;
}
