// The page for someone on call: who is there, who holds what, who leads, what is queued, and what just happened.

import { html, type Markup, type Now } from "@x/core/service";
import type { State } from "../../rules/model/state.ts";
import { viewLease } from "../../rules/model/state-views.ts";
import type { BusEvent } from "../../rules/model/views.ts";
import { styles } from "./styles.ts";

/** What the page needs beside the state. */
export interface DashboardFacts {
  readonly version: string;
  readonly grpcAddress: string;
  readonly store: string;
  readonly healthy: boolean;
  readonly watchers: number;
  /** Oldest first. */
  readonly recentEvents: readonly BusEvent[];
}

/** Rows per table; the page says how many more there are. */
const mostRows = 100;

export function renderDashboard(state: State, now: Now, facts: DashboardFacts): string {
  const { alive, unreachable, dead } = state.agentCounts;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>AgentKeeper</title>
<style>${styles}</style>
</head>
<body>
<header>
<h1>AgentKeeper</h1>
<p>${facts.grpcAddress} · store ${facts.store} · ${facts.version} · ${new Date(now.wall).toISOString()}</p>
<p class="${facts.healthy ? "good" : "bad"}">${facts.healthy ? "healthy" : "the store takes no writes"}</p>
</header>
<ul class="numbers">
<li><b id="agents-alive">${alive + unreachable}</b> agents alive</li>
<li><b id="leases-active">${state.leases.size}</b> leases active</li>
<li><b>${state.elections.size}</b> election groups</li>
<li><b>${state.taskCounts.pending}</b> tasks pending</li>
<li><b>${state.taskCounts.claimed}</b> tasks claimed</li>
<li><b>${state.policies.size}</b> policies</li>
<li><b>${facts.watchers}</b> watchers</li>
</ul>
<main>
${agentsTable(state, now, dead)}
${leasesTable(state, now)}
${electionsTable(state, now)}
${tasksTable(state)}
${eventsTable(facts.recentEvents, now)}
</main>
</body>
</html>
`;
  return page.markup;
}

interface Column {
  readonly title: string;
  /** `n`: a number, to the right; `w`: one word, never broken; text by default. */
  readonly kind?: "n" | "w";
}

type Cell = string | number | Markup;

function table(
  title: string,
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  all: number,
): Markup {
  if (rows.length === 0) {
    return html`<section><h2>${title}</h2><p class="none">none</p></section>`;
  }
  const head = columns.map((column) => html`<th${classOf(column)}>${column.title}</th>`);
  const body = rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, index) => html`<td${classOf(columns[index])}>${cell}</td>`)}</tr>\n`,
  );
  const more = all > rows.length ? html`<p class="none">and ${all - rows.length} more</p>` : html``;
  return html`<section><h2>${title}</h2>
<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>${more}</section>`;
}

function classOf(column: Column | undefined): Markup {
  return column?.kind === undefined ? html`` : html` class="${column.kind}"`;
}

function agentsTable(state: State, now: Now, dead: number): Markup {
  const live = [...state.agents.values()].filter((agent) => agent.status !== "dead");
  const rows = live
    .sort(
      (a, b) =>
        Number(a.status === "alive") - Number(b.status === "alive") || a.registeredAt - b.registeredAt,
    )
    .slice(0, mostRows)
    .map((agent) => [
      agent.card.name,
      html`<span class="${agent.status}">${agent.status.toUpperCase()}</span>`,
      age(now.wall - agent.registeredAt),
      age(now.wall - agent.lastHeartbeatAt),
      agent.leases.size,
      agent.card.tools.join(", "),
      html`<code>${agent.agentId}</code>`,
    ]);
  const columns: Column[] = [
    { title: "name" },
    { title: "status", kind: "w" },
    { title: "age", kind: "n" },
    { title: "last beat", kind: "n" },
    { title: "leases", kind: "n" },
    { title: "tools" },
    { title: "id", kind: "w" },
  ];
  return table(`Agents (${dead} dead)`, columns, rows, live.length);
}

function leasesTable(state: State, now: Now): Markup {
  const rows = firstOf(state.leases.values()).map((lease) => [
    lease.taskId,
    nameOf(state, lease.agentId),
    lease.token,
    age(viewLease(state, lease).expiresAt - now.wall),
  ]);
  const columns: Column[] = [
    { title: "key" },
    { title: "holder" },
    { title: "token", kind: "n" },
    { title: "left", kind: "n" },
  ];
  return table("Leases", columns, rows, state.leases.size);
}

function electionsTable(state: State, now: Now): Markup {
  const rows = firstOf(state.elections.values()).map((election) => [
    election.group,
    election.leaderAgentId === "" ? "nobody" : nameOf(state, election.leaderAgentId),
    election.term,
    election.electedAt === undefined ? "" : age(now.wall - election.electedAt),
    election.candidates.length,
  ]);
  const columns: Column[] = [
    { title: "group" },
    { title: "leader" },
    { title: "term", kind: "n" },
    { title: "since", kind: "n" },
    { title: "standing by", kind: "n" },
  ];
  return table("Elections", columns, rows, state.elections.size);
}

function tasksTable(state: State): Markup {
  const { pending, claimed, completed, dead } = state.taskCounts;
  const rows = [
    ["pending", pending],
    ["claimed", claimed],
    ["completed", completed],
    ["dead", dead],
  ];
  return table("Tasks", [{ title: "state" }, { title: "count", kind: "n" }], rows, rows.length);
}

function eventsTable(events: readonly BusEvent[], now: Now): Markup {
  const rows = [...events]
    .reverse()
    .map((event) => [
      event.sequence,
      `${age(now.wall - event.occurredAt)} ago`,
      event.topic,
      subjectOf(event),
    ]);
  const columns: Column[] = [
    { title: "#", kind: "n" },
    { title: "when", kind: "n" },
    { title: "topic", kind: "w" },
    { title: "what" },
  ];
  return table("Last events", columns, rows, rows.length);
}

function subjectOf(event: BusEvent): string {
  if ("agent" in event) {
    return event.agent.card.name;
  }
  if ("lease" in event) {
    return event.lease.taskId;
  }
  if ("election" in event) {
    return `${event.election.group}, term ${event.election.term}`;
  }
  return "task" in event ? `${event.task.type} ${event.task.id}` : event.policy.id;
}

function nameOf(state: State, agentId: string): string {
  return state.agents.get(agentId)?.card.name ?? agentId;
}

function firstOf<Value>(values: Iterable<Value>): Value[] {
  const first: Value[] = [];
  for (const value of values) {
    if (first.length === mostRows) {
      break;
    }
    first.push(value);
  }
  return first;
}

/** A span of time in the two largest units that say something. */
function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3_600) {
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
  if (seconds < 86_400) {
    return `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} min`;
  }
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3_600)} h`;
}
