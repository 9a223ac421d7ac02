// Server-sent events at the reader's pace: nothing is taken from the source while the socket is full, so what waits is
// bounded by the source's own buffer and the socket's.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type AnswerHeaders, writeHead } from "./answer.ts";

/** One event. Line breaks in `data` are kept; in the other members they are refused. */
export interface SseEvent {
  /** What a reader sends back as `Last-Event-ID` after a lost connection. */
  readonly id?: string;
  /** `message` when absent. */
  readonly event?: string;
  readonly data: string;
  /** How long a reader shall wait before it comes back after a lost connection, in milliseconds. */
  readonly retryMs?: number;
}

/** A stream of events. */
export interface SseStream {
  /**
   * Opens the source. The signal aborts when the reader goes and when the server stops, and a source that waits ends with
   * it; what it still yields is sent, if the reader is there. A source that does not wait for its reader bounds what it
   * keeps, as the event bus does.
   */
  readonly open: (signal: AbortSignal) => AsyncIterable<SseEvent>;
  /** How long a reader may take nothing while events wait for it, in milliseconds; then it is cut. @default 60_000 */
  readonly stallMs?: number;
  /** How often a comment is sent while nothing happens, in milliseconds, so that proxies keep the line. @default 15_000 */
  readonly keepAliveMs?: number;
  /** What that comment says, on one line. @default nothing */
  readonly keepAliveText?: string;
}

/** The text of one event on the wire. @throws {TypeError} for a line break where none may stand */
export function encodeSse({ id, event, data, retryMs }: SseEvent): string {
  if ((id !== undefined && /[\r\n\0]/.test(id)) || (event !== undefined && /[\r\n]/.test(event))) {
    throw new TypeError("the id and the type of an event stand on one line");
  }
  let text = id === undefined ? "" : `id: ${id}\n`;
  if (event !== undefined) {
    text += `event: ${event}\n`;
  }
  if (retryMs !== undefined) {
    text += `retry: ${Math.max(0, Math.round(retryMs))}\n`;
  }
  for (const line of data.split(/\r\n|\r|\n/)) {
    text += `data: ${line}\n`;
  }
  return `${text}\n`;
}

/**
 * Sends the stream until its source ends, the reader goes or the server stops. To HEAD only the headers are sent. What the
 * source throws while its reader is there is thrown here, and the answer left without an end.
 */
export async function writeSse(
  outgoing: ServerResponse,
  { open, stallMs = 60_000, keepAliveMs = 15_000, keepAliveText = "" }: SseStream,
  answer: { readonly headers?: AnswerHeaders | undefined },
  own: AnswerHeaders,
  signal: AbortSignal,
): Promise<void> {
  const headers = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  };
  writeHead(outgoing, { status: 200, ...answer }, headers, own);
  if (outgoing.req.method === "HEAD") {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  const comment = keepAliveText === "" ? ":\n\n" : `: ${keepAliveText.replace(/[\r\n]/g, " ")}\n\n`;
  const keepAlive = setInterval(() => {
    // A line that is full needs no sign of life.
    if (!outgoing.writableNeedDrain) {
      outgoing.write(comment);
    }
  }, keepAliveMs);
  keepAlive.unref();
  try {
    for await (const event of open(signal)) {
      if (outgoing.destroyed) {
        break;
      }
      if (!outgoing.write(encodeSse(event))) {
        await drained(outgoing, stallMs, signal);
      }
    }
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  } finally {
    clearInterval(keepAlive);
  }
  outgoing.end();
}

/** Resolves when the reader has taken what was written. One that takes too long is cut. */
async function drained(outgoing: ServerResponse, stallMs: number, signal: AbortSignal): Promise<void> {
  const stalled = setTimeout(() => outgoing.destroy(), stallMs);
  try {
    await once(outgoing, "drain", { signal });
  } finally {
    clearTimeout(stalled);
  }
}
