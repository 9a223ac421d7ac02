// The policies, and what they say about one question.
import {
  type Column,
  clipped,
  gettingStarted,
  html,
  type Markup,
  orderIn,
  type Page,
  type PageQuery,
  pager,
  pick,
  question,
  type Region,
  type Row,
  search,
  section,
  sortingBy,
  state as stateWord,
  table,
} from "@x/core/service";
import { checkText, firstRefusal, limits } from "../../rules/model/limits.ts";
import type { State } from "../../rules/model/state.ts";
import type { PolicyView } from "../../rules/model/views.ts";
import { connecting, type PageFacts } from "./facts.ts";

export function policiesPage(facts: PageFacts): Page {
  const { engine } = facts;
  return {
    path: "/policies",
    title: "Policies",
    count: () => engine.peek(({ policies }) => policies.size),
    render: ({ query }) => engine.peek((state) => render(facts, state, query)),
  };
}

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

function render(facts: PageFacts, state: State, query: PageQuery): readonly Region[] {
  const order = orderIn(query, "");
  const text = query.get("q").toLowerCase();
  const picked = pick({
    from: state.policies.values(),
    size: state.policies.size,
    matches:
      text === ""
        ? undefined
        : ({ id, subject, action, resource }) =>
            [id, subject, action, resource].some((field) => field.toLowerCase().includes(text)),
    sort: sortingBy(keys, order),
    page: query.page,
  });
  const fields = [
    { name: "subject", label: "May", placeholder: "agent:scraper-1" },
    { name: "action", label: "do", placeholder: "read" },
    { name: "resource", label: "on", placeholder: "db:invoices" },
  ];
  return [
    section("question", "May X do Y on Z?", question(query, fields, "Ask"), verdict(state, query)),
    section(
      "policies",
      "Policies",
      html`<div class="controls">${search(query, "Search policies")}</div>`,
      table(columns, picked.items.map(rowOf), nothing(facts, state), { query, order }),
      pager(picked, query, ["policy", "policies"]),
    ),
  ];
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

function nothing(facts: PageFacts, { policies }: State): Markup {
  return policies.size > 0
    ? html`<p>No policy is like that.</p>`
    : gettingStarted(
        "There is no policy, so every question is answered No. A star stands for any text, and a denial wins:",
        `${connecting(facts)}
await client.setPolicy({ id: "readers", subject: "agent:*", action: "read", resource: "db:*", effect: "ALLOW" });`,
      );
}
