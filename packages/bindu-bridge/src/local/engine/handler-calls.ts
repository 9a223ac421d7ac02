// Carries turns out: the handler of an agent is called once per turn, beside the path of every request.
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Identity, sleep } from "@x/core/base";
import { grpcCodeName } from "@x/core/rpc/client";
import { type Clock, isRefusal, type Log } from "@x/core/service";
import {
  type HandleRequest,
  HandleRequestSchema,
  type HandleResponse,
} from "../../gen/bindu/grpc/agent_handler_pb.ts";
import { wellFormed } from "../../wire/well-formed.ts";
import type { CommandOf, Piece, TurnInput, TurnRef } from "../rules/model/commands.ts";
import { keyOf } from "../rules/model/entities.ts";
import type { BinduEvent } from "../rules/model/records.ts";
import type { Refusal } from "../rules/model/refusal.ts";
import type { AgentLink } from "./agent-link.ts";
import type { AgentPool } from "./agent-pool.ts";
import type { Documents } from "./documents.ts";
import type { Ending } from "./ending.ts";
import { endingOf, endingOfError } from "./endings.ts";
import type { Engine } from "./engine.ts";
import { type GrowingAnswer, readGrowing } from "./growing-answer.ts";
import { systemMessage } from "./system-message.ts";

/** A call that is over, for the metrics. */
export interface HandledCall {
  readonly agentId: string;
  /** The name of its status. */
  readonly code: string;
  readonly durationMs: number;
}

export interface HandlerCallsOptions {
  readonly engine: Engine;
  readonly pool: AgentPool;
  readonly documents: Documents;
  readonly identityOf: (agentId: string) => Pick<Identity, "sign">;
  readonly timeoutMs: number;
  /** Whether agents are told how to ask for more, where they do not say that they know. */
  readonly structuredResponses: boolean;
  readonly log: Log;
  /** The time that agents take; the server's own may stand still. */
  readonly peerClock: Clock;
  readonly onCall: (call: HandledCall) => void;
}

export interface HandlerCalls {
  /** Calls that run, of one agent or of all. */
  running(agentId?: string): number;
  /** Resolves when no call runs. */
  idle(): Promise<void>;
  /** Gives the calls of an agent so long, then ends them. */
  end(agentId: string, graceMs: number): Promise<void>;
  /** The same for all. */
  close(graceMs: number): Promise<void>;
}

interface Running {
  readonly ref: TurnRef;
  readonly ending: AbortController;
  done: Promise<void>;
}

const noteAgainMs = 1_000;

export function startHandlerCalls(options: HandlerCallsOptions): HandlerCalls {
  const { engine, pool, timeoutMs, log, peerClock } = options;
  const running = new Map<string, Running>();
  const perAgent = new Map<string, number>();
  let taking: Promise<void> = Promise.resolve();

  engine.observe({
    onEvents(events) {
      const begun = events.flatMap(begins);
      for (const event of events) {
        for (const key of ends(event)) {
          running.get(key)?.ending.abort(new ConnectError("the task was canceled", Code.Canceled));
        }
      }
      if (begun.length > 0) {
        taking = taking.then(() => take(begun)).catch(tellUnlessStopping);
      }
    },
  });

  const tellUnlessStopping = (error: unknown): void => {
    if (!engine.stopping.aborted) {
      log.error({ err: error }, "a turn could not be taken up");
    }
  };

  const take = async (turns: readonly TurnRef[]): Promise<void> => {
    const reply = await engine.readTurns(turns);
    if (isRefusal(reply)) {
      return;
    }
    for (const [index, input] of reply.inputs.entries()) {
      const ref = turns[index];
      if (input !== undefined && ref !== undefined) {
        start(ref, input);
      }
    }
  };

  const count = (agentId: string, by: number): void => {
    const now = (perAgent.get(agentId) ?? 0) + by;
    if (now === 0) {
      perAgent.delete(agentId);
    } else {
      perAgent.set(agentId, now);
    }
  };

  const start = (ref: TurnRef, input: TurnInput): void => {
    const key = keyOf(ref.agentId, ref.taskId);
    const call: Running = { ref, ending: new AbortController(), done: Promise.resolve() };
    running.set(key, call);
    count(ref.agentId, 1);
    call.done = carryOut(ref, input, call.ending.signal)
      .catch(tellUnlessStopping)
      .finally(() => {
        count(ref.agentId, -1);
        if (running.get(key) === call) {
          running.delete(key);
        }
      });
  };

  const carryOut = async (ref: TurnRef, input: TurnInput, signal: AbortSignal): Promise<void> => {
    const startedMs = peerClock.now().mono;
    const [ending, code] = await outcomeOf(ref, input, signal);
    const durationMs = peerClock.now().mono - startedMs;
    options.onCall({ agentId: ref.agentId, code, durationMs });
    await note({ type: "endTurn", ...ref, ...ending });
  };

  const outcomeOf = async (
    ref: TurnRef,
    input: TurnInput,
    signal: AbortSignal,
  ): Promise<readonly [Ending, code: string]> => {
    const shown: GrowingAnswer = { artifactId: randomUUID(), text: "" };
    let link: AgentLink | undefined;
    try {
      const request = await requestOf(input);
      link = pool.linkOf(input.agent);
      const response = await ask(link, request, input, shown, ref, signal);
      return [endingOf(response, shown, options.identityOf(ref.agentId)), "OK"];
    } catch (error) {
      const status = ConnectError.from(signal.aborted ? signal.reason : error);
      if (link !== undefined && status.code === Code.Unavailable) {
        pool.isGone(link);
      }
      return [endingOfError(status), grpcCodeName(status.code)];
    }
  };

  const requestOf = async ({ agent, task, before }: TurnInput): Promise<HandleRequest> => {
    const history = [...before, task].flatMap((each) => each.history);
    const flat = await options.documents.flatten(history);
    const first = options.structuredResponses && agent.config.systemMessage;
    return create(HandleRequestSchema, {
      messages: wellFormed(first ? [{ role: "system", content: systemMessage }, ...flat] : flat),
      taskId: task.taskId,
      contextId: wellFormed(task.contextId),
    });
  };

  const ask = async (
    link: AgentLink,
    request: HandleRequest,
    { turn }: TurnInput,
    shown: GrowingAnswer,
    ref: TurnRef,
    signal: AbortSignal,
  ): Promise<HandleResponse> => {
    const call = { signal, timeoutMs, headers: turn.headers };
    if (turn.stream && (await link.canStream())) {
      try {
        return await link.call((agent) =>
          readGrowing(agent.stream(request, call), shown, (pieces) => addPieces(ref, pieces)),
        );
      } catch (error) {
        if (ConnectError.from(error).code !== Code.Unimplemented || signal.aborted) {
          throw error;
        }
        link.cannotStream();
      }
    }
    return await link.call((agent) => agent.handle(request, call));
  };

  const addPieces = async (ref: TurnRef, pieces: readonly Piece[]): Promise<void> => {
    const reply = await engine.run({ type: "addPieces", ...ref, pieces });
    if (isRefusal<Refusal>(reply)) {
      throw new ConnectError(
        reply.detail,
        reply.refused === "stale" ? Code.Canceled : Code.ResourceExhausted,
      );
    }
  };

  /** Until a store that is down for a while has taken it: no restart comes that would end the turn. */
  const note = async (end: CommandOf<"endTurn">): Promise<void> => {
    for (let isFirst = true; !engine.stopping.aborted; isFirst = false) {
      try {
        // It may be refused, for the task was canceled or is gone: what comes late is thrown away.
        await engine.run(end);
        return;
      } catch (error) {
        if (isFirst) {
          tellUnlessStopping(error);
        }
        // Cut short when the server stops.
        await sleep(noteAgainMs, { signal: engine.stopping, clock: peerClock }).catch(() => undefined);
      }
    }
  };

  const over = async (calls: readonly Running[], graceMs: number): Promise<void> => {
    if (calls.length === 0) {
      return;
    }
    const timer = peerClock.setTimer(graceMs, () => {
      for (const { ending } of calls) {
        ending.abort(new ConnectError("the core ended the call", Code.Canceled));
      }
    });
    await Promise.all(calls.map(({ done }) => done));
    timer.cancel();
  };

  return {
    running: (agentId) => (agentId === undefined ? running.size : (perAgent.get(agentId) ?? 0)),

    async idle(): Promise<void> {
      do {
        await taking;
        await Promise.all([...running.values()].map(({ done }) => done));
        await engine.idle();
      } while (running.size > 0);
    },

    end: (agentId, graceMs) =>
      over(
        [...running.values()].filter(({ ref }) => ref.agentId === agentId),
        graceMs,
      ),

    async close(graceMs): Promise<void> {
      await taking;
      await over([...running.values()], graceMs);
    },
  };
}

function begins(event: BinduEvent): TurnRef[] {
  if (event.type !== "task" || event.event.kind !== "status" || event.event.state !== "working") {
    return [];
  }
  const { agentId, taskId, place, turn } = event;
  return [{ agentId, taskId, place, turn }];
}

/** The tasks that nobody needs an answer for any more. */
function ends(event: BinduEvent): string[] {
  if (event.type === "gone") {
    return event.taskIds.map((taskId) => keyOf(event.agentId, taskId));
  }
  return event.type === "task" && event.event.kind === "status" && event.event.state === "canceled"
    ? [keyOf(event.agentId, event.taskId)]
    : [];
}
