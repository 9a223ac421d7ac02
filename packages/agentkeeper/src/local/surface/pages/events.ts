// The events as they come, newest first.
import {
  gettingStarted,
  html,
  type Markup,
  type Now,
  type Page,
  type PageQuery,
  type Region,
  search,
  section,
  table,
  tabs,
} from "@x/core/service";
import type { State } from "../../rules/model/state.ts";
import type { BusEvent } from "../../rules/model/views.ts";
import { eventColumns, eventRows, newestEvents } from "./event-rows.ts";
import { connecting, nameOf, type PageFacts } from "./facts.ts";
import { statePage } from "./state-page.ts";

export function eventsPage(facts: PageFacts): Page {
  return statePage(facts, {
    path: "/events",
    title: "Events",
    render: (state, now, { query }) => render(facts, state, now, query),
  });
}

const rowsShown = 50;

function render(facts: PageFacts, state: State, now: Now, query: PageQuery): readonly Region[] {
  const topic = query.choice("topic", ["all", "agent", "lease", "leader", "task", "policy"]);
  const text = query.get("q").toLowerCase();
  const before = /^[1-9]\d{0,15}$/.test(query.get("before")) ? Number(query.get("before")) : undefined;
  const matches = (event: BusEvent): boolean =>
    (topic === "all" || event.topic.startsWith(`${topic}.`)) &&
    (text === "" || textOf(state, event).toLowerCase().includes(text));
  const events = newestEvents(facts.engine, {
    ...(topic === "all" && text === "" ? {} : { matches }),
    ...(before === undefined ? {} : { before }),
    limit: rowsShown,
  });
  const oldest = events.length < rowsShown ? undefined : events.at(-1)?.sequence;
  const newer =
    before === undefined
      ? html``
      : html`<a href="${query.href({ before: undefined })}" data-key="newest">Newest</a>`;
  const older =
    oldest === undefined
      ? html``
      : html`<a href="${query.href({ before: oldest })}" data-key="older">Older ›</a>`;
  return [
    section(
      "events",
      "Events",
      html`<div class="controls">${tabs(query, "topic", "Events by topic", [
        { value: "all", title: "All" },
        { value: "agent", title: "Agents" },
        { value: "lease", title: "Leases" },
        { value: "leader", title: "Leaders" },
        { value: "task", title: "Tasks" },
        { value: "policy", title: "Policies" },
      ])}${search(query, "Search topics, names, ids")}</div>`,
      table(eventColumns, eventRows(state, events, now), nothing(facts, state)),
      html`<div class="pager"><span>${before === undefined ? "the newest" : `before ${before}`}; up to ${state.sequence} so far</span><nav class="pages" aria-label="Pages">${newer}${older}</nav></div>`,
    ),
  ];
}

/** Everything of an event that somebody might look for. */
function textOf(state: State, event: BusEvent): string {
  if ("agent" in event) {
    return `${event.topic} ${event.agent.card.name} ${event.agent.agentId}`;
  }
  if ("lease" in event) {
    const { taskId, holderAgentId } = event.lease;
    return `${event.topic} ${taskId} ${holderAgentId} ${nameOf(state, holderAgentId)}`;
  }
  if ("election" in event) {
    const { group, leaderAgentId } = event.election;
    return `${event.topic} ${group} ${leaderAgentId} ${nameOf(state, leaderAgentId)}`;
  }
  if ("task" in event) {
    return `${event.topic} ${event.task.type} ${event.task.id} ${event.task.failureReason}`;
  }
  return `${event.topic} ${event.policy.id}`;
}

function nothing(facts: PageFacts, { sequence }: State): Markup {
  return sequence > 0
    ? html`<p>No event is like that, among the newest that are kept.</p>`
    : gettingStarted(
        "Nothing has happened yet. A program that wants to hear of it:",
        `${connecting(facts)}
for await (const event of client.watch(["agent.*", "task.*"])) {
  console.log(event.topic, event.sequence);
}`,
      );
}
