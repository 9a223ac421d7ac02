// The one file that knows ky: the engine over any fetch of the standard kind, the runtime's own or a caller's.

import type { KyInstance } from "ky";
import { AnswerTooLarge } from "./answer.ts";
import type { EngineAnswer, Fetch, FetchInit, HttpEngine } from "./engine.ts";

let loading: Promise<KyInstance> | undefined;

function loadKy(): Promise<KyInstance> {
  loading ??= import("ky").then(({ default: ky }) =>
    ky.create({ retry: 0, timeout: false, throwHttpErrors: false }),
  );
  return loading;
}

/** One request, one answer, whatever its status: retries, deadline and body are the client's. */
export function kyEngine(fetch: Fetch): HttpEngine {
  return {
    async send(url: string, init: FetchInit): Promise<EngineAnswer> {
      const ky = await loadKy();
      // Body and signal go to the fetch as they are: a Request would wrap them in a stream and in three more signals.
      return toAnswer(await ky(url, { method: init.method, fetch: () => fetch(url, init) }), init.signal);
    },
    close: nothing,
  };
}

function toAnswer(response: Response, signal: AbortSignal): EngineAnswer {
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    chunks: () => readChunks(response.body, signal),
    async bytes(limitBytes: number): Promise<Uint8Array> {
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of readChunks(response.body, signal)) {
        length += chunk.byteLength;
        if (length > limitBytes) {
          throw new AnswerTooLarge(limitBytes);
        }
        chunks.push(chunk);
      }
      return joined(chunks, length);
    },
  };
}

/**
 * Not every runtime can iterate a stream. Leaving the loop cancels the body, so that its connection is free. So does the signal, which
 * not every fetch minds until the end: a caller's `Request` around one is soon collected, and what it forwarded with it.
 */
async function* readChunks(
  body: ReadableStream<Uint8Array> | null,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  if (body === null) {
    return;
  }
  const reader = body.getReader();
  let isDone = false;
  // Not waited for: a connection that is broken as well must not hide the reason.
  const cancel = (): void => void reader.cancel(signal.reason).catch(nothing);
  signal.addEventListener("abort", cancel);
  try {
    signal.throwIfAborted();
    while (!isDone) {
      const step = await reader.read();
      signal.throwIfAborted();
      isDone = step.done;
      if (!step.done) {
        yield step.value;
      }
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    if (!isDone) {
      cancel();
    }
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

function nothing(): void {}
