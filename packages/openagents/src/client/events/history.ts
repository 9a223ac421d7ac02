// The newest events of a client, by id and by thread.

import { keepNewest } from "@x/core";
import type { AgentEvent } from "./agent-event.ts";

/** More are forgotten, the oldest first. */
const mostKept = 1_000;

export interface EventHistory {
  add(event: AgentEvent): void;
  get(eventId: string): AgentEvent | null;
  threads(): ReadonlyMap<string, readonly AgentEvent[]>;
}

export function createHistory(): EventHistory {
  const kept = new Map<string, AgentEvent>();
  let unnamed = 0;
  return {
    add(event) {
      unnamed += event.eventId === "" ? 1 : 0;
      keepNewest(kept, event.eventId === "" ? `\0${unnamed}` : event.eventId, event, mostKept);
    },
    get: (eventId) => kept.get(eventId) ?? null,
    threads() {
      const threads = new Map<string, AgentEvent[]>();
      for (const event of kept.values()) {
        const name = event.threadName ?? `thread:${event.eventName.replace(/\.[^.]*$/, "")}`;
        const thread = threads.get(name);
        if (thread === undefined) {
          threads.set(name, [event]);
        } else {
          thread.push(event);
        }
      }
      return threads;
    },
  };
}
