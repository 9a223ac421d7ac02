// The leases: who holds what, under which token, and for how long yet.
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
  until,
} from "@x/core/service";
import type { Lease, State } from "../../rules/model/state.ts";
import { viewLease } from "../../rules/model/state-views.ts";
import { connecting, nameOf, type PageFacts } from "./facts.ts";
import { agentLink, taskLink } from "./links.ts";

export function leasesPage(facts: PageFacts): Page {
  const { engine } = facts;
  return {
    path: "/leases",
    title: "Leases",
    count: () => engine.peek(({ leases }) => leases.size),
    render: ({ query }) => engine.peek((state, now) => render(facts, state, now, query)),
  };
}

const columns: readonly Column[] = [
  { title: "key", sort: "key" },
  { title: "holder", sort: "holder" },
  { title: "token", kind: "number", sort: "token" },
  { title: "held for", kind: "number", sort: "held" },
  { title: "left", kind: "number", sort: "left" },
  { title: "waiting", kind: "number", sort: "waiting" },
];

function render(facts: PageFacts, state: State, now: Now, query: PageQuery): readonly Region[] {
  // Grants stand in the order of their tokens.
  const order = orderIn(query, "token");
  const waiting = ({ taskId }: Lease): number => state.leaseWaiters.get(taskId)?.length ?? 0;
  const keys: Readonly<Record<string, (lease: Lease) => string | number>> = {
    key: ({ taskId }) => taskId,
    holder: ({ agentId }) => nameOf(state, agentId).toLowerCase(),
    token: ({ token }) => token,
    held: ({ acquiredAt }) => -acquiredAt,
    left: (lease) => viewLease(state, lease).expiresAt,
    waiting,
  };
  const text = query.get("q").toLowerCase();
  const picked = pick({
    from: state.leases.values(),
    size: state.leases.size,
    matches:
      text === ""
        ? undefined
        : ({ taskId, agentId }) =>
            taskId.toLowerCase().includes(text) ||
            agentId.includes(text) ||
            nameOf(state, agentId).toLowerCase().includes(text),
    sort: order.by === "token" && !order.down ? undefined : sortingBy(keys, order),
    page: query.page,
  });
  const rows = picked.items.map((lease): Row => {
    const { taskId, agentId, token, acquiredAt } = lease;
    return {
      key: taskId,
      cells: [
        // The claim of a task is a lease on its id.
        state.tasks.has(taskId) ? html`${taskLink(taskId)} <small>task</small>` : clipped(taskId),
        agentLink(state, agentId),
        token,
        ago(acquiredAt, now.wall),
        until(viewLease(state, lease).expiresAt, now.wall),
        waiting(lease),
      ],
    };
  });
  return [
    section(
      "leases",
      "Leases",
      html`<div class="controls">${search(query, "Search keys and holders")}</div>`,
      table(columns, rows, nothing(facts, state), { query, order }),
      pager(picked, query, ["lease", "leases"]),
    ),
  ];
}

function nothing(facts: PageFacts, { leases }: State): Markup {
  return leases.size > 0
    ? html`<p>No lease is like that.</p>`
    : gettingStarted(
        "Nobody holds a lease. One holder for each key, and a token that only grows:",
        `${connecting(facts)}
const agent = await client.register({ name: "worker-1", description: "", version: "1.0.0" });
const lease = await client.acquireLease("task:invoice-42", agent.agentId, { ttlSeconds: 60, autoRenew: true });`,
      );
}
