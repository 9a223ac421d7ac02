// Whether a send may go out again after a lost connection.

import { extensionUris } from "../../wire/a2a/names.ts";
import type { SendMessageRequest } from "../../wire/a2a/objects.ts";
import { repeatKey } from "../../wire/a2a/repeat-key.ts";
import type { A2ASendOptions } from "./call-options.ts";
import type { AgentCard } from "./card.ts";

/** As its caller says, else where the agent knows repeats, and this one by its key or its id. */
export function mayRepeat(
  { extensions }: AgentCard,
  { message }: SendMessageRequest,
  { repeat, idempotencyKey }: Pick<A2ASendOptions, "repeat" | "idempotencyKey">,
): boolean {
  const isKnown = repeatKey(idempotencyKey, message.messageId) !== undefined;
  return repeat ?? (isKnown && extensions.some(({ uri }) => uri === extensionUris.idempotentSend));
}
