// The groups: who leads, since when, and who would come next.
import {
  ago,
  type Column,
  clipped,
  html,
  listSection,
  type Markup,
  type Page,
  type Row,
  tabs,
} from "@x/core/service";
import type { Election, State } from "../../rules/model/state.ts";
import { connecting, nameOf, type PageFacts } from "./facts.ts";
import { agentLink } from "./links.ts";
import { statePage } from "./state-page.ts";

const columns: readonly Column[] = [
  { title: "group", sort: "group" },
  { title: "leader", sort: "leader" },
  { title: "term", kind: "number", sort: "term" },
  { title: "since", kind: "number", sort: "since" },
  { title: "standing by, next first" },
];

export function electionsPage(facts: PageFacts): Page {
  return statePage(facts, {
    path: "/elections",
    title: "Elections",
    count: ({ elections }) => elections.size,
    render: (state, now, { query }) => [
      listSection<Election>(query, {
        id: "elections",
        title: "Elections",
        words: ["group", "groups"],
        from: state.elections.values(),
        size: state.elections.size,
        matches:
          query.choice("leader", ["any", "none"]) === "none"
            ? ({ leaderAgentId }) => leaderAgentId === ""
            : undefined,
        columns,
        keys: {
          group: ({ group }) => group,
          leader: ({ leaderAgentId }) => nameOf(state, leaderAgentId).toLowerCase(),
          term: ({ term }) => term,
          since: ({ electedAt = 0 }) => -electedAt,
        },
        order: "",
        tabs: tabs(query, "leader", "Groups by leader", [
          { value: "any", title: "All", count: state.elections.size },
          { value: "none", title: "Without a leader" },
        ]),
        searches: "Search groups and leaders",
        texts: ({ group, leaderAgentId }) => [group, nameOf(state, leaderAgentId)],
        row: ({ group, leaderAgentId, term, electedAt, candidates }): Row => ({
          key: group,
          cells: [
            clipped(group),
            leaderAgentId === "" ? html`<span class="warn">nobody</span>` : agentLink(state, leaderAgentId),
            term,
            electedAt === undefined ? "" : ago(electedAt, now.wall),
            standingBy(state, candidates),
          ],
        }),
        start: {
          sentence: "Nobody has campaigned yet. One leader for each group, and a successor at once:",
          code: `${connecting(facts)}
const agent = await client.register({ name: "planner-1", description: "", version: "1.0.0" });
const election = await client.campaign("orchestrator:pipeline-A", agent.agentId);`,
        },
      }),
    ],
  });
}

const candidatesShown = 4;

function standingBy(state: State, candidates: readonly string[]): Markup {
  const shown = candidates.slice(0, candidatesShown).map((id) => agentLink(state, id));
  const more = candidates.length > shown.length ? ` and ${candidates.length - shown.length} more` : "";
  return html`${shown.map((link, index) => (index === 0 ? link : html`, ${link}`))}${more}`;
}
