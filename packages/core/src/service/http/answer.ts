// What a handler answers: a text with its type, bytes, nothing, or a stream of events.
import type { ServerResponse } from "node:http";
import type { SseStream } from "./sse.ts";

/** Header fields of an answer, with lower-case names. */
export type AnswerHeaders = Readonly<Record<string, string | readonly string[]>>;

/** An answer whose whole body is known. */
export interface TextAnswer {
  readonly kind: "text";
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly headers?: AnswerHeaders | undefined;
}

/** The same of bytes, which are sent as they are. */
export interface BytesAnswer {
  readonly kind: "bytes";
  readonly status: number;
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly headers?: AnswerHeaders | undefined;
}

/** An answer without a body. */
export interface EmptyAnswer {
  readonly kind: "empty";
  readonly status: number;
  readonly headers?: AnswerHeaders | undefined;
}

/** An answer of server-sent events, which ends when its source ends or its reader goes. */
export interface EventsAnswer {
  readonly kind: "events";
  readonly stream: SseStream;
  readonly headers?: AnswerHeaders | undefined;
}

export type Answer = TextAnswer | BytesAnswer | EmptyAnswer | EventsAnswer;

export const jsonType = "application/json";

/** A JSON answer. */
export function json(status: number, value: unknown, headers?: AnswerHeaders): TextAnswer {
  return { kind: "text", status, type: jsonType, text: JSON.stringify(value), headers };
}

/** A JSON answer that is encoded already. */
export function jsonText(status: number, text: string, headers?: AnswerHeaders): TextAnswer {
  return { kind: "text", status, type: jsonType, text, headers };
}

/** An answer of any other textual type. */
export function text(status: number, type: string, body: string, headers?: AnswerHeaders): TextAnswer {
  return { kind: "text", status, type, text: body, headers };
}

/** An answer of bytes, such as a file that somebody put there: with `nosniff`, as every answer. */
export function bytes(status: number, type: string, body: Uint8Array, headers?: AnswerHeaders): BytesAnswer {
  return { kind: "bytes", status, type, bytes: body, headers };
}

/** An answer without a body: 204, a redirect with its `location`. */
export function empty(status: number, headers?: AnswerHeaders): EmptyAnswer {
  return { kind: "empty", status, headers };
}

/** An answer of server-sent events. */
export function events(stream: SseStream, headers?: AnswerHeaders): EventsAnswer {
  return { kind: "events", stream, headers };
}

type WritableHeaders = Record<string, string | string[] | number>;

/**
 * Sends an answer whose body is known. `own` are headers that every answer of the exchange carries; those of the answer
 * win. To HEAD the body stays unsent, with its length told.
 *
 * @returns how many bytes the body has
 */
export function writeWhole(
  outgoing: ServerResponse,
  answer: TextAnswer | BytesAnswer | EmptyAnswer,
  own: AnswerHeaders,
): number {
  const headers: WritableHeaders = { "cache-control": "no-store", "x-content-type-options": "nosniff" };
  switch (answer.kind) {
    case "text": {
      const { text } = answer;
      const length = Buffer.byteLength(text);
      headers["content-type"] = answer.type;
      headers["content-length"] = length;
      writeHead(outgoing, answer, headers, own);
      // Of what is plain ASCII both spellings are the same, and this one needs no conversion.
      outgoing.end(text, length === text.length ? "latin1" : "utf8");
      return length;
    }
    case "bytes":
      headers["content-type"] = answer.type;
      headers["content-length"] = answer.bytes.byteLength;
      writeHead(outgoing, answer, headers, own);
      outgoing.end(answer.bytes);
      return answer.bytes.byteLength;
    case "empty":
      // These two have no body by definition, so they may name no length.
      if (answer.status !== 204 && answer.status !== 304) {
        headers["content-length"] = 0;
      }
      writeHead(outgoing, answer, headers, own);
      outgoing.end();
      return 0;
  }
}

/** The status line and the headers; the later ones win. */
export function writeHead(
  outgoing: ServerResponse,
  { status, headers }: { readonly status: number; readonly headers?: AnswerHeaders | undefined },
  into: WritableHeaders,
  own: AnswerHeaders,
): void {
  copyHeaders(into, own);
  if (headers !== undefined) {
    copyHeaders(into, headers);
  }
  outgoing.writeHead(status, into);
}

function copyHeaders(into: WritableHeaders, from: AnswerHeaders): void {
  for (const name in from) {
    const value = from[name];
    if (value !== undefined) {
      into[name] = typeof value === "string" ? value : [...value];
    }
  }
}
