// The text of an EventSource stream (HTML standard) in pieces, its events out, with a bound on their size.

import { createParser } from "eventsource-parser";
import { AnswerTooLarge } from "./answer.ts";

/** One event of a stream. */
export interface ServerSentEvent {
  /** The name of the event; `message` if it has none. */
  readonly type: string;
  /** Its lines, joined by a line feed. */
  readonly data: string;
  /** The last id that the stream named, this event's or an earlier one's; `""` before the first. */
  readonly lastEventId: string;
}

/** Takes text in pieces of any size. */
export interface SseParser {
  push(text: string): void;
}

export interface SseParserOptions {
  readonly onEvent: (event: ServerSentEvent) => void;
  /** The server asks to wait so many milliseconds before a reconnect. */
  readonly onRetry?: ((retryMs: number) => void) | undefined;
  /** Longest event, in characters. @default 1 Mi */
  readonly maxEventLength?: number | undefined;
}

export function createSseParser(options: SseParserOptions): SseParser {
  const { onEvent, onRetry, maxEventLength = 1_048_576 } = options;
  let lastEventId = "";
  const tooLong = () => new AnswerTooLarge(maxEventLength, "an event of the stream", "characters");
  const parser = createParser({
    maxBufferSize: maxEventLength,
    onId(id) {
      lastEventId = id;
    },
    onEvent({ event = "message", data }) {
      // The parser measures what is left of a piece, and not an event that ends with it.
      if (data.length > maxEventLength) {
        throw tooLong();
      }
      onEvent({ type: event, data, lastEventId });
    },
    onRetry: (retryMs) => onRetry?.(retryMs),
    onError(error) {
      // Whatever else it finds is to be passed over, as the standard says.
      if (error.type === "max-buffer-size-exceeded") {
        throw tooLong();
      }
    },
  });
  return { push: (text) => parser.feed(text) };
}
