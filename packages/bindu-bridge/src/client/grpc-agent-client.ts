// The callable that stands where a local handler would stand, and asks an agent process in any language.

import { linkSignals, must, type OptionRules } from "@x/core/base";
import { ConfigError } from "../errors.ts";
import type { AgentResult, Capabilities, InputMessage } from "../types.ts";
import { type AgentCall, type AgentConnection, connectAgent } from "../wire/agent-connection.ts";
import { agentResult, handleRequest, skillOf } from "../wire/handle-messages.ts";
import type { TlsOptions } from "../wire/tls-options.ts";
import { check } from "./check-options.ts";

/** Options of a {@link GrpcAgentClient}. */
export interface GrpcAgentClientOptions<Streaming extends boolean = false> {
  /**
   * The whole of one call, in milliseconds; above 0, or `Infinity`. The agent gets it as its deadline.
   * @default 30_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether a call of the client streams, as {@link GrpcAgentClient.stream} does.
   * @default false
   */
  readonly useStreaming?: Streaming | undefined;
  /**
   * Speak TLS, with these certificates; `{}` trusts what Node trusts.
   * @default none: clear text, for this machine or a network that is trusted
   */
  readonly credentials?: TlsOptions | undefined;
  /**
   * Longest request and longest answer, in bytes; 1 or more. The official class has 4,194,304, and so have its peers.
   * @default 16_777_216
   */
  readonly maxMessageBytes?: number | undefined;
}

/** Options of one call of an agent. */
export interface AgentCallOptions {
  /** Ends the call at once; the agent is told. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The whole call, in milliseconds; above 0, or `Infinity`.
   * @default the client's `timeoutMs`
   */
  readonly timeoutMs?: number | undefined;
  /** Which task it is about, for handlers that look. @default none, as the official class has it */
  readonly taskId?: string | undefined;
  readonly contextId?: string | undefined;
  /** Metadata to send along, such as `traceparent`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What a class cannot say of itself: its instances are called, and what that answers goes by their mode. */
export interface GrpcAgentClient<Streaming extends boolean = false>
  extends Pick<CallableFunction, "apply" | "bind" | "call"> {
  (
    messages: readonly InputMessage[],
    options?: AgentCallOptions,
  ): Streaming extends true ? AsyncGenerator<AgentResult, void, void> : Promise<AgentResult>;
}

/** Makes a class of what its constructor is given. */
class Callable {
  constructor(target: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the one way to an instance that is a function
    return target;
  }
}

/**
 * An agent process as a function: messages in, its answer out. It connects at the first call, and again after a loss; a call is made
 * once and never repeated, for a handler may have acted already.
 *
 * Calls throw AgentUnavailableError, AgentTimeoutError, AgentCancelledError, AgentUnimplementedError, MessageTooLargeError or
 * AgentHandlerError, ConfigError for options that are none, and TypeError for text that is no string.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the constructor makes what the interface says
export class GrpcAgentClient<Streaming extends boolean = false> extends Callable {
  /** Where the agent is, as it was given. */
  readonly address: string;
  /** Of calls that name none, in milliseconds. */
  readonly timeoutMs: number;
  readonly mode: "unary" | "streaming";
  readonly #agent: AgentConnection;

  static {
    // An instance is a function too: it can be bound and applied.
    Object.setPrototypeOf(GrpcAgentClient.prototype, Function.prototype);
    Object.defineProperty(GrpcAgentClient.prototype, Symbol.for("nodejs.util.inspect.custom"), {
      value: GrpcAgentClient.prototype.toString,
    });
  }

  /**
   * Opens no connection.
   *
   * @param callbackAddress `host:port` of the agent, as it registered it; IPv6 in brackets
   * @throws ConfigError for options that are none
   */
  constructor(callbackAddress: string, options: GrpcAgentClientOptions<Streaming> = {}) {
    let act: (messages: readonly InputMessage[], options?: AgentCallOptions) => unknown;
    const target: object = (messages: readonly InputMessage[], call?: AgentCallOptions) =>
      act(messages, call);
    super(Object.setPrototypeOf(target, new.target.prototype));
    check(options, clientRules, "new GrpcAgentClient");
    if (typeof callbackAddress !== "string") {
      throw new ConfigError(
        "new GrpcAgentClient: callbackAddress must be a string such as localhost:50052.",
        {
          field: "callbackAddress",
        },
      );
    }
    this.address = callbackAddress;
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.mode = options.useStreaming === true ? "streaming" : "unary";
    const { credentials, maxMessageBytes = 16_777_216 } = options;
    this.#agent = connectAgent(callbackAddress, { credentials, maxMessageBytes });
    act = this.mode === "streaming" ? (...call) => this.stream(...call) : (...call) => this.#ask(...call);
  }

  /**
   * The answer in pieces, in either mode. The call begins when the first piece is asked for; leaving the loop ends it, and the agent is
   * told. The time of the call covers all pieces. The last piece is the whole answer.
   */
  stream(
    messages: readonly InputMessage[],
    options: AgentCallOptions = {},
  ): AsyncGenerator<AgentResult, void, void> {
    const link = linkSignals(options.signal);
    const pieces = this.#pieces(messages, options, link.signal);
    const leave = (): void => link.abort(new Error("the reader left the stream"));
    // A generator that waits for its next piece hears of a return only behind it; the signal ends the wait.
    return {
      next: () => pieces.next(),
      return(value) {
        leave();
        return pieces.return(value);
      },
      throw(error) {
        leave();
        return pieces.throw(error);
      },
      [Symbol.asyncIterator]() {
        return this;
      },
      async [Symbol.asyncDispose]() {
        leave();
        await pieces.return();
      },
    };
  }

  /** Whether the agent says that it is well, within 5 seconds; `false` for whatever else happens. */
  async healthCheck(): Promise<boolean> {
    try {
      const { healthy } = await this.#agent.health({ timeoutMs: lookMs });
      return healthy;
    } catch {
      return false;
    }
  }

  /** What the agent says of itself, within 5 seconds; `null` for whatever else happens. */
  async getCapabilities(): Promise<Capabilities | null> {
    try {
      const { name, description, version, supportsStreaming, skills } = await this.#agent.capabilities({
        timeoutMs: lookMs,
      });
      return { name, description, version, supportsStreaming, skills: skills.map(skillOf) };
    } catch {
      return null;
    }
  }

  /** Ends the connection, and calls that are open with AgentCancelledError. Idempotent; a later call connects again. */
  async close(): Promise<void> {
    await this.#agent.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** As the official class prints itself. */
  override toString(): string {
    const seconds = this.timeoutMs / 1_000;
    const timeout = Number.isInteger(seconds)
      ? seconds.toFixed(1)
      : String(seconds).replace("Infinity", "inf");
    return `GrpcAgentClient(address='${this.address}', timeout=${timeout}, mode=${this.mode})`;
  }

  async #ask(messages: readonly InputMessage[], options: AgentCallOptions = {}): Promise<AgentResult> {
    check(options, callRules, "the call of an agent");
    const request = await handleRequest(messages, options);
    return agentResult(await this.#agent.handle(request, this.#callOf(options, options.signal)));
  }

  async *#pieces(
    messages: readonly InputMessage[],
    options: AgentCallOptions,
    signal: AbortSignal,
  ): AsyncGenerator<AgentResult, void, void> {
    check(options, callRules, "stream");
    const request = await handleRequest(messages, options);
    for await (const chunk of this.#agent.stream(request, this.#callOf(options, signal))) {
      yield agentResult(chunk);
    }
  }

  #callOf({ timeoutMs, headers }: AgentCallOptions, signal: AbortSignal | undefined): AgentCall {
    return { signal, headers, timeoutMs: timeoutMs ?? this.timeoutMs };
  }
}

/** {@link GrpcAgentClient} without `new`. */
export function grpcAgentClient<Streaming extends boolean = false>(
  callbackAddress: string,
  options?: GrpcAgentClientOptions<Streaming>,
): GrpcAgentClient<Streaming> {
  return new GrpcAgentClient(callbackAddress, options);
}

/** How long health and capabilities are waited for. */
const lookMs = 5_000;

const clientRules: OptionRules<GrpcAgentClientOptions<boolean>> = {
  timeoutMs: must.beTimeoutMs,
  useStreaming: must.beBoolean,
  credentials: must.follow<TlsOptions>({
    ca: must.beTextOrBytes,
    cert: must.beTextOrBytes,
    key: { ...must.beTextOrBytes, secret: true },
    serverName: must.beFullText,
  }),
  maxMessageBytes: must.beWhole(1),
};

const callRules: OptionRules<AgentCallOptions> = {
  signal: must.beSignal,
  timeoutMs: must.beTimeoutMs,
  taskId: must.beText,
  contextId: must.beText,
  headers: must.beTextMap,
};
