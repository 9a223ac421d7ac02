// Server-sent events (the EventSource stream of the HTML standard): the bytes of a body in, events out.

import type { ServerSentEvent, SseParserOptions } from "./sse-parser.ts";

/** The events of a body, until it ends. Leaving the loop ends the body's request. */
export async function* readSse(
  body: AsyncIterable<Uint8Array>,
  options: Omit<SseParserOptions, "onEvent"> = {},
): AsyncGenerator<ServerSentEvent, void> {
  // With the first stream and not with the client: most clients read none.
  const { createSseParser } = await import("./sse-parser.ts");
  const decoder = new TextDecoder();
  const ready: ServerSentEvent[] = [];
  const parser = createSseParser({ ...options, onEvent: (event) => ready.push(event) });
  for await (const chunk of body) {
    parser.push(decoder.decode(chunk, { stream: true }));
    yield* ready.splice(0);
  }
}
