// What is sent: a text, a list of parts, or a whole message; it gets its id here, once, so that every attempt carries the same.

import { must, type OptionRule } from "@x/core";
import type { GridMessage, GridPart, GridRoomMessage, ReceivedPart } from "../types.ts";
import { isBody, writePart } from "../wire/forms.ts";
import type { Body } from "../wire/names.ts";
import type { Connection } from "./connection.ts";

/** A text, parts, or parts with what goes with them. */
export type MessageInput =
  | string
  | readonly GridPart[]
  | {
      readonly parts: readonly GridPart[];
      /** @default a new UUID */
      readonly messageId?: string | undefined;
      readonly contextId?: string | undefined;
      readonly metadata?: Readonly<Record<string, unknown>> | undefined;
    };

/** A text part. */
export function text(value: string): GridPart {
  return { type: "text", text: value };
}

/** A file part, whole in base64 (`bytes`) or by its address (`uri`). */
export function file(value: {
  readonly name?: string | undefined;
  readonly mimeType?: string | undefined;
  readonly bytes?: string | Uint8Array | undefined;
  readonly uri?: string | undefined;
}): GridPart {
  const { bytes } = value;
  return { type: "file", file: { ...value, bytes: typeof bytes === "object" ? base64(bytes) : bytes } };
}

/** A part of plain data. */
export function data(value: Readonly<Record<string, unknown>>): GridPart {
  return { type: "data", data: value };
}

/** The text of a message: its text parts, each on a line of its own. */
export function taskText(message: Pick<GridMessage | GridRoomMessage, "parts">): string {
  const texts = message.parts.filter(isText).map((part) => part.text);
  return texts.join("\n");
}

const isText = (part: ReceivedPart): part is Extract<GridPart, { type: "text" }> =>
  part.type === "text" && "text" in part && typeof part.text === "string";

/** A message on its way: how it stands on the wire, and the id by which a repeat is known. */
export interface OutgoingMessage {
  readonly messageId: string;
  readonly body: Body;
}

const isPart = (value: unknown): boolean =>
  isBody(value) &&
  ((value.type === "text" && typeof value.text === "string") ||
    (value.type === "file" && isBody(value.file)) ||
    (value.type === "data" && isBody(value.data)));

const isParts = (value: unknown): boolean =>
  Array.isArray(value) && value.length >= 1 && value.length <= 100 && value.every(isPart);

/** A message, as {@link MessageInput} has it. */
export const messageRule: OptionRule = {
  expected:
    "a string, a list of 1 to 100 parts (made by text(), file() or data()), or { parts } with such a list",
  isOne: (value) => typeof value === "string" || isParts(value) || (isBody(value) && isParts(value.parts)),
};

/** 1 to 128 characters. */
export const messageIdRule: OptionRule = {
  expected: "a string of 1 to 128 characters",
  isOne: (value) => must.beFullText.isOne(value) && String(value).length <= 128,
};

/** The message as the wire has it. */
export function outgoing(
  { names, profile }: Connection,
  input: MessageInput,
  more: {
    readonly messageId?: string | undefined;
    readonly contextId?: string | undefined;
    readonly taskId?: string | undefined;
    readonly role?: string | undefined;
  },
): OutgoingMessage {
  const given = typeof input === "string" || isList(input) ? { parts: input } : input;
  const { parts, ...rest } = given;
  const messageId = more.messageId ?? ("messageId" in rest ? rest.messageId : undefined) ?? newId();
  const list = typeof parts === "string" ? [text(parts)] : parts;
  const defined = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
  const body = names.rpc({
    ...rest,
    ...defined,
    messageId,
    parts: list.map((part) => writePart({ ...part }, profile)),
  });
  return { messageId, body };
}

const isList = (input: Exclude<MessageInput, string>): input is readonly GridPart[] => Array.isArray(input);

/** An id that nobody else makes. */
export function newId(): string {
  return globalThis.crypto.randomUUID();
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) {
    binary += String.fromCharCode(byte);
  }
  return btoa(binary);
}
