// A caller has given its request up: whatever the request was given, and nobody has used since, is given back.
import { withdrawClaimRequest } from "./claims.ts";
import { type DeathRules, die } from "./death.ts";
import { withdrawLeaseRequest } from "./lease-queue.ts";
import type { CommandOf, Replies } from "./model/commands.ts";
import { checkText, limits } from "./model/limits.ts";
import type { Refusal } from "./model/refusal.ts";
import { recall, requestKey, requestMemoryMs } from "./model/remembered.ts";
import type { State } from "./model/state.ts";
import type { KeeperTurn } from "./model/turn.ts";
import { rememberWithdrawal } from "./withdrawn.ts";

export function withdraw(
  state: State,
  { requestId }: CommandOf<"withdraw">,
  turn: KeeperTurn,
  rules: DeathRules,
): Replies["withdraw"] | Refusal {
  const refusal = checkText("request_id", requestId, limits.requestId);
  if (refusal !== undefined) {
    return refusal;
  }
  rememberWithdrawal(state, requestId, turn.now);
  const gaveBack = [
    withdrawClaimRequest(state, requestId, turn),
    withdrawLeaseRequest(state, requestId, turn),
    withdrawRegistration(state, requestId, turn, rules),
  ];
  return { givenBack: gaveBack.includes(true) };
}

function withdrawRegistration(state: State, requestId: string, turn: KeeperTurn, rules: DeathRules): boolean {
  const registered = recall(state.requests, requestKey(requestId), turn.now, requestMemoryMs);
  const agent = state.agents.get(registered?.id ?? "");
  if (agent === undefined || agent.status === "dead") {
    return false;
  }
  die(state, agent, "deregistered", turn, rules);
  return true;
}
