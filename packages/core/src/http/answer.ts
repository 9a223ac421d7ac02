// What a server answered.

/** A whole answer of any status. */
export interface HttpAnswer {
  readonly status: number;
  /** The value of a header under its name in any case; `null` if there is none. */
  header(name: string): string | null;
  /** The body as UTF-8, to its last byte. */
  readonly text: string;
}

/** An answer whose body is read while it comes. */
export interface HttpStream {
  readonly status: number;
  /** The value of a header under its name in any case; `null` if there is none. */
  header(name: string): string | null;
  /** The pieces of the body, once. Leaving the loop ends the request. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** Thrown when a body is longer than the client takes. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
  constructor(limitBytes: number) {
    super(`the body of the answer is longer than ${limitBytes} bytes`);
  }
}
