// Server-sent events at the reader's pace: nothing is taken from the source while the socket is full, so what waits is
// bounded by the source's own buffer and the socket's.
import { once } from "node:events";
import type { ServerResponse } from "node:http";

/** One event. Line breaks in `data` are kept; in the other members they are refused. */
export interface SseEvent {
  /** What a reader sends back as `Last-Event-ID` after a lost connection. */
  readonly id?: string;
  /** `message` when absent. */
  readonly event?: string;
  readonly data: string;
}

/** A stream of events. */
export interface SseStream {
  /** Opens the source; its iterator is returned when the reader goes, and the signal aborts. */
  readonly open: (signal: AbortSignal) => AsyncIterable<SseEvent>;
  /** How often a comment is sent while nothing happens, in milliseconds, so that proxies keep the line. @default 15_000 */
  readonly keepAliveMs?: number;
}

/** The text of one event on the wire. @throws {TypeError} for a line break where none may stand */
export function encodeSse({ id, event, data }: SseEvent): string {
  if ((id !== undefined && /[\r\n\0]/.test(id)) || (event !== undefined && /[\r\n]/.test(event))) {
    throw new TypeError("the id and the type of an event stand on one line");
  }
  let text = id === undefined ? "" : `id: ${id}\n`;
  if (event !== undefined) {
    text += `event: ${event}\n`;
  }
  for (const line of data.split(/\r\n|\r|\n/)) {
    text += `data: ${line}\n`;
  }
  return `${text}\n`;
}

/** Sends the stream until its source ends, the reader goes or the server stops. */
export async function writeSse(
  outgoing: ServerResponse,
  { open, keepAliveMs = 15_000 }: SseStream,
  own: Record<string, string | readonly string[]>,
  signal: AbortSignal,
): Promise<void> {
  outgoing.writeHead(200, {
    ...Object.fromEntries(
      Object.entries(own).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
    ),
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  outgoing.flushHeaders();
  const keepAlive = setInterval(() => {
    // A line that is full needs no sign of life.
    if (!outgoing.writableNeedDrain) {
      outgoing.write(":\n\n");
    }
  }, keepAliveMs);
  keepAlive.unref();
  try {
    for await (const event of open(signal)) {
      if (signal.aborted) {
        break;
      }
      if (!outgoing.write(encodeSse(event))) {
        await once(outgoing, "drain", { signal });
      }
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  } finally {
    clearInterval(keepAlive);
    outgoing.end();
  }
}
