// What a server answered.

/** A whole answer of any status. */
export interface HttpAnswer {
  readonly status: number;
  /** The value of a header under its name in any case; `null` if there is none. */
  header(name: string): string | null;
  /** The body as UTF-8, to its last byte. What is no UTF-8 reads as U+FFFD. */
  readonly text: string;
  /** The body as it came. */
  readonly bytes: Uint8Array;
}

/** An answer whose body is read while it comes. */
export interface HttpStream {
  readonly status: number;
  /** The value of a header under its name in any case; `null` if there is none. */
  header(name: string): string | null;
  /** The pieces of the body, once. Leaving the loop ends the request. */
  chunks(): AsyncIterable<Uint8Array>;
  /**
   * The body to its last byte instead, where the server answers with no stream.
   *
   * @throws ServiceError of the client's `toError`, also for one that is longer than its `maxResponseBytes`
   */
  whole(): Promise<HttpAnswer>;
}

const utf8 = new TextDecoder();

/** A body in memory. Most callers want its text or its bytes and not both, so the text is made when it is asked for. */
export class WholeAnswer implements HttpAnswer {
  readonly status: number;
  readonly bytes: Uint8Array;
  readonly #head: Pick<HttpAnswer, "header">;
  #text: string | undefined;

  constructor(head: Pick<HttpAnswer, "status" | "header">, bytes: Uint8Array) {
    this.status = head.status;
    this.bytes = bytes;
    this.#head = head;
  }

  get text(): string {
    this.#text ??= utf8.decode(this.bytes);
    return this.#text;
  }

  header(name: string): string | null {
    return this.#head.header(name);
  }
}

/** Thrown when a body, or an event in it, is longer than the client takes. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
  constructor(limit: number, what = "the body of the answer", unit = "bytes") {
    super(`${what} is longer than ${limit} ${unit}`);
  }
}

/** Thrown when what the server sent can never be read as an answer, however often it is asked. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly status: number | undefined;
  constructor(message: string, status: number | undefined) {
    super(message);
    this.status = status;
  }
}

/** Wraps what broke a body whose headers had come: the server has answered, which nothing before that proves. */
export class BrokenAnswer extends Error {
  override readonly name = "BrokenAnswer";
  constructor(cause: unknown) {
    super("the connection broke inside the answer", { cause });
  }
}
