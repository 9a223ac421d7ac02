// The agents: those that live, and those that died and why.
import {
  ago,
  type Column,
  clipped,
  gettingStarted,
  html,
  type Markup,
  type Now,
  orderIn,
  type Page,
  type PageQuery,
  type Picking,
  pager,
  pick,
  type Region,
  type Row,
  search,
  section,
  sortingBy,
  table,
  tabs,
} from "@x/core/service";
import type { Agent, State } from "../../rules/model/state.ts";
import { connecting, type PageFacts } from "./facts.ts";
import { agentState } from "./links.ts";

export function agentsPage(facts: PageFacts): Page {
  const { engine } = facts;
  return {
    path: "/agents",
    title: "Agents",
    count: () => engine.peek(({ agentCounts }) => agentCounts.alive + agentCounts.unreachable),
    render: ({ query }) => engine.peek((state, now) => render(facts, state, now, query)),
  };
}

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

function render(facts: PageFacts, state: State, now: Now, query: PageQuery): readonly Region[] {
  const choice = query.choice("status", statuses);
  const order = orderIn(query, choice === "dead" ? "died" : "status");
  const text = query.get("q").toLowerCase();
  const { alive, unreachable, dead } = state.agentCounts;
  const source = sourceOf(state, choice);
  const picked = pick({
    from: source.from,
    size: source.size,
    matches:
      text === "" ? source.matches : (agent) => (source.matches?.(agent) ?? true) && isNamed(agent, text),
    sort: sortingBy(keys, order),
    page: query.page,
  });
  const rows = picked.items.map((agent) => rowOf(agent, now));
  return [
    section(
      "agents",
      "Agents",
      html`<div class="controls">${tabs(query, "status", "Agents by status", [
        { value: "live", title: "Live", count: alive + unreachable },
        { value: "unreachable", title: "Unreachable", count: unreachable },
        { value: "dead", title: "Dead", count: dead },
        { value: "all", title: "All", count: alive + unreachable + dead },
      ])}${search(query, "Search names, tools, ids")}</div>`,
      table(columns, rows, nothing(facts, state, text), { query, order }),
      pager(picked, query, ["agent", "agents"]),
    ),
  ];
}

function sourceOf(state: State, choice: Choice): Pick<Picking<Agent>, "from" | "size" | "matches"> {
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

function isNamed({ agentId, card }: Agent, text: string): boolean {
  return (
    card.name.toLowerCase().includes(text) ||
    agentId.includes(text) ||
    card.tools.some((tool) => tool.toLowerCase().includes(text))
  );
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

function nothing(facts: PageFacts, { agents }: State, text: string): Markup {
  return text !== "" || agents.size > 0
    ? html`<p>No agent is like that.</p>`
    : gettingStarted(
        "No agent has registered yet. From a program:",
        `${connecting(facts)}
const agent = await client.register({
  name: "scraper-1",
  description: "Fetches and parses web pages",
  version: "1.0.0",
  tools: ["browser"],
});`,
      );
}
