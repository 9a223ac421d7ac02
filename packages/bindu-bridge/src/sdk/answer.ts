// From what a handler gives to what is sent: one table, and what is refused fails the call.

import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { isError } from "@x/core/base";
import { HandleResponseSchema } from "../gen/bindu/grpc/agent_handler_pb.ts";
import { a2aMetadataKey } from "../wire/handler-headers.ts";
import { HandlerFailure } from "./handler-failure.ts";

export type Answer = MessageInitShape<typeof HandleResponseSchema>;

/** How answers are made. */
export interface AnswerRules {
  /** Longest message, in bytes. */
  readonly maxBytes: number;
  /** Hears of what was left out. */
  readonly warn: (text: string) => void;
}

/** What users are asked where a handler names no prompt; without one they would be shown raw data. */
const defaultPrompts = {
  "input-required": "More input is needed.",
  "auth-required": "Sign-in is needed.",
} as const;

/** Keys by which metadata would replace what is said. */
const reservedKeys: ReadonlySet<string> = new Set(["state", "prompt", "content"]);

/**
 * The whole answer for what a handler gave.
 *
 * @throws HandlerFailure for what is no answer, and for a state that ends the task as failed
 */
export function answerOf(result: unknown, rules: AnswerRules): Answer {
  if (!isResponse(result)) {
    return plain(textOf(result));
  }
  const { metadata } = result;
  const state: unknown = result.state ?? "";
  const content = textOf(result.content ?? "");
  const prompt = textOf(result.prompt ?? "");
  switch (state) {
    case "":
    case "completed":
      return { ...plain(content || (state === "" ? "" : prompt)), metadata: onlyA2a(metadata, rules) };
    case "input-required":
    case "auth-required":
      return {
        state,
        prompt: prompt || content || defaultPrompts[state],
        content: prompt === "" ? "" : content,
        isFinal: true,
        metadata: texts(metadata, rules),
      };
    case "failed":
    case "canceled":
    case "rejected":
      throw new HandlerFailure(prompt || content || `the handler answered ${state}`, { state });
    default:
      throw new HandlerFailure(`handler returned unknown state ${JSON.stringify(state) ?? String(state)}`);
  }
}

/** The answer that is one text. */
export const plain = (content: string): Answer => ({ content, isFinal: true });

/** Refuses an answer that no peer takes. @throws HandlerFailure `resource_exhausted` */
export function checkLength(answer: Answer, { maxBytes }: AnswerRules): Answer {
  const { content = "", prompt = "", metadata = {} } = answer;
  // A character has at most three bytes for each of its units: most answers are short enough without a look at their bytes.
  const units =
    content.length +
    prompt.length +
    Object.entries(metadata).reduce((sum, [k, v]) => sum + k.length + v.length + 16, 64);
  if (units * 3 <= maxBytes) {
    return answer;
  }
  const bytes = toBinary(HandleResponseSchema, create(HandleResponseSchema, answer)).length;
  if (bytes > maxBytes) {
    throw tooLong(bytes, maxBytes);
  }
  return answer;
}

export function tooLong(bytes: number, maxBytes: number): HandlerFailure {
  return new HandlerFailure(`response of ${bytes} bytes exceeds the limit of ${maxBytes}`, {
    status: "resource_exhausted",
  });
}

/** The text that a value is. @throws HandlerFailure for a value that has none */
export function textOf(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value.toWellFormed();
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    case "undefined":
      throw new HandlerFailure("handler returned nothing");
    case "function":
    case "symbol":
      throw new HandlerFailure(`handler returned a ${typeof value}, which is no answer`);
    default:
      return isObject(value) || Array.isArray(value) ? jsonOf(value) : textOf(undefined);
  }
}

function jsonOf(value: object): string {
  if (isError(value)) {
    throw value;
  }
  const text = JSON.stringify(value);
  if (text === undefined) {
    throw new HandlerFailure("handler returned an object that is no JSON");
  }
  return text.toWellFormed();
}

interface Response {
  readonly content?: unknown;
  readonly state?: unknown;
  readonly prompt?: unknown;
  readonly metadata?: unknown;
}

/** Whether an object is meant as a response: other objects are data, and are answered as JSON. */
export function isResponse(value: unknown): value is Response {
  return (
    isObject(value) &&
    (value.content !== undefined ||
      value.state !== undefined ||
      (isObject(value.metadata) && Object.hasOwn(value.metadata, a2aMetadataKey)))
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Beside an answer without a state nobody sees metadata, but for what A2A 1.0 puts there. */
function onlyA2a(metadata: unknown, rules: AnswerRules): Record<string, string> {
  const { [a2aMetadataKey]: a2a } = texts(metadata, rules);
  return a2a === undefined ? {} : { [a2aMetadataKey]: a2a };
}

/** Metadata as strings. */
export function texts(metadata: unknown, { warn }: AnswerRules): Record<string, string> {
  if (!isObject(metadata)) {
    return {};
  }
  const kept: [string, string][] = [];
  for (const [name, value] of Object.entries(metadata)) {
    if (reservedKeys.has(name)) {
      warn(`the metadata key ${name} of an answer would replace the ${name} itself, and was left out`);
    } else if (value !== undefined) {
      kept.push([name.toWellFormed(), value === null ? "null" : textOf(value)]);
    }
  }
  return Object.fromEntries(kept);
}
