// Finds what a test left behind: sockets, servers, timers and child processes, also unreferenced ones, and listeners.

import { createHook } from "node:async_hooks";
import { EventEmitter, getEventListeners } from "node:events";
import { waitUntil } from "./wait-until.ts";

// The types of async resources that Node makes for what has to be closed. HTTP/2 sessions are missed on purpose: Node
// tells of their end only when they are garbage; their sockets are here.
const tracked: ReadonlySet<string> = new Set([
  "TCPWRAP",
  "TCPSERVERWRAP",
  "TLSWRAP",
  "PIPEWRAP",
  "PIPESERVERWRAP",
  "UDPWRAP",
  "PROCESSWRAP",
  "Timeout",
]);

/** What to compare besides sockets and timers. */
export interface LeakOptions {
  /** Signals and emitters whose listeners are counted at the start and at the end. `process` always is. */
  readonly emitters?: readonly (AbortSignal | EventEmitter)[];
}

/** Looks from its creation to its disposal. */
export interface LeakTracker extends AsyncDisposable {
  /**
   * Resolves when nothing is left that came to be since the tracker was made, and stops tracking.
   *
   * @throws Error with the kind and origin of each leak, when that takes longer than `withinMs` (default 2000).
   */
  expectNoLeaks(options?: { readonly withinMs?: number }): Promise<void>;
}

interface Resource {
  readonly type: string;
  readonly origin: string;
}

/**
 * Starts to watch. Put it first in a test, so that it is disposed last:
 *
 * @example await using _leaks = trackLeaks({ emitters: [controller.signal] });
 */
export function trackLeaks(options: LeakOptions = {}): LeakTracker {
  const live = new Map<number, Resource>();
  const hook = createHook({
    init(asyncId, type) {
      if (tracked.has(type)) {
        const origin = originOf(new Error().stack ?? "");
        if (origin !== undefined) {
          live.set(asyncId, { type, origin });
        }
      }
    },
    destroy(asyncId) {
      live.delete(asyncId);
    },
    // Known to Node 24; older ones only get slower without it.
    ...{ trackPromises: false },
  });
  const emitters = [process, ...(options.emitters ?? [])];
  const before = emitters.map(countListeners);
  hook.enable();

  const leaks = (): string[] => [
    ...[...live.values()].map((resource) => `${resource.type} made at ${resource.origin}`),
    ...emitters.flatMap((emitter, index) => moreListeners(before[index], countListeners(emitter))),
  ];
  const expectNoLeaks = async ({ withinMs = 2_000 }: { readonly withinMs?: number } = {}): Promise<void> => {
    try {
      await waitUntil(() => leaks().length === 0, {
        withinMs,
        what: () => `no leaks; left are:\n  ${leaks().join("\n  ")}`,
      });
    } finally {
      hook.disable();
    }
  };
  return { expectNoLeaks, [Symbol.asyncDispose]: () => expectNoLeaks() };
}

/** The first frame outside Node; `undefined` where the test runner itself made the resource. */
function originOf(stack: string): string | undefined {
  const frames = stack.split("\n").slice(2);
  const first = frames.find((frame) => !frame.includes("node:") && !frame.includes("/testing/leaks."));
  if (first === undefined) {
    return "an event of Node";
  }
  return /[\\/](?:vitest|@vitest|tinypool)[\\/]/.test(first) ? undefined : first.trim().replace(/^at /, "");
}

type ListenerCounts = ReadonlyMap<string | symbol, number>;

function countListeners(emitter: AbortSignal | EventEmitter): ListenerCounts {
  if (emitter instanceof EventEmitter) {
    return new Map(emitter.eventNames().map((name) => [name, emitter.listenerCount(name)]));
  }
  return new Map([["abort", getEventListeners(emitter, "abort").length]]);
}

function moreListeners(before: ListenerCounts | undefined, now: ListenerCounts): string[] {
  return [...now]
    .map(([name, count]) => ({ name, more: count - (before?.get(name) ?? 0) }))
    .filter(({ more }) => more > 0)
    .map(({ name, more }) => `${more} listener(s) for ${String(name)}`);
}
