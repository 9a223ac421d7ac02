// What every route has at hand: the rules at work, and who else works beside them.

import {
  type Clock,
  type CommandType,
  HttpProblem,
  type HttpRoute,
  isRefusal,
  type Log,
  type ProblemAnswer,
  type ReplyTo,
} from "@x/core/service";
import type { Registry } from "prom-client";
import type { Engine } from "../engine/engine.ts";
import type { HandlerCalls } from "../engine/handler-calls.ts";
import type { Identities } from "../engine/identities.ts";
import type { Liveness } from "../engine/liveness.ts";
import type { WebhookRules } from "../engine/webhook-post.ts";
import type { Command, Replies } from "../rules/model/commands.ts";
import type { Agent } from "../rules/model/entities.ts";
import type { Refusal } from "../rules/model/refusal.ts";
import type { BinduTypes } from "../rules/model/turn.ts";
import { refusalProblem } from "./errors.ts";

export interface Surface {
  readonly engine: Engine;
  readonly identities: Identities;
  readonly liveness: Liveness;
  readonly calls: HandlerCalls;
  readonly log: Log;
  /** The time of other machines. */
  readonly peerClock: Clock;
  /** How long a caller that waits for the end of a turn waits at most, in milliseconds. */
  readonly blockingMs: number;
  readonly webhooks: WebhookRules;
  /** Whether what is kept outlives the process. */
  readonly isDurable: boolean;
  /** When the server began, on the monotonic clock. */
  readonly startedMono: number;
  /** What Prometheus is told at the port of an agent. */
  readonly metricsOf: (agentId: string) => Registry;
  /** The server takes no new work: it stops. */
  readonly isStopping: () => boolean;
}

/** The face of another protocol at the port of an agent. */
export interface AgentFace {
  /** Methods of JSON-RPC at `/` that are this face's, whatever else stands there. */
  readonly methods: ReadonlySet<string>;
  readonly rpc: HttpRoute;
  /** Where it stands by itself. */
  readonly routes: readonly HttpRoute[];
  /** Tells what goes wrong at a path where nothing stands, if that is one of its own. */
  problem(path: string): ProblemAnswer | undefined;
}

/** Makes the face for one agent. */
export type MakeFace = (surface: Surface, agentId: string) => AgentFace;

/**
 * Carries out a command.
 *
 * @throws {HttpProblem} for what the rules refuse
 */
export async function ask<Type extends Command["type"] & CommandType<BinduTypes>>(
  { engine }: Pick<Surface, "engine">,
  command: Extract<Command, { readonly type: Type }> & { readonly type: Type },
  options?: { readonly signal?: AbortSignal },
): Promise<Replies[Type]> {
  const reply: ReplyTo<BinduTypes, Type> = await engine.run<Type>(command, options);
  if (isRefusal<Refusal>(reply)) {
    throw refusalProblem(reply);
  }
  return reply as Replies[Type];
}

/** The agent as it is registered. */
export function agentOf({ engine }: Pick<Surface, "engine">, agentId: string): Agent {
  const agent = engine.peek((state) => state.agents.get(agentId));
  if (agent === undefined) {
    throw new HttpProblem(503, "unavailable", "this agent is being registered");
  }
  return agent;
}
