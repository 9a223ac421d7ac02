// The leases: who holds what, under which token, and for how long yet.
import {
  ago,
  type Column,
  clipped,
  html,
  listSection,
  type Now,
  type Page,
  type Row,
  until,
} from "@x/core/service";
import type { Lease, State } from "../../rules/model/state.ts";
import { viewLease } from "../../rules/model/state-views.ts";
import { connecting, nameOf, type PageFacts } from "./facts.ts";
import { agentLink, taskLink } from "./links.ts";
import { statePage } from "./state-page.ts";

const columns: readonly Column[] = [
  { title: "key", sort: "key" },
  { title: "holder", sort: "holder" },
  { title: "token", kind: "number", sort: "token" },
  { title: "held for", kind: "number", sort: "held" },
  { title: "left", kind: "number", sort: "left" },
  { title: "waiting", kind: "number", sort: "waiting" },
];

export function leasesPage(facts: PageFacts): Page {
  return statePage(facts, {
    path: "/leases",
    title: "Leases",
    count: ({ leases }) => leases.size,
    render: (state, now, { query }) => [
      listSection<Lease>(query, {
        id: "leases",
        title: "Leases",
        words: ["lease", "leases"],
        from: state.leases.values(),
        size: state.leases.size,
        columns,
        keys: {
          key: ({ taskId }) => taskId,
          holder: ({ agentId }) => nameOf(state, agentId).toLowerCase(),
          token: ({ token }) => token,
          held: ({ acquiredAt }) => -acquiredAt,
          left: (lease) => viewLease(state, lease).expiresAt,
          waiting: (lease) => waitingFor(state, lease),
        },
        order: "token",
        // Grants stand in the order of their tokens.
        naturalOrder: "token",
        searches: "Search keys and holders",
        texts: ({ taskId, agentId }) => [taskId, agentId, nameOf(state, agentId)],
        row: (lease) => rowOf(state, lease, now),
        start: {
          sentence: "Nobody holds a lease. One holder for each key, and a token that only grows:",
          code: `${connecting(facts)}
const agent = await client.register({ name: "worker-1", description: "", version: "1.0.0" });
const lease = await client.acquireLease("task:invoice-42", agent.agentId, { ttlSeconds: 60, autoRenew: true });`,
        },
      }),
    ],
  });
}

const waitingFor = (state: State, { taskId }: Lease): number => state.leaseWaiters.get(taskId)?.length ?? 0;

function rowOf(state: State, lease: Lease, now: Now): Row {
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
      waitingFor(state, lease),
    ],
  };
}
