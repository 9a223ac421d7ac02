// What every route has at hand: the rules at work, who may call, how it is written down.
import { type CommandType, isRefusal, type RateLimit, type ReplyTo } from "@x/core/service";
import type { Names } from "../../wire/names.ts";
import type { GridWireProfile } from "../../wire/profile.ts";
import type { Engine } from "../engine/engine.ts";
import type { Command, Replies } from "../rules/model/commands.ts";
import type { GridTypes } from "../rules/model/turn.ts";
import type { Caller, Doors } from "./access.ts";
import type { Encoder } from "./encode.ts";
import { refusalProblem } from "./errors.ts";

export interface Surface {
  readonly engine: Engine;
  readonly profile: GridWireProfile;
  readonly names: Names;
  readonly encode: Encoder;
  readonly doors: Doors;
  /** Of messages into rooms, by node and room; undefined where there is none. */
  readonly roomRate: RateLimit | undefined;
  /** What the server says that it is. */
  readonly serverWords: string;
  readonly streamLifetimeMs: number;
  readonly keepAliveMs: number;
  readonly adminToken: string | undefined;
  /** Whether only this machine can reach the server. */
  readonly isLocal: boolean;
}

/**
 * Carries out a command of a caller, and answers when both it and the nonce of its request are durable.
 *
 * @throws {HttpProblem} for what the rules refuse
 */
export async function ask<Type extends Command["type"] & CommandType<GridTypes>>(
  { engine }: Pick<Surface, "engine">,
  caller: Pick<Caller, "noted"> | undefined,
  command: Extract<Command, { readonly type: Type }> & { readonly type: Type },
): Promise<Replies[Type]> {
  const [reply] = await Promise.all([engine.run<Type>(command), caller?.noted]);
  return accepted<Type>(reply);
}

function accepted<Type extends CommandType<GridTypes>>(
  reply: ReplyTo<GridTypes, Type>,
): GridTypes["Replies"][Type] {
  if (isRefusal<GridTypes["Refusal"]>(reply)) {
    throw refusalProblem(reply);
  }
  return reply as GridTypes["Replies"][Type];
}
