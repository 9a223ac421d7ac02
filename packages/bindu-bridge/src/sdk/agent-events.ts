// What happens to a running agent, told to whoever listens, and in lines to a logger.

import { callSafely } from "@x/core/base";

/** The names that a core gave. */
export interface Registered {
  readonly agentId: string;
  readonly did: string;
  /** Where the agent is served; what counts, whatever the configuration says. */
  readonly agentUrl: string;
}

/** A call of the handler that has its outcome. */
export interface HandlerCall {
  readonly taskId: string | undefined;
  readonly contextId: string | undefined;
  readonly durationMs: number;
  /** `OK`, or the name of the gRPC status. */
  readonly status: string;
  /** What the handler threw. */
  readonly error?: unknown;
}

/** The events of an agent, with what they tell. */
export interface AgentEvents {
  /** The core knows the agent. Told in the turn after `bindufy` has resolved. */
  registered: Registered;
  heartbeat: { readonly acknowledged: boolean; readonly serverTime: Date };
  /** A heartbeat failed, or the core does not know the agent. */
  lost: { readonly reason: "unreachable" | "unknown"; readonly error?: unknown };
  /** The core knows the agent again. */
  reregistered: Registered;
  /** A call of the handler has its outcome. */
  call: HandlerCall;
  /** Something failed in the background: a registration, or a core that was started here. */
  error: unknown;
  closed: undefined;
}

export type AgentEventName = keyof AgentEvents;

type Listeners = { readonly [Name in AgentEventName]: Set<(told: AgentEvents[Name]) => unknown> };

/** Who listens. */
export interface EventHub {
  /** Hears of an event until the function that it answers is called. */
  on<Name extends AgentEventName>(event: Name, listener: (told: AgentEvents[Name]) => unknown): () => void;
  emit<Name extends AgentEventName>(event: Name, told: AgentEvents[Name]): void;
}

/** @param onFault hears of what a listener throws, and nobody else does */
export function createEvents(onFault: (error: unknown) => void): EventHub {
  const listeners: Listeners = {
    registered: new Set(),
    heartbeat: new Set(),
    lost: new Set(),
    reregistered: new Set(),
    call: new Set(),
    error: new Set(),
    closed: new Set(),
  };
  return {
    on(event, listener) {
      const once: typeof listener = (told) => listener(told);
      listeners[event].add(once);
      return () => void listeners[event].delete(once);
    },
    emit(event, told) {
      for (const listener of [...listeners[event]]) {
        callSafely(() => listener(told), onFault);
      }
    },
  };
}
