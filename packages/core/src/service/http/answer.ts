// What a handler answers: a text with its type, or a stream of events.
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

/** An answer of server-sent events, which ends when its source ends or its reader goes. */
export interface EventsAnswer {
  readonly kind: "events";
  readonly stream: SseStream;
}

export type Answer = TextAnswer | EventsAnswer;

const jsonType = "application/json";

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

/** Sends a text answer. `own` are headers that every answer of the exchange carries; those of the answer win. */
export function writeText(
  outgoing: ServerResponse,
  answer: TextAnswer,
  own: Record<string, string | readonly string[]>,
): void {
  const { text } = answer;
  const length = Buffer.byteLength(text);
  const headers: Record<string, string | string[] | number> = {
    "content-type": answer.type,
    "content-length": length,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  };
  copyHeaders(headers, own);
  if (answer.headers !== undefined) {
    copyHeaders(headers, answer.headers);
  }
  outgoing.writeHead(answer.status, headers);
  // Of what is plain ASCII both spellings are the same, and this one needs no conversion.
  outgoing.end(text, length === text.length ? "latin1" : "utf8");
}

function copyHeaders(into: Record<string, string | string[] | number>, from: AnswerHeaders): void {
  for (const name in from) {
    const value = from[name];
    if (value !== undefined) {
      into[name] = typeof value === "string" ? value : [...value];
    }
  }
}
