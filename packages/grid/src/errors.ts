// The exceptions of the product page. `code` is what stands on the wire, a number where JSON-RPC has one, so these are no
// `ServiceError`s of core, whose code is a word: here that word is `reason`.

import { brandError, isBrandedInstance, redact, redactText } from "@x/core";

const packageName = "@x/grid";

/** What an error knows besides its message. */
export interface GridErrorOptions {
  /** The stable word for the cause, such as `not_claimed`. */
  readonly reason?: string | undefined;
  /** The method of the client that failed. */
  readonly method?: string | undefined;
  /** Whether a later repeat may succeed. @default false */
  readonly retryable?: boolean | undefined;
  /** How often the call was sent. @default 0: it never left */
  readonly attempts?: number | undefined;
  readonly requestId?: string | undefined;
  /** The message that the call carried: a repeat under this id makes no second one where the server knows repeats. */
  readonly messageId?: string | undefined;
  readonly cause?: unknown;
}

/** The base of all errors of Grid; by itself what the client refuses before anything is sent. */
export class GridError extends Error {
  readonly reason: string;
  readonly method: string | undefined;
  readonly retryable: boolean;
  readonly attempts: number;
  readonly requestId: string | undefined;
  readonly messageId: string | undefined;
  static {
    brandError(GridError, packageName, "GridError");
  }

  constructor(message: string, options: GridErrorOptions = {}) {
    super(
      redactText(message).slice(0, longestMessage),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.reason = options.reason ?? "grid_error";
    this.method = options.method;
    this.retryable = options.retryable ?? false;
    this.attempts = options.attempts ?? 0;
    this.requestId = options.requestId;
    this.messageId = options.messageId;
  }

  /** Whether a caught value is an error of Grid, of this or another copy of the package. */
  static is(value: unknown): value is GridError {
    return isBrandedInstance(GridError, value);
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this and must be judged by their own brand
    return isBrandedInstance(this, value);
  }

  /** Without stack and without secrets. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { name, message, cause, ...rest } = this;
    const shown: Record<string, unknown> = { name, message, ...rest };
    return Object.fromEntries(
      Object.entries({ ...shown, cause: cause === undefined ? undefined : redact(cause) }).filter(
        ([, value]) => value !== undefined,
      ),
    );
  }
}

const longestMessage = 4_096;

/** No connection, or one that broke. */
export class GridNetworkError extends GridError {
  /** How far the call got: before a connection, before the answer began, or within it. */
  readonly phase: "connect" | "send" | "receive";
  static {
    brandError(GridNetworkError, packageName, "GridNetworkError");
  }
  constructor(message: string, options: GridErrorOptions & { readonly phase: GridNetworkError["phase"] }) {
    super(message, { reason: "network", retryable: true, ...options });
    this.phase = options.phase;
  }
}

/** No whole answer within the time of the call; the server may have acted. */
export class GridTimeoutError extends GridNetworkError {
  readonly timeoutMs: number | undefined;
  static {
    brandError(GridTimeoutError, packageName, "GridTimeoutError");
  }
  constructor(
    message: string,
    options: GridErrorOptions & {
      readonly phase: GridNetworkError["phase"];
      readonly timeoutMs: number | undefined;
    },
  ) {
    super(message, { ...options, reason: "timeout" });
    this.timeoutMs = options.timeoutMs;
  }
}

/** What both kinds of answers have. */
interface AnswerOptions<Code> extends GridErrorOptions {
  readonly code: Code;
  readonly status: number | undefined;
  /** What the server says besides, without secrets. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The server answered with an error of HTTP, or with something that is none of the protocol (`code` `bad_response`). */
export class GridServerError extends GridError {
  readonly code: string;
  readonly status: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  /** The body, at most 500 characters. */
  readonly bodyText: string;
  readonly retryAfterMs: number | undefined;
  static {
    brandError(GridServerError, packageName, "GridServerError");
  }
  constructor(message: string, options: AnswerOptions<string> & { readonly bodyText?: string | undefined }) {
    super(message, { reason: options.code, ...options });
    this.code = options.code;
    this.status = options.status;
    this.data = withoutSecrets(options.data);
    this.bodyText = redactText(options.bodyText ?? "").slice(0, 500);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The server refused a call of the agent protocol: a JSON-RPC error, whatever the HTTP status. */
export class GridA2AError extends GridError {
  /** Such as -32001. */
  readonly code: number;
  readonly status: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;
  static {
    brandError(GridA2AError, packageName, "GridA2AError");
  }
  constructor(message: string, options: AnswerOptions<number>) {
    super(message, options);
    this.code = options.code;
    this.status = options.status;
    this.data = withoutSecrets(options.data);
    this.retryAfterMs = options.retryAfterMs;
  }
}

function withoutSecrets(
  data: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, unknown>> {
  const clean = redact(data ?? {});
  return typeof clean === "object" && clean !== null ? { ...clean } : {};
}
