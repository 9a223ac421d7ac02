// Which agents are served: registered, registered anew, taken away.
import type { CommandOf, Replies } from "../model/commands.ts";
import type { Agent } from "../model/entities.ts";
import { limits } from "../model/limits.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { State } from "../model/state.ts";
import type { BinduTurn } from "../model/turn.ts";
import { storable } from "../model/weight.ts";
import { overlap, placeOf } from "./place.ts";

export function register(
  state: State,
  { agent: given }: CommandOf<"register">,
  turn: BinduTurn,
): Replies["register"] | Refusal {
  const { agentId, config, skills } = given;
  const before = state.agents.get(agentId);
  const other = servedAt(state, given);
  if (other !== undefined) {
    return refuse("url_served", `${config.url} is already served by agent ${other.agentId}`);
  }
  if (before === undefined && state.agents.size >= limits.agents) {
    return refuse("too_many_agents", `this core keeps ${limits.agents} agents`);
  }
  const isSame =
    before !== undefined &&
    JSON.stringify([before.config, before.skills]) === JSON.stringify([config, skills]);
  const agent: Agent = {
    ...storable(given),
    registered: true,
    registeredMs: turn.now.wall,
    changedMs: isSame ? before.changedMs : turn.now.wall,
  };
  turn.emit({ type: "agent.set", agent });
  return { agent, before };
}

/** Another agent that is registered where this one shall be. */
function servedAt(state: State, { agentId, config }: Pick<Agent, "agentId" | "config">): Agent | undefined {
  const place = placeOf(config.url);
  for (const other of state.agents.values()) {
    if (other.registered && other.agentId !== agentId && overlap(placeOf(other.config.url), place)) {
      return other;
    }
  }
  return undefined;
}

const notFound = (agentId: string): Refusal => refuse("agent_not_found", `Agent ${agentId} not found`);

export function unregister(
  state: State,
  { agentId }: CommandOf<"unregister">,
  turn: BinduTurn,
): Replies["unregister"] | Refusal {
  const agent = state.agents.get(agentId);
  if (agent?.registered !== true) {
    return notFound(agentId);
  }
  turn.emit({ type: "agent.unregistered", agentId });
  return { agent };
}

export function getAgent(state: State, { agentId }: CommandOf<"getAgent">): Replies["getAgent"] | Refusal {
  const agent = state.agents.get(agentId);
  return agent === undefined ? notFound(agentId) : { agent };
}

export function heartbeat(state: State, { agentId }: CommandOf<"heartbeat">): Replies["heartbeat"] {
  return { known: state.agents.get(agentId)?.registered === true };
}
