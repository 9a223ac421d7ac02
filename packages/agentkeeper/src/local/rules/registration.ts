// Registration under our own wire: safe to repeat, and able to take over a name.

import { type DeathRules, die } from "./death.ts";
import type { CommandOf, Replies } from "./model/commands.ts";
import { checkCard, checkLength, limits } from "./model/limits.ts";
import { isRefusal, type Refusal } from "./model/refusal.ts";
import { recall, requestKey, requestMemoryMs } from "./model/remembered.ts";
import type { State } from "./model/state.ts";
import { viewAgentDetail } from "./model/state-views.ts";
import type { KeeperTurn } from "./model/turn.ts";
import { liveAgentNamed, nameTaken, register } from "./registry.ts";
import { checkNotWithdrawn } from "./withdrawn.ts";

interface RegistrationRules extends DeathRules {
  readonly uniqueNames: boolean;
}

export function registerAgent(
  state: State,
  command: CommandOf<"registerAgent">,
  turn: KeeperTurn,
  rules: RegistrationRules,
): Replies["registerAgent"] | Refusal {
  const { agentId, card, ttlSeconds, requestId, replace, unique } = command;
  const refusal =
    checkLength("request_id", requestId, limits.requestId) ??
    checkCard(card) ??
    checkNotWithdrawn(state, requestId, turn.now);
  if (refusal !== undefined) {
    return refusal;
  }
  const first = recall(state.requests, requestKey(requestId), turn.now, requestMemoryMs);
  const known = state.agents.get(first?.id ?? "");
  if (known !== undefined) {
    return { detail: viewAgentDetail(known), replacedAgentId: first?.replacedAgentId ?? "" };
  }
  const holder = replace || unique ? liveAgentNamed(state, card.name) : undefined;
  if (holder !== undefined && !replace) {
    return nameTaken(card.name);
  }
  const registered = register(
    state,
    { type: "register", agentId, card, ttlSeconds, requestId },
    turn,
    { uniqueNames: rules.uniqueNames && !replace },
    () => {
      if (holder !== undefined) {
        die(state, holder, "replaced", turn, rules);
      }
      return holder?.agentId;
    },
  );
  if (isRefusal(registered)) {
    return registered;
  }
  const agent = state.agents.get(agentId);
  if (agent === undefined) {
    throw new Error("a registered agent is not in the state");
  }
  return { detail: viewAgentDetail(agent), replacedAgentId: holder?.agentId ?? "" };
}
