// A registration, whatever transport it came over: the server makes its secret, and the rules hear of the hash alone.
import type { Body } from "../../../wire/body.ts";
import type { CommandOf } from "../../rules/model/commands.ts";
import { isRefusal, type Refusal } from "../../rules/model/refusal.ts";
import { hashOf, type Surface } from "../context.ts";
import { newSecret } from "../secrets.ts";

/** Who asks to come in, and as what. */
export interface Registration
  extends Pick<CommandOf<"register">, "agentId" | "group" | "passwordHash" | "transport"> {
  readonly metadata: Body;
  /** @default those of the metadata */
  readonly capabilities?: unknown;
  /** @default true */
  readonly force?: boolean;
  /** The secret of the registration that it takes over. */
  readonly claim?: string | undefined;
}

export async function registerAgent(
  { engine }: Pick<Surface, "engine">,
  { metadata, capabilities = metadata.capabilities, force = true, claim = "", ...who }: Registration,
): Promise<{ readonly secret: string; readonly group: string } | Refusal> {
  const secret = newSecret();
  const reply = await engine.run<"register">({
    type: "register",
    ...who,
    secretHash: hashOf(secret),
    metadataText: JSON.stringify(metadata),
    capabilitiesText: capabilities === undefined ? null : JSON.stringify(capabilities),
    force,
    claim: hashOf(claim),
  });
  return isRefusal(reply) ? reply : { secret, group: reply.group };
}
