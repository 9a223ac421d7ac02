// The first page: how many of everything, how it went in the last hour, what is wrong, and what happened last.
import {
  chart,
  gettingStarted,
  html,
  type Markup,
  type Now,
  type Page,
  type Region,
  region,
  section,
  table,
} from "@x/core/service";
import type { State } from "../../rules/model/state.ts";
import { eventColumns, eventRows, newestEvents } from "./event-rows.ts";
import { connecting, type PageFacts } from "./facts.ts";
import { agentLink } from "./links.ts";
import { statePage } from "./state-page.ts";

export function overviewPage(facts: PageFacts): Page {
  return statePage(facts, {
    path: "/",
    title: "Overview",
    render: (state, now) => render(facts, state, now),
  });
}

function render(facts: PageFacts, state: State, now: Now): readonly Region[] {
  const events = newestEvents(facts.engine, { limit: 12 });
  const none = gettingStarted(
    "Nothing has happened yet. Register an agent, and it appears here:",
    `${connecting(facts)}
const agent = await client.register({ name: "scraper-1", description: "Fetches pages", version: "1.0.0" });
const lease = await client.acquireLease("task:invoice-42", agent.agentId);`,
  );
  return [
    region("numbers", numbers(facts, state)),
    region("attention", attention(state)),
    region("charts", charts(facts)),
    section("events", "Last events", table(eventColumns, eventRows(state, events, now), none)),
  ];
}

interface Figure {
  readonly count: number;
  readonly words: string;
  readonly href: string;
  readonly id?: string;
  /** Of a count that should be 0. */
  readonly tone?: "warn" | "bad";
}

function numbers({ watchers }: PageFacts, state: State): Markup {
  const { alive, unreachable, dead } = state.agentCounts;
  const { pending, claimed, dead: failed } = state.taskCounts;
  const figures: readonly Figure[] = [
    { count: alive + unreachable, words: "agents alive", href: "/agents", id: "agents-alive" },
    { count: unreachable, words: "unreachable", href: "/agents?status=unreachable", tone: "warn" },
    { count: dead, words: "agents dead", href: "/agents?status=dead" },
    { count: state.leases.size, words: "leases active", href: "/leases", id: "leases-active" },
    { count: state.elections.size, words: "election groups", href: "/elections" },
    { count: pending, words: "tasks pending", href: "/tasks?status=pending" },
    { count: claimed, words: "tasks claimed", href: "/tasks?status=claimed" },
    { count: failed, words: "tasks dead", href: "/tasks?status=dead", tone: "bad" },
    { count: state.policies.size, words: "policies", href: "/policies" },
    { count: watchers(), words: "watchers", href: "/events" },
  ];
  const items = figures.map(({ count, words, href, id, tone }) => {
    const named = id === undefined ? html`` : html` id="${id}"`;
    const toned = tone === undefined || count === 0 ? html`` : html` class="${tone}"`;
    return html`<li data-key="${words}"><a href="${href}"><b${toned}${named}>${count}</b> ${words}</a></li>`;
  });
  return html`<ul class="numbers">${items}</ul>`;
}

function charts({ history, store }: PageFacts): Markup {
  return html`<div class="charts">${[
    chart(history, {
      title: "Calls",
      unit: "/s",
      lines: [
        { of: "calls", title: "calls" },
        { of: "errors", title: "errors" },
      ],
    }),
    chart(history, { title: "Events", unit: "/s", lines: [{ of: "events", title: "events" }] }),
    chart(history, {
      title: store === "memory" ? "Append" : "Durable append",
      unit: " ms",
      lines: [
        { of: "appendMs", title: "mean" },
        { of: "slowestAppendMs", title: "slowest", by: "max" },
      ],
    }),
    chart(history, { title: "Tasks pending", lines: [{ of: "pending", title: "pending" }] }),
    chart(history, {
      title: "In line",
      lines: [
        { of: "waiting", title: "blocked claims and grants", by: "max" },
        { of: "queued", title: "commands", by: "max" },
      ],
    }),
    chart(history, {
      title: "Agents",
      lines: [
        { of: "alive", title: "alive" },
        { of: "unreachable", title: "unreachable", by: "max" },
        { of: "dead", title: "dead" },
      ],
    }),
  ]}</div>`;
}

/** How many of what is wrong are named, and how many are looked at to find them. */
const mostNamed = 5;
const mostLookedAt = 10_000;

/** What somebody should look at; nothing when all is well. */
function attention(state: State): Markup {
  const silent =
    state.agentCounts.unreachable === 0
      ? []
      : firstOf(state.agents.values(), ({ status }) => status === "unreachable");
  const leaderless = firstOf(state.elections.values(), ({ leaderAgentId }) => leaderAgentId === "");
  const more = (named: number, all: number): string => (all > named ? ` and ${all - named} more` : "");
  const lines = [
    ...(silent.length === 0
      ? []
      : [
          html`<li data-key="silent"><b class="warn">Silent:</b> ${list(silent.map(({ agentId }) => agentLink(state, agentId)))}${more(silent.length, state.agentCounts.unreachable)}</li>`,
        ]),
    ...(leaderless.length === 0
      ? []
      : [
          html`<li data-key="leaderless"><b class="warn">Without a leader:</b> ${list(leaderless.map(({ group }) => html`${group}`))}${leaderless.length === mostNamed ? html` <a href="/elections?leader=none">and more</a>` : ""}</li>`,
        ]),
  ];
  return lines.length === 0
    ? html``
    : html`<section aria-labelledby="attention-title"><h2 id="attention-title">Look at</h2><ul class="plain">${lines}</ul></section>`;
}

function list(items: readonly Markup[]): Markup {
  return html`${items.map((item, index) => (index === 0 ? item : html`, ${item}`))}`;
}

function firstOf<Item>(items: Iterable<Item>, isOne: (item: Item) => boolean): readonly Item[] {
  const found: Item[] = [];
  let seen = 0;
  for (const item of items) {
    seen += 1;
    if (seen > mostLookedAt || found.length === mostNamed) {
      break;
    }
    if (isOne(item)) {
      found.push(item);
    }
  }
  return found;
}
