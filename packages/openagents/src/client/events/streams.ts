// Events for `for await`: each loop has its own buffer, and what waits in it counts as what waits for handlers does.

import { linkSignals } from "@x/core";
import type { AgentEvent } from "./agent-event.ts";
import type { Arrival } from "./arrival.ts";

/** Which events a loop wants. */
export interface StreamFilter {
  /** @default all, under their names on the wire */
  readonly wants?: ((event: AgentEvent) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Events in order. Ends when the client disconnects; leaving the loop ends it. */
export interface EventStream extends AsyncIterableIterator<AgentEvent, undefined>, AsyncDisposable {
  return(): Promise<IteratorResult<AgentEvent, undefined>>;
}

export interface EventStreams {
  open(filter: StreamFilter): EventStream;
  /** Gives an arrival to who wants it, `letGo` being called by each when it is done with it. How many took it. */
  offer(arrival: Arrival, letGo: () => void): number;
  /** How many events wait in the fullest of them. */
  longest(): number;
  end(): void;
}

interface Item {
  readonly event: AgentEvent;
  readonly letGo: () => void;
}

const over: IteratorResult<AgentEvent, undefined> = { value: undefined, done: true };

export function createStreams(): EventStreams {
  const open = new Set<{
    readonly buffer: readonly Item[];
    offer(arrival: Arrival, letGo: () => void): boolean;
    end(error?: unknown): void;
  }>();
  return {
    open({ wants = () => true, signal }) {
      const linked = linkSignals(signal);
      const buffer: Item[] = [];
      const asked: PromiseWithResolvers<IteratorResult<AgentEvent, undefined>>[] = [];
      let inHand: Item | undefined;
      let isOver = false;
      let failure: { readonly reason: unknown } | undefined;

      const end = (reason?: { readonly reason: unknown }): void => {
        if (isOver) {
          return;
        }
        isOver = true;
        failure = reason;
        open.delete(own);
        linked[Symbol.dispose]();
        for (const waiting of asked.splice(0)) {
          waiting.resolve(over);
        }
      };
      const own = {
        buffer,
        offer(arrival: Arrival, letGo: () => void): boolean {
          const event = arrival.seenBy(wants);
          if (event === undefined) {
            return false;
          }
          const waiting = asked.shift();
          if (waiting === undefined) {
            buffer.push({ event, letGo });
          } else {
            inHand = { event, letGo };
            waiting.resolve({ value: event, done: false });
          }
          return true;
        },
        end: (): void => end(),
      };
      const abort = (): void => {
        const { reason } = linked.signal;
        for (const waiting of asked.splice(0)) {
          waiting.reject(reason);
        }
        end({ reason });
      };
      if (linked.signal.aborted) {
        failure = { reason: linked.signal.reason };
        isOver = true;
      } else {
        linked.signal.addEventListener("abort", abort);
        open.add(own);
      }
      return {
        next(): Promise<IteratorResult<AgentEvent, undefined>> {
          // Asking for the next one says that the one before is done.
          inHand?.letGo();
          inHand = buffer.shift();
          if (inHand !== undefined) {
            return Promise.resolve({ value: inHand.event, done: false });
          }
          if (failure !== undefined) {
            return Promise.reject(failure.reason);
          }
          if (isOver) {
            return Promise.resolve(over);
          }
          const waiting = Promise.withResolvers<IteratorResult<AgentEvent, undefined>>();
          asked.push(waiting);
          return waiting.promise;
        },
        return(): Promise<IteratorResult<AgentEvent, undefined>> {
          inHand?.letGo();
          inHand = undefined;
          // What nobody will look at any more holds nothing up.
          for (const { letGo } of buffer.splice(0)) {
            letGo();
          }
          end();
          return Promise.resolve(over);
        },
        [Symbol.asyncIterator](): EventStream {
          return this;
        },
        async [Symbol.asyncDispose](): Promise<void> {
          await this.return();
        },
      };
    },
    offer(arrival, letGo) {
      let taken = 0;
      for (const stream of open) {
        taken += stream.offer(arrival, letGo) ? 1 : 0;
      }
      return taken;
    },
    longest() {
      let most = 0;
      for (const { buffer } of open) {
        most = Math.max(most, buffer.length);
      }
      return most;
    },
    end() {
      for (const stream of open) {
        stream.end();
      }
    },
  };
}
