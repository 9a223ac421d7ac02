// Server-sent events (the EventSource stream of the HTML standard): bytes in, events out, with a bound on their size.

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

/** Thrown by `push` for an event that is longer than allowed. */
class EventTooLong extends Error {
  override readonly name = "EventTooLong";
}

export function createSseParser(options: SseParserOptions): SseParser {
  const { onEvent, onRetry, maxEventLength = 1_048_576 } = options;
  let pending: string[] = [];
  let pendingLength = 0;
  let endsWithReturn = false;
  let isFirst = true;
  let type = "";
  let data: string[] = [];
  let dataLength = 0;
  let lastEventId = "";

  const dispatch = (): void => {
    if (data.length > 0) {
      onEvent({ type: type === "" ? "message" : type, data: data.join("\n"), lastEventId });
    }
    type = "";
    data = [];
    dataLength = 0;
  };
  const takeField = (name: string, value: string): void => {
    switch (name) {
      case "data":
        dataLength += value.length + 1;
        checkLength(dataLength);
        data.push(value);
        break;
      case "event":
        type = value;
        break;
      case "id":
        if (!value.includes("\0")) {
          lastEventId = value;
        }
        break;
      case "retry":
        if (/^\d{1,9}$/.test(value)) {
          onRetry?.(Number(value));
        }
        break;
      default:
        break;
    }
  };
  const takeLine = (line: string): void => {
    if (line === "") {
      dispatch();
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) {
      return;
    }
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    takeField(name, value);
  };
  const checkLength = (length: number): void => {
    if (length > maxEventLength) {
      throw new EventTooLong(`an event of the stream is longer than ${maxEventLength} characters`);
    }
  };
  const endLine = (rest: string): void => {
    // Pieces wait in a list: joining at each one would be quadratic for a long line in small pieces.
    takeLine(pending.length === 0 ? rest : pending.join("") + rest);
    pending = [];
    pendingLength = 0;
  };

  return {
    push(piece: string): void {
      // A decoder gives an empty piece where a character was cut; that must not part a CR from its LF.
      if (piece === "") {
        return;
      }
      let text = piece;
      if (isFirst) {
        isFirst = false;
        text = text.startsWith("\ufeff") ? text.slice(1) : text;
      }
      // A CR at the end of a piece has ended its line; an LF that follows belongs to it.
      if (endsWithReturn) {
        text = text.startsWith("\n") ? text.slice(1) : text;
      }
      let start = 0;
      const ends = /\r\n?|\n/g;
      for (let end = ends.exec(text); end !== null; end = ends.exec(text)) {
        endLine(text.slice(start, end.index));
        start = ends.lastIndex;
      }
      endsWithReturn = text.endsWith("\r");
      if (start < text.length) {
        pendingLength += text.length - start;
        checkLength(pendingLength + dataLength);
        pending.push(text.slice(start));
      }
    },
  };
}

/** The events of a body, until it ends. Leaving the loop ends the body's request. */
export async function* readSse(
  body: AsyncIterable<Uint8Array>,
  options: Omit<SseParserOptions, "onEvent"> = {},
): AsyncGenerator<ServerSentEvent, void> {
  const decoder = new TextDecoder();
  const ready: ServerSentEvent[] = [];
  const parser = createSseParser({ ...options, onEvent: (event) => ready.push(event) });
  for await (const chunk of body) {
    parser.push(decoder.decode(chunk, { stream: true }));
    yield* ready.splice(0);
  }
}
