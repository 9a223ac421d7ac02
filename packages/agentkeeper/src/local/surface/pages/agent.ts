// One agent: its card, what it holds and leads, and what was heard of it.
import {
  ago,
  clipped,
  facts as factList,
  html,
  type Markup,
  type Now,
  type Page,
  type Region,
  section,
  table,
  until,
} from "@x/core/service";
import type { Agent, State } from "../../rules/model/state.ts";
import { viewLease } from "../../rules/model/state-views.ts";
import { eventColumns, eventRows, isOfAgent, newestEvents } from "./event-rows.ts";
import type { PageFacts } from "./facts.ts";
import { agentState, taskLink } from "./links.ts";
import { statePage } from "./state-page.ts";

export function agentPage(facts: PageFacts): Page {
  return statePage(facts, {
    path: "/agents/:id",
    title: "Agent",
    under: "/agents",
    render: (state, now, { id }) => render(facts, state, now, id),
  });
}

/** Rows of what one agent holds: a page of its own is no list to page through. */
const mostRows = 50;

function render({ engine }: PageFacts, state: State, now: Now, id: string): readonly Region[] {
  const agent = state.agents.get(id);
  const events = newestEvents(engine, { matches: (event) => isOfAgent(event, id), limit: mostRows });
  const history = section(
    "events",
    "What was heard of it",
    table(eventColumns, eventRows(state, events, now), html`<p>Nothing, among the newest events.</p>`),
  );
  if (agent === undefined) {
    const gone = html`<p>No agent with this id is known (any more): <code>${id}</code></p>`;
    return [section("agent", "Unknown agent", gone), history];
  }
  return [
    section("agent", clipped(agent.card.name), card(agent, now)),
    section("holds", html`Leases <small>${agent.leases.size}</small>`, leases(state, agent, now)),
    section("groups", html`Groups <small>${agent.groups.size}</small>`, groups(state, agent)),
    history,
  ];
}

function card(agent: Agent, now: Now): Markup {
  const { agentId, card: shown, ttlSeconds } = agent;
  const metadata = Object.entries(shown.metadata).map(([key, value]) => `${key}=${value}`);
  return factList([
    ["status", agentState(agent, now.wall)],
    ["id", html`<code>${agentId}</code>`],
    ["version", shown.version],
    ["registered", html`${ago(agent.registeredAt, now.wall)} ago`],
    ["last beat", html`${ago(agent.lastHeartbeatAt, now.wall)} ago`],
    ["may be silent for", `${ttlSeconds} s`],
    ["description", shown.description],
    ["tools", shown.tools.join(", ")],
    ["capabilities", shown.capabilities.map(({ name }) => name).join(", ")],
    ["metadata", metadata.join(", ")],
  ]);
}

function leases(state: State, agent: Agent, now: Now): Markup {
  const rows = firstOf(agent.leases).flatMap((taskId) => {
    const lease = state.leases.get(taskId);
    return lease === undefined
      ? []
      : [
          {
            key: taskId,
            cells: [
              state.tasks.has(taskId) ? taskLink(taskId) : clipped(taskId),
              lease.token,
              ago(lease.acquiredAt, now.wall),
              until(viewLease(state, lease).expiresAt, now.wall),
            ],
          },
        ];
  });
  return table(
    [
      { title: "key" },
      { title: "token", kind: "number" },
      { title: "held for", kind: "number" },
      { title: "left", kind: "number" },
    ],
    rows,
    html`<p>It holds none.</p>`,
  );
}

function groups(state: State, { agentId, groups: all }: Agent): Markup {
  const rows = firstOf(all).map((group) => {
    const election = state.elections.get(group);
    const place = election?.candidates.indexOf(agentId) ?? -1;
    const role = election?.leaderAgentId === agentId ? "leads" : `stands by, place ${place + 1}`;
    return { key: group, cells: [clipped(group), role, election?.term ?? 0] };
  });
  return table(
    [{ title: "group" }, { title: "role", kind: "word" }, { title: "term", kind: "number" }],
    rows,
    html`<p>It is in none.</p>`,
  );
}

function firstOf(items: Iterable<string>): readonly string[] {
  const first: string[] = [];
  for (const item of items) {
    if (first.length === mostRows) {
      break;
    }
    first.push(item);
  }
  return first;
}
