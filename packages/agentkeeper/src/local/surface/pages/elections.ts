// The groups: who leads, since when, and who would come next.
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
import type { Election, State } from "../../rules/model/state.ts";
import { connecting, nameOf, type PageFacts } from "./facts.ts";
import { agentLink } from "./links.ts";

export function electionsPage(facts: PageFacts): Page {
  const { engine } = facts;
  return {
    path: "/elections",
    title: "Elections",
    count: () => engine.peek(({ elections }) => elections.size),
    render: ({ query }) => engine.peek((state, now) => render(facts, state, now, query)),
  };
}

const columns: readonly Column[] = [
  { title: "group", sort: "group" },
  { title: "leader", sort: "leader" },
  { title: "term", kind: "number", sort: "term" },
  { title: "since", kind: "number", sort: "since" },
  { title: "standing by, next first" },
];

function render(facts: PageFacts, state: State, now: Now, query: PageQuery): readonly Region[] {
  const order = orderIn(query, "");
  const keys: Readonly<Record<string, (election: Election) => string | number>> = {
    group: ({ group }) => group,
    leader: ({ leaderAgentId }) => nameOf(state, leaderAgentId).toLowerCase(),
    term: ({ term }) => term,
    since: ({ electedAt = 0 }) => -electedAt,
  };
  const text = query.get("q").toLowerCase();
  const leaderless = query.choice("leader", ["any", "none"]) === "none";
  const picked = pick({
    from: state.elections.values(),
    size: state.elections.size,
    matches:
      text === "" && !leaderless
        ? undefined
        : ({ group, leaderAgentId }) =>
            (!leaderless || leaderAgentId === "") &&
            (text === "" ||
              group.toLowerCase().includes(text) ||
              nameOf(state, leaderAgentId).toLowerCase().includes(text)),
    sort: sortingBy(keys, order),
    page: query.page,
  });
  const rows = picked.items.map(
    ({ group, leaderAgentId, term, electedAt, candidates }): Row => ({
      key: group,
      cells: [
        clipped(group),
        leaderAgentId === "" ? html`<span class="warn">nobody</span>` : agentLink(state, leaderAgentId),
        term,
        electedAt === undefined ? "" : ago(electedAt, now.wall),
        standingBy(state, candidates),
      ],
    }),
  );
  return [
    section(
      "elections",
      "Elections",
      html`<div class="controls">${tabs(query, "leader", "Groups by leader", [
        { value: "any", title: "All", count: state.elections.size },
        { value: "none", title: "Without a leader" },
      ])}${search(query, "Search groups and leaders")}</div>`,
      table(columns, rows, nothing(facts, state), { query, order }),
      pager(picked, query, ["group", "groups"]),
    ),
  ];
}

const candidatesShown = 4;

function standingBy(state: State, candidates: readonly string[]): Markup {
  const shown = candidates.slice(0, candidatesShown).map((id) => agentLink(state, id));
  const more = candidates.length > shown.length ? ` and ${candidates.length - shown.length} more` : "";
  return html`${shown.map((link, index) => (index === 0 ? link : html`, ${link}`))}${more}`;
}

function nothing(facts: PageFacts, { elections }: State): Markup {
  return elections.size > 0
    ? html`<p>No group is like that.</p>`
    : gettingStarted(
        "Nobody has campaigned yet. One leader for each group, and a successor at once:",
        `${connecting(facts)}
const agent = await client.register({ name: "planner-1", description: "", version: "1.0.0" });
const election = await client.campaign("orchestrator:pipeline-A", agent.agentId);`,
      );
}
