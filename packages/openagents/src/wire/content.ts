// What a message says: a text, or an object that has one.

import { isBody, textOf } from "./body.ts";

/** What callers post. */
export type MessageContent = string | Readonly<Record<string, unknown>>;

/** As the messaging mod takes it. */
export const contentOf = (content: MessageContent): Readonly<Record<string, unknown>> =>
  typeof content === "string" ? { text: content } : content;

/** The text of a payload, wherever a peer puts it; `undefined` if it has none. */
export function textOfPayload(payload: Readonly<Record<string, unknown>>): string | undefined {
  const { text, content, message } = payload;
  return textOf(text) ?? textOfContent(content) ?? textOf(message);
}

function textOfContent(content: unknown): string | undefined {
  return textOf(content) ?? (isBody(content) ? (textOf(content.text) ?? textOf(content.content)) : undefined);
}
