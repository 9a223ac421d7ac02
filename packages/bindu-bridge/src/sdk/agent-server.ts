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
import type { HandlerCall } from "./agent-events.ts";
import { type Answer, type AnswerRules, answerOf, checkLength, plain } from "./answer.ts";
import type { Handler } from "./handler.ts";
import { type AgentName, CallContext } from "./handler-context.ts";
import { statusError, statusOf } from "./handler-failure.ts";
import { answersOf, isPieces, lastAnswer } from "./pieces.ts";

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

  const begin = (request: HandleRequest, rpc: RpcContext): RunningCall => {
    if (isClosing) {
      throw shuttingDown();
    }
    running += 1;
    const began = performance.now();
    const context = new CallContext(request, rpc, options.agent(), closing.signal);
    let ended = false;
    const end = (status: string, error?: unknown): void => {
      if (ended) {
        return;
      }
      ended = true;
      context[Symbol.dispose]();
      running -= 1;
      const { taskId, contextId } = context;
      options.onCall({ taskId, contextId, durationMs: performance.now() - began, status, error });
      if (running === 0) {
        onNone?.();
      }
    };
    return {
      context,
      end,
      fail(thrown) {
        const isOver = context.isOver;
        const status = isOver ? givenUp(rpc) : statusOf(thrown);
        end(grpcCodeName(status.code), thrown);
        if (isOver || options.onError === "status") {
          throw status;
        }
        return plain(`Error: ${safeText(thrown)}`);
      },
    };
  };
  // One that does not listen to its signal is not waited for: nobody hears its answer.
  const outcomeOf = (result: unknown, { context }: RunningCall): Promise<unknown> =>
    raceSignal(Promise.resolve(result), context.signal);

  const answerLater = async (result: unknown, call: RunningCall): Promise<Answer> => {
    try {
      const value = await outcomeOf(result, call);
      const answer = isPieces(value)
        ? await lastAnswer(answersOf(value, rules, call.context.signal))
        : checkLength(answerOf(value, rules), rules);
      call.end("OK");
      return answer;
    } catch (thrown) {
      return call.fail(thrown);
    }
  };

  /** Answers in the same turn where the handler does. */
  const answer = (request: HandleRequest, rpc: RpcContext): Answer | Promise<Answer> => {
    const call = begin(request, rpc);
    try {
      const result: unknown = handler(call.context.messages, call.context);
      if (isPromise(result) || isPieces(result)) {
        return answerLater(result, call);
      }
      const given = checkLength(answerOf(result, rules), rules);
      call.end("OK");
      return given;
    } catch (thrown) {
      return call.fail(thrown);
    }
  };

  /** Each answer of one call; the last one is whole. */
  async function* answers(request: HandleRequest, rpc: RpcContext): AsyncGenerator<Answer, void, void> {
    const call = begin(request, rpc);
    try {
      const value = await outcomeOf(handler(call.context.messages, call.context), call);
      if (isPieces(value)) {
        yield* answersOf(value, rules, call.context.signal);
      } else {
        yield checkLength(answerOf(value, rules), rules);
      }
      call.end("OK");
    } catch (thrown) {
      yield call.fail(thrown);
    } finally {
      // The reader has left, or the call is over.
      call.end(grpcCodeName(Code.Canceled));
    }
  }

  return {
    service: {
      handleMessages: answer,
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

/** A call whose handler runs. */
interface RunningCall {
  readonly context: CallContext;
  /** Its outcome; only the first one counts. */
  end(status: string, error?: unknown): void;
  /** Its failure: a status, which is thrown, or the answer that tells of it. */
  fail(thrown: unknown): Answer;
}

const isPromise = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";

const shuttingDown = (): ConnectError => statusError("the agent is shutting down", Code.Unavailable);

/** The status of a call that was ended from outside: by its caller, who hears no more of it, or by the end of the agent. */
function givenUp(rpc: RpcContext): ConnectError {
  return rpc.signal.aborted ? statusError("the call was given up", Code.Canceled) : shuttingDown();
}
