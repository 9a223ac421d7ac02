// Reads server-sent events as a test wants them: one after the other.
import type { Json } from "./network.ts";

export interface Received {
  readonly id: string;
  readonly data: Json;
}

export interface SseReader {
  /** The next event; `undefined` once the stream has ended. */
  next(): Promise<Received | undefined>;
  close(): Promise<void>;
}

export async function createSseReader(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<SseReader> {
  const response = await fetch(url, { headers });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    async next() {
      for (;;) {
        const end = text.indexOf("\n\n");
        if (end !== -1) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          const data = /^data: (.*)$/m.exec(block)?.[1];
          if (data !== undefined) {
            return { id: /^id: (.*)$/m.exec(block)?.[1] ?? "", data: JSON.parse(data) as Json };
          }
          continue;
        }
        const read = await reader?.read();
        if (read === undefined || read.done) {
          return undefined;
        }
        text += read.value;
      }
    },
    async close() {
      await reader?.cancel();
    },
  };
}
