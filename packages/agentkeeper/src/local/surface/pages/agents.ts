// The agents: those that live, and those that died and why.
import {
  ago,
  type Column,
  clipped,
  html,
  type List,
  listSection,
  type Markup,
  type Now,
  type Page,
  type Row,
  tabs,
} from "@x/core/service";
import type { Agent, State } from "../../rules/model/state.ts";
import { connecting, type PageFacts } from "./facts.ts";
import { agentState } from "./links.ts";
import { statePage } from "./state-page.ts";

const columns: readonly Column[] = [
  { title: "name", sort: "name" },
  { title: "status", sort: "status" },
  { title: "age", kind: "number", sort: "age" },
  { title: "last beat", kind: "number", sort: "beat" },
  { title: "leases", kind: "number", sort: "leases" },
  { title: "groups", kind: "number", sort: "groups" },
  { title: "tools" },
  { title: "id", kind: "word", wide: true },
];

/** Those that somebody should look at come first. */
const ranks = { unreachable: 0, alive: 1, dead: 2 } as const;

const keys: Readonly<Record<string, (agent: Agent) => string | number>> = {
  name: ({ card }) => card.name.toLowerCase(),
  status: ({ status }) => ranks[status],
  age: ({ ordinal }) => -ordinal,
  beat: ({ lastHeartbeatAt }) => -lastHeartbeatAt,
  leases: ({ leases }) => leases.size,
  groups: ({ groups }) => groups.size,
  died: ({ diedAt = 0 }) => -diedAt,
};

const statuses = ["live", "unreachable", "dead", "all"] as const;
type Choice = (typeof statuses)[number];

export function agentsPage(facts: PageFacts): Page {
  return statePage(facts, {
    path: "/agents",
    title: "Agents",
    count: ({ agentCounts }) => agentCounts.alive + agentCounts.unreachable,
    render(state, now, { query }) {
      const choice = query.choice("status", statuses);
      const { alive, unreachable, dead } = state.agentCounts;
      return [
        listSection<Agent>(query, {
          id: "agents",
          title: "Agents",
          words: ["agent", "agents"],
          ...sourceOf(state, choice),
          known: state.agents.size,
          columns,
          keys,
          order: choice === "dead" ? "died" : "status",
          tabs: tabs(query, "status", "Agents by status", [
            { value: "live", title: "Live", count: alive + unreachable },
            { value: "unreachable", title: "Unreachable", count: unreachable },
            { value: "dead", title: "Dead", count: dead },
            { value: "all", title: "All", count: alive + unreachable + dead },
          ]),
          searches: "Search names, tools, ids",
          texts: ({ agentId, card }) => [card.name, agentId, ...card.tools],
          row: (agent) => rowOf(agent, now),
          start: {
            sentence: "No agent has registered yet. From a program:",
            code: `${connecting(facts)}
const agent = await client.register({
  name: "scraper-1",
  description: "Fetches and parses web pages",
  version: "1.0.0",
  tools: ["browser"],
});`,
          },
        }),
      ];
    },
  });
}

function sourceOf(state: State, choice: Choice): Pick<List<Agent>, "from" | "size" | "matches"> {
  const all = { from: state.agents.values(), size: state.agents.size };
  switch (choice) {
    case "live":
      return state.dead.size === 0 ? all : { ...all, matches: ({ status }) => status !== "dead" };
    case "unreachable":
      return { ...all, matches: ({ status }) => status === "unreachable" };
    case "dead":
      return { from: deadAgents(state), size: state.dead.size };
    case "all":
      return all;
  }
}

function* deadAgents(state: State): Generator<Agent> {
  for (const agentId of state.dead) {
    const agent = state.agents.get(agentId);
    if (agent !== undefined) {
      yield agent;
    }
  }
}

function rowOf(agent: Agent, now: Now): Row {
  const { agentId, card } = agent;
  return {
    key: agentId,
    cells: [
      html`<a href="/agents/${encodeURIComponent(agentId)}">${clipped(card.name, 60)}</a>`,
      agentState(agent, now.wall),
      ago(agent.registeredAt, now.wall),
      ago(agent.lastHeartbeatAt, now.wall),
      agent.leases.size,
      agent.groups.size,
      toolList(card.tools),
      html`<code>${agentId}</code>`,
    ],
  };
}

const toolsShown = 5;

function toolList(tools: readonly string[]): Markup {
  const more = tools.length > toolsShown ? ` and ${tools.length - toolsShown} more` : "";
  return html`${clipped(tools.slice(0, toolsShown).join(", "), 80)}${more}`;
}
