// What one call tells its handler. Most handlers look at little of it, so it is made when they do.

import type { HandlerContext as RpcContext } from "@connectrpc/connect";
import { type LinkedSignal, linkSignals } from "@x/core/base";
import type { HandleRequest } from "../gen/bindu/grpc/agent_handler_pb.ts";
import type { ChatMessage } from "../types.ts";
import { type HandlerHeaders, readHandlerHeaders } from "../wire/handler-headers.ts";
import type { HandlerContext } from "./handler.ts";

/** Who answers; it is asked at each call, for a core may give another name when it is back. */
export type AgentName = HandlerContext["agent"];

export class CallContext implements HandlerContext, Disposable {
  readonly messages: readonly ChatMessage[];
  readonly taskId: string | undefined;
  readonly contextId: string | undefined;
  readonly deadline: Date | undefined;
  readonly agent: AgentName;
  readonly #rpc: RpcContext;
  readonly #closing: AbortSignal;
  #linked: LinkedSignal | undefined;
  #isEnded = false;
  #headers: HandlerHeaders | undefined;

  /** @param closing aborts when the agent closes and its grace is over */
  constructor(request: HandleRequest, rpc: RpcContext, agent: AgentName, closing: AbortSignal) {
    this.messages = request.messages.map(({ role, content }) => ({ role, content }));
    this.taskId = request.taskId || undefined;
    this.contextId = request.contextId || undefined;
    const timeoutMs = rpc.timeoutMs();
    this.deadline = timeoutMs === undefined ? undefined : new Date(Date.now() + timeoutMs);
    this.agent = agent;
    this.#rpc = rpc;
    this.#closing = closing;
  }

  get signal(): AbortSignal {
    // Who asks when the call is over hears of that alone, and leaves no listener at the agent's own signal.
    this.#linked ??= linkSignals(this.#rpc.signal, this.#isEnded ? undefined : this.#closing);
    return this.#linked.signal;
  }

  /** Whether somebody has given the call up. Who never asked for the signal was not told either. */
  get isOver(): boolean {
    return this.#linked?.signal.aborted ?? false;
  }

  remainingMs(): number {
    return Math.max(0, this.#rpc.timeoutMs() ?? Infinity);
  }

  get lastUserMessage(): string | undefined {
    return this.messages.findLast(({ role }) => role === "user")?.content;
  }

  get history(): readonly ChatMessage[] {
    return this.messages[0]?.role === "system" ? this.messages.slice(1) : this.messages;
  }

  get messageId(): string | undefined {
    return this.#said.messageId;
  }

  get protocol(): string {
    const { a2aVersion } = this.#said;
    return a2aVersion === undefined ? "bindu" : `a2a/${a2aVersion}`;
  }

  get extensions(): readonly string[] {
    return this.#said.extensions ?? [];
  }

  get traceparent(): string | undefined {
    return this.#said.traceparent;
  }

  get tracestate(): string | undefined {
    return this.#said.tracestate;
  }

  get #said(): HandlerHeaders {
    const { requestHeader } = this.#rpc;
    this.#headers ??= readHandlerHeaders((name) => requestHeader.get(name));
    return this.#headers;
  }

  [Symbol.dispose](): void {
    this.#isEnded = true;
    this.#linked?.[Symbol.dispose]();
  }
}
