// The exceptions of the bridge: what an agent, a core or a configuration gave as the reason.

import { brandError, isBrandedInstance, redact, redactText } from "@x/core/base";

const packageName = "@x/bindu-bridge";

/** What an error knows besides its message. */
export interface BinduErrorOptions {
  /** Whether the same may succeed later. @default as the class means it */
  readonly retryable?: boolean | undefined;
  /** The number of the gRPC status, where there was one: 14 is UNAVAILABLE. */
  readonly grpcCode?: number | undefined;
  /** The text of the status or of the reply as it came. */
  readonly details?: string | undefined;
  /** `host:port` of the agent or the core. */
  readonly address?: string | undefined;
  readonly cause?: unknown;
}

/** What a class says about all its errors. */
interface BinduErrorDefaults {
  readonly code: string;
  readonly retryable?: boolean;
}

/**
 * The base of all errors of the bridge. Branch on `code` or on the class; the message is for people. `instanceof` also knows errors of
 * another copy of the package.
 */
export class BinduError extends Error {
  /** Stable text for programs, such as `agent_unavailable`. */
  readonly code: string;
  readonly retryable: boolean;
  readonly grpcCode: number | undefined;
  readonly details: string;
  readonly address: string | undefined;
  static {
    brandError(BinduError, packageName, "BinduError");
  }

  constructor(
    message: string,
    options: BinduErrorOptions = {},
    defaults: BinduErrorDefaults = { code: "bindu_error" },
  ) {
    super(
      redactText(message.slice(0, longestMessage)),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = defaults.code;
    this.retryable = options.retryable ?? defaults.retryable ?? false;
    this.grpcCode = options.grpcCode;
    this.details = options.details ?? message;
    this.address = options.address;
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this and must be judged by their own brand
    return isBrandedInstance(this, value);
  }

  /** Without stack and without secrets. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { name, message, cause, ...rest } = this;
    const shown: Record<string, unknown> = { name, message, ...rest, details: redactText(this.details) };
    return Object.fromEntries(
      Object.entries({ ...shown, cause: cause === undefined ? undefined : redact(cause) }).filter(
        ([, value]) => value !== undefined,
      ),
    );
  }
}

const longestMessage = 4_096;

/** Nobody answers at the agent's address (UNAVAILABLE), or the agent is closing. Nothing says whether it acted. */
export class AgentUnavailableError extends BinduError {
  static {
    brandError(AgentUnavailableError, packageName, "AgentUnavailableError");
  }
  constructor(message: string, options: BinduErrorOptions = {}) {
    super(message, options, { code: "agent_unavailable", retryable: true });
  }
}

/** No whole answer within the time of the call (DEADLINE_EXCEEDED). The agent was told to stop; it may have acted. */
export class AgentTimeoutError extends BinduError {
  static {
    brandError(AgentTimeoutError, packageName, "AgentTimeoutError");
  }
  constructor(message: string, options: BinduErrorOptions = {}) {
    super(message, options, { code: "agent_timeout" });
  }
}

/** The call was given up: by its signal, by the end of its client, or by the agent (CANCELLED). */
export class AgentCancelledError extends BinduError {
  static {
    brandError(AgentCancelledError, packageName, "AgentCancelledError");
  }
  constructor(message: string, options: BinduErrorOptions = {}) {
    super(message, options, { code: "agent_cancelled" });
  }
}

/** The agent has no such method (UNIMPLEMENTED): it does not stream, or something else listens there. */
export class AgentUnimplementedError extends BinduError {
  static {
    brandError(AgentUnimplementedError, packageName, "AgentUnimplementedError");
  }
  constructor(message: string, options: BinduErrorOptions = {}) {
    super(message, options, { code: "agent_unimplemented" });
  }
}

/** Request or answer are longer than one of the ends takes (RESOURCE_EXHAUSTED). */
export class MessageTooLargeError extends BinduError {
  static {
    brandError(MessageTooLargeError, packageName, "MessageTooLargeError");
  }
  constructor(message: string, options: BinduErrorOptions = {}) {
    super(message, options, { code: "message_too_large" });
  }
}

/** The handler failed (INTERNAL, UNKNOWN and every other status), or its answer was none. `details` is what it said. */
export class AgentHandlerError extends BinduError {
  static {
    brandError(AgentHandlerError, packageName, "AgentHandlerError");
  }
  constructor(message: string, options: BinduErrorOptions = {}) {
    super(message, options, { code: "agent_handler_error" });
  }
}

/** A core refused an agent, or serves another one in its place. */
export class RegistrationError extends BinduError {
  /** The core's text as it came; empty where the core gave none. */
  readonly reply: string;
  static {
    brandError(RegistrationError, packageName, "RegistrationError");
  }
  constructor(message: string, options: BinduErrorOptions & { readonly reply?: string | undefined } = {}) {
    super(message, options, { code: "registration_failed" });
    this.reply = options.reply ?? "";
  }
}

/** A configuration or an option that no core is asked about. */
export class ConfigError extends BinduError {
  /** Which one, such as `deployment.url`. */
  readonly field: string;
  static {
    brandError(ConfigError, packageName, "ConfigError");
  }
  constructor(message: string, options: BinduErrorOptions & { readonly field: string }) {
    super(message, options, { code: "invalid_config" });
    this.field = options.field;
  }
}

/** No core answers, and none could be started. */
export class CoreUnavailableError extends BinduError {
  static {
    brandError(CoreUnavailableError, packageName, "CoreUnavailableError");
  }
  constructor(message: string, options: BinduErrorOptions = {}) {
    super(message, options, { code: "core_unavailable", retryable: true });
  }
}
