// What a server answered: status, headers, and the body as text, read to its last byte and no further than a bound.

/** A whole answer of any status. */
export interface HttpAnswer {
  readonly status: number;
  /** The value of a header under its name in any case; `null` if there is none. */
  header(name: string): string | null;
  /** The body as UTF-8. */
  readonly text: string;
}

/** Thrown when a body is longer than the client takes. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
  constructor(limitBytes: number) {
    super(`the body of the answer is longer than ${limitBytes} bytes`);
  }
}

/**
 * Reads the answer whole. A body that is not wanted to its end is cancelled, so that its connection is free.
 *
 * @throws AnswerTooLarge, and whatever the connection ends with
 */
export async function readAnswer(response: Response, limitBytes: number): Promise<HttpAnswer> {
  const text = response.body === null ? "" : await readText(response.body.getReader(), limitBytes);
  return { status: response.status, header: (name) => response.headers.get(name), text };
}

async function readText(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  limitBytes: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      return text + decoder.decode();
    }
    bytes += value.byteLength;
    if (bytes > limitBytes) {
      // Not waited for: a connection that is broken as well must not hide the reason.
      reader.cancel().catch(ignore);
      throw new AnswerTooLarge(limitBytes);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function ignore(): void {}
