// The policies, and what they say about one question.
import {
  type Column,
  clipped,
  html,
  listSection,
  type Markup,
  type Page,
  type PageQuery,
  question,
  type Row,
  section,
  state as stateWord,
} from "@x/core/service";
import { checkText, firstRefusal, limits } from "../../rules/model/limits.ts";
import type { State } from "../../rules/model/state.ts";
import type { PolicyView } from "../../rules/model/views.ts";
import { connecting, type PageFacts } from "./facts.ts";
import { statePage } from "./state-page.ts";

const columns: readonly Column[] = [
  { title: "id", sort: "id" },
  { title: "effect", kind: "word", sort: "effect" },
  { title: "subject", sort: "subject" },
  { title: "action", sort: "action" },
  { title: "resource", sort: "resource" },
];

const keys: Readonly<Record<string, (policy: PolicyView) => string>> = {
  id: ({ id }) => id,
  effect: ({ effect }) => effect,
  subject: ({ subject }) => subject,
  action: ({ action }) => action,
  resource: ({ resource }) => resource,
};

const fields = [
  { name: "subject", label: "May", placeholder: "agent:scraper-1" },
  { name: "action", label: "do", placeholder: "read" },
  { name: "resource", label: "on", placeholder: "db:invoices" },
];

export function policiesPage(facts: PageFacts): Page {
  return statePage(facts, {
    path: "/policies",
    title: "Policies",
    count: ({ policies }) => policies.size,
    render: (state, _, { query }) => [
      section("question", "May X do Y on Z?", question(query, fields, "Ask"), verdict(state, query)),
      listSection<PolicyView>(query, {
        id: "policies",
        title: "Policies",
        words: ["policy", "policies"],
        from: state.policies.values(),
        size: state.policies.size,
        columns,
        keys,
        order: "",
        searches: "Search policies",
        texts: ({ id, subject, action, resource }) => [id, subject, action, resource],
        row: rowOf,
        start: {
          sentence:
            "There is no policy, so every question is answered No. A star stands for any text, and a denial wins:",
          code: `${connecting(facts)}
await client.setPolicy({ id: "readers", subject: "agent:*", action: "read", resource: "db:*", effect: "ALLOW" });`,
        },
      }),
    ],
  });
}

function rowOf({ id, subject, action, resource, effect }: PolicyView): Row {
  return {
    key: id,
    cells: [
      clipped(id),
      stateWord(effect.toUpperCase(), effect === "allow" ? "good" : "bad"),
      clipped(subject),
      clipped(action),
      clipped(resource),
    ],
  };
}

const decidingShown = 5;

/** The answer to the question in the address; nothing while it is not whole. */
function verdict(state: State, query: PageQuery): Markup {
  const [subject, action, resource] = [query.get("subject"), query.get("action"), query.get("resource")];
  if (subject === "" && action === "" && resource === "") {
    return html``;
  }
  if (subject === "" || action === "" || resource === "") {
    return html`<p class="verdict quiet" role="status">A question has all three.</p>`;
  }
  const refusal = firstRefusal(
    ...Object.entries({ subject, action, resource }).map(([field, text]) =>
      checkText(field, text, limits.policyField),
    ),
  );
  if (refusal !== undefined) {
    return html`<p class="verdict bad" role="status">${refusal.message}</p>`;
  }
  const { allowed, determiningIds } = state.policyIndex.check(subject, action, resource);
  const deciding = determiningIds.slice(0, decidingShown).map((id) => html` <code>${clipped(id)}</code>`);
  const more =
    determiningIds.length > deciding.length ? ` and ${determiningIds.length - deciding.length} more` : "";
  const why =
    deciding.length === 0
      ? html`no policy says anything about it`
      : html`${allowed ? "allowed" : "denied"} by${deciding}${more}`;
  return html`<p class="verdict" role="status"><b class="${allowed ? "good" : "bad"}">${allowed ? "Yes" : "No"}</b>: ${why}.</p>`;
}
