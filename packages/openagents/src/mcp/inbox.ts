// What was said to a model since it looked last: a host asks when it is its turn, and messages come at any time.
import type { AgentClient } from "../client/client.ts";
import { isRequest, requestIdOf } from "../client/events/requests.ts";
import { documentedNames } from "../wire/names.ts";

/** One thing that was said. */
export interface Heard {
  readonly kind: "message" | "reply" | "direct";
  readonly from: string;
  readonly text: string;
  /** `null` for a direct message. */
  readonly channel: string | null;
  /** The id to reply to. */
  readonly message: string;
  /** What it replies to, if anything. */
  readonly reply_to: string | null;
  /** Whether its sender waits for an answer. */
  readonly wants_answer: boolean;
}

export interface Inbox {
  /** What was not read yet, oldest first, at most so many; waits for something to come, as long as it may. */
  read(limit: number, waitMs: number, signal: AbortSignal): Promise<readonly Heard[]>;
  readonly unread: number;
  /** So many were dropped because nobody read them. */
  readonly dropped: number;
  /** Tells of what was not read yet, as a host's handshake may come after it, and then of each as it comes; the answer ends it. */
  listen(listener: (heard: Heard) => void): () => void;
}

/** So many are kept; the oldest go first. */
const mostKept = 500;

const kinds: ReadonlyMap<string, Heard["kind"]> = new Map([
  [documentedNames.posted, "message"],
  [documentedNames.replied, "reply"],
  [documentedNames.direct, "direct"],
]);

const textIn = (payload: Readonly<Record<string, unknown>>, ...names: readonly string[]): string | null => {
  const found = names.map((name) => payload[name]).find((value) => typeof value === "string" && value !== "");
  return typeof found === "string" ? found : null;
};

/** Listens from now on. */
export function openInbox(client: AgentClient): Inbox {
  let heard: Heard[] = [];
  const listeners = new Set<(heard: Heard) => void>();
  let dropped = 0;
  /** Ends the wait of each reader. */
  const waits = new Set<() => void>();
  client.registerEventHandler(
    (event) => {
      const { payload, sourceId, eventName } = event;
      if (sourceId === client.agentId) {
        return;
      }
      const one: Heard = {
        kind: kinds.get(eventName) ?? "message",
        from: sourceId,
        text: textIn(payload, "text") ?? "",
        channel: textIn(payload, "channel"),
        message: requestIdOf(event),
        reply_to: textIn(payload, "parent_id", "response_to", "reply_to_id"),
        wants_answer: isRequest(event),
      };
      heard.push(one);
      for (const listener of listeners) {
        listener(one);
      }
      if (heard.length > mostKept) {
        heard.shift();
        dropped += 1;
      }
      for (const end of waits) {
        end();
      }
    },
    [...kinds.keys()],
  );
  return {
    async read(limit, waitMs, signal) {
      if (heard.length === 0 && waitMs > 0) {
        await new Promise<void>((resolve) => {
          const end = (): void => {
            clearTimeout(timer);
            waits.delete(end);
            resolve();
          };
          const timer = setTimeout(end, waitMs);
          waits.add(end);
          signal.addEventListener("abort", end, { once: true });
        });
      }
      signal.throwIfAborted();
      const read = heard.slice(0, limit);
      heard = heard.slice(limit);
      return read;
    },
    listen(listener) {
      for (const one of heard) {
        listener(one);
      }
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    get unread() {
      return heard.length;
    },
    get dropped() {
      return dropped;
    },
  };
}
