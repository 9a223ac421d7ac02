// Who is there and what they can do: the discovery mod.
import { type Body, isBody, listOf, textOf } from "../../../wire/body.ts";
import { done, type Handler } from "../messaging/request.ts";
import { parseExact } from "../model/exact-json.ts";
import type { Agent, State } from "../model/state.ts";

export const setCapabilities: Handler = ({ agent, event, turn }) => {
  const capabilities = event.payload.capabilities ?? {};
  const text = JSON.stringify(capabilities);
  if (text !== agent.facts.capabilities) {
    turn.emit({ type: "agent.able", agentId: event.source, capabilities: text });
  }
  return done("Capabilities updated", { agent_id: event.source, capabilities });
};

export const getCapabilities: Handler = ({ state, event }) => {
  const agentId = textOf(event.payload.agent_id) ?? "";
  const text = state.agents.get(agentId)?.facts.capabilities ?? "{}";
  return text === "{}"
    ? done("Agent not found or has no capabilities", { agent_id: agentId, capabilities: null })
    : done("Capabilities retrieved", { agent_id: agentId, capabilities: parseExact(text) });
};

export const searchAgents: Handler = ({ state, event }) => {
  const filter = isBody(event.payload.filter) ? event.payload.filter : {};
  const agents = listed(state, (capabilities) => fits(capabilities, filter));
  return done(`Found ${agents.length} matching agents`, { agents, count: agents.length });
};

export const listAgents: Handler = ({ state }) => {
  const agents = listed(state, () => true);
  return done(`Found ${agents.length} agents`, { agents, count: agents.length });
};

function listed(state: State, isOne: (capabilities: unknown) => boolean): Body[] {
  return [...state.agents.values()].map(viewOf).filter(({ capabilities }) => isOne(capabilities));
}

const viewOf = ({ facts }: Agent): Body => ({
  agent_id: facts.id,
  agent_group: facts.group,
  capabilities: parseExact(facts.capabilities),
});

/** Whether an agent has all that a filter names: of a list each item, of the rest the same value. */
function fits(capabilities: unknown, filter: Body): boolean {
  return Object.entries(filter).every(([name, wanted]) => {
    const has = isBody(capabilities)
      ? capabilities[name]
      : name === "capabilities"
        ? capabilities
        : undefined;
    return Array.isArray(wanted)
      ? wanted.every((item) => listOf(has).includes(item) || has === item)
      : has === wanted || listOf(has).includes(wanted);
  });
}
