// What every route has at hand: the rules at work, who may call, what signs, and what an operator chose.
import type { Answer, HttpRequest, Log } from "@x/core/service";
import type { Doors } from "./access.ts";
import type { Arbiter } from "./arbiter.ts";
import type { Command, Replies } from "./commands.ts";
import { refusalAnswer } from "./error-shape.ts";
import { isRefusal } from "./refusal.ts";
import type { ServerSigner } from "./signing.ts";

export interface Surface {
  readonly arbiter: Arbiter;
  readonly doors: Doors;
  readonly signer: ServerSigner;
  /** Whether sign-in tokens are shown, webhooks may be private, and mail can be injected. */
  readonly dev: boolean;
  /** What meeting links begin with; none are made without it. */
  readonly conferencingBaseUrl: string | undefined;
  readonly log: Log;
}

/** Carries out a command and answers its reply, or the error that the refusal stands for. */
export async function answerTo<Type extends Command["type"]>(
  { arbiter }: Pick<Surface, "arbiter">,
  request: HttpRequest,
  command: Extract<Command, { type: Type }>,
  encode: (reply: Replies[Type]) => Answer,
): Promise<Answer> {
  const reply = await arbiter.run(command);
  return isRefusal(reply) ? refusalAnswer(reply, request.requestId) : encode(reply);
}
