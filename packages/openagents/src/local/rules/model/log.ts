// The log of a workspace: messages in order, of which any may go when the history that it belongs to is full.
import type { Message } from "./entities.ts";

export interface MessageLog {
  readonly length: number;
  add(message: Message): void;
  remove(message: Message): void;
  /** In order, behind a place; 0 for all. */
  after(seq: number): Iterable<Message>;
  /** Backwards, before a place; `Infinity` for all. */
  before(seq: number): Iterable<Message>;
}

/** Gaps are closed once there are so many, and as many as messages. */
const leastGaps = 1_024;

/** The first place of a list in order whose message is not before `seq`. */
export function placeOf(
  messages: { readonly length: number; at(place: number): Message | undefined },
  seq: number,
): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages.at(middle)?.seq ?? 0) < seq) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

export function createLog(): MessageLog {
  let messages: Message[] = [];
  const gone = new Set<number>();

  return {
    get length() {
      return messages.length - gone.size;
    },
    add(message) {
      messages.push(message);
    },
    remove(message) {
      gone.add(message.seq);
      if (gone.size >= leastGaps && gone.size * 2 > messages.length) {
        messages = messages.filter(({ seq }) => !gone.has(seq));
        gone.clear();
      }
    },
    *after(seq) {
      const held = messages;
      for (let place = placeOf(held, seq + 1); place < held.length; place += 1) {
        const message = held[place];
        if (message !== undefined && !gone.has(message.seq)) {
          yield message;
        }
      }
    },
    *before(seq) {
      const held = messages;
      for (let place = placeOf(held, seq) - 1; place >= 0; place -= 1) {
        const message = held[place];
        if (message !== undefined && !gone.has(message.seq)) {
          yield message;
        }
      }
    },
  };
}
