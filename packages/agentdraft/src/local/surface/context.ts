// What every route has at hand: the rules at work, who may call, what signs, and what an operator chose.
import type { Answer, HttpRequest, Log } from "@x/core/service";
import type { Engine } from "../engine/engine.ts";
import type { ServerSigner } from "../engine/signing.ts";
import type { Command, Replies } from "../rules/model/commands.ts";
import { isRefusal } from "../rules/model/refusal.ts";
import type { Doors } from "./access.ts";
import { refusalAnswer } from "./errors.ts";
import type { Strangers } from "./strangers.ts";

export interface Surface {
  readonly engine: Engine;
  readonly doors: Doors;
  /** Counts those who ask to be let in; undefined where they are not limited. */
  readonly strangers: Strangers | undefined;
  readonly signer: ServerSigner;
  /** Whether sign-in tokens are shown, webhooks may be private, and mail can be injected. */
  readonly dev: boolean;
  /** What meeting links begin with; none are made without it. */
  readonly conferencingBaseUrl: string | undefined;
  readonly log: Log;
}

/** Carries out a command and answers its reply, or the error that the refusal stands for. */
export async function answerTo<Type extends Command["type"]>(
  { engine }: Pick<Surface, "engine">,
  request: HttpRequest,
  command: Extract<Command, { type: Type }>,
  encode: (reply: Replies[Type]) => Answer,
): Promise<Answer> {
  const reply = await engine.run(command);
  return isRefusal(reply) ? refusalAnswer(reply, request.requestId) : encode(reply);
}
