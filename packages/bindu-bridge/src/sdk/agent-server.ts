// The AgentHandler of one agent: every call of its handler, from the request to an answer or a status.

import {
  Code,
  type ConnectError,
  type HandlerContext as RpcContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import { raceSignal } from "@x/core/base";
import { grpcCodeName } from "@x/core/rpc/client";
import type { AgentHandler, HandleRequest } from "../gen/bindu/grpc/agent_handler_pb.ts";
import type { Skill } from "../types.ts";
import { skillDefinition } from "../wire/handle-messages.ts";
import { safeText } from "../wire/safe-text.ts";
import { type Answer, type AnswerRules, answerOf, checkLength, plain } from "./answer.ts";
import type { Handler } from "./handler.ts";
import { type AgentName, CallContext } from "./handler-context.ts";
import { statusError, statusOf } from "./handler-failure.ts";
import { answersOf, isPieces, lastAnswer } from "./pieces.ts";

/** A call of the handler that has its outcome. */
export interface HandlerCall {
  readonly taskId: string | undefined;
  readonly contextId: string | undefined;
  readonly durationMs: number;
  /** `OK`, or the name of the gRPC status. */
  readonly status: string;
  /** What the handler threw. */
  readonly error?: unknown;
}

export interface AgentServerOptions {
  readonly handler: Handler;
  readonly rules: AnswerRules;
  /** Whether an error of the handler is told by a status, or as the text of an answer. */
  readonly onError: "status" | "message";
  readonly about: {
    readonly name: string;
    readonly description: string;
    readonly version: string;
    readonly streaming: boolean;
    readonly skills: readonly Skill[];
  };
  readonly agent: () => AgentName;
  readonly onCall: (call: HandlerCall) => void;
}

/** The calls of one handler, and their end. */
export interface AgentCalls {
  readonly service: ServiceImpl<typeof AgentHandler>;
  /** Takes no new calls from now on, and says so. */
  refuse(): void;
  /** Resolves when the last call has its outcome. */
  drained(): Promise<void>;
  /** Tells the handlers that still run to stop. */
  abort(): void;
}

export function serveHandler(options: AgentServerOptions): AgentCalls {
  const { handler, rules, about } = options;
  const closing = new AbortController();
  let running = 0;
  let isClosing = false;
  let onNone: (() => void) | undefined;

  /** Each answer of one call; the last one is whole. */
  async function* answers(request: HandleRequest, rpc: RpcContext): AsyncGenerator<Answer, void, void> {
    if (isClosing) {
      throw shuttingDown();
    }
    running += 1;
    const began = performance.now();
    using context = new CallContext(request, rpc, options.agent(), closing.signal);
    let outcome: Pick<HandlerCall, "status" | "error"> = { status: grpcCodeName(Code.Canceled) };
    try {
      // One that does not listen to its signal is not waited for: nobody hears its answer.
      const answering = Promise.resolve(handler(context.messages, context));
      const result: unknown = await raceSignal<unknown>(answering, context.signal);
      if (isPieces(result)) {
        yield* answersOf(result, rules, context.signal);
      } else {
        yield checkLength(answerOf(result, rules), rules);
      }
      outcome = { status: "OK" };
    } catch (thrown) {
      const status = context.signal.aborted ? givenUp(rpc) : statusOf(thrown);
      outcome = { status: grpcCodeName(status.code), error: thrown };
      if (context.signal.aborted || options.onError === "status") {
        throw status;
      }
      yield plain(`Error: ${safeText(thrown)}`);
    } finally {
      running -= 1;
      const { taskId, contextId } = context;
      options.onCall({ taskId, contextId, durationMs: performance.now() - began, ...outcome });
      if (running === 0) {
        onNone?.();
      }
    }
  }

  return {
    service: {
      handleMessages: (request, rpc) => lastAnswer(answers(request, rpc)),
      handleMessagesStream: answers,
      healthCheck: () =>
        isClosing ? { healthy: false, message: "shutting down" } : { healthy: true, message: "OK" },
      getCapabilities: () => ({
        name: about.name,
        description: about.description,
        version: about.version,
        supportsStreaming: about.streaming,
        skills: about.skills.map(skillDefinition),
      }),
    },
    refuse() {
      isClosing = true;
    },
    drained: () =>
      new Promise((resolve) => {
        onNone = resolve;
        if (running === 0) {
          resolve();
        }
      }),
    abort() {
      closing.abort(new Error("the agent is closing"));
    },
  };
}

const shuttingDown = (): ConnectError => statusError("the agent is shutting down", Code.Unavailable);

/** The status of a call that was ended from outside: by its caller, who hears no more of it, or by the end of the agent. */
function givenUp(rpc: RpcContext): ConnectError {
  return rpc.signal.aborted ? statusError("the call was given up", Code.Canceled) : shuttingDown();
}
