// The newest messages of a session, for a client whose connection broke before it had read them (`Last-Event-ID`).
import type { EventStore, JSONRPCMessage } from "./official.ts";

/** Characters of JSON that are kept for one session; the newest message is kept whatever its length. */
const keptChars = 256 * 1_024;

interface Kept {
  readonly stream: string;
  readonly message: JSONRPCMessage;
  readonly chars: number;
}

export function createMissedMessages(): EventStore {
  // In the order of their ids.
  const messages = new Map<string, Kept>();
  let sequence = 0;
  let chars = 0;
  return {
    async storeEvent(stream, message) {
      sequence += 1;
      const id = String(sequence);
      const kept: Kept = { stream, message, chars: JSON.stringify(message).length };
      messages.set(id, kept);
      chars += kept.chars;
      for (const [oldest, { chars: fewer }] of messages) {
        if (chars <= keptChars || oldest === id) {
          break;
        }
        messages.delete(oldest);
        chars -= fewer;
      }
      return id;
    },
    getStreamIdForEventId: async (id) => messages.get(id)?.stream,
    async replayEventsAfter(last, { send }) {
      const stream = messages.get(last)?.stream;
      if (stream === undefined) {
        throw new RangeError("what came after this message is no longer kept");
      }
      for (const [id, kept] of messages) {
        // The message that opens a stream has no content.
        if (kept.stream === stream && Number(id) > Number(last) && Object.keys(kept.message).length > 0) {
          await send(id, kept.message);
        }
      }
      return stream;
    },
  };
}
