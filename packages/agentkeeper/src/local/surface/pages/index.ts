// The pages of the operator's port: who is there, who holds what, who leads, what is queued, and what just happened.
import { type Pages, servePages } from "@x/core/service";
import { agentPage } from "./agent.ts";
import { agentsPage } from "./agents.ts";
import { electionsPage } from "./elections.ts";
import { eventsPage } from "./events.ts";
import type { PageFacts } from "./facts.ts";
import { leasesPage } from "./leases.ts";
import { overviewPage } from "./overview.ts";
import { policiesPage } from "./policies.ts";
import { taskPage } from "./task.ts";
import { tasksPage } from "./tasks.ts";

/** Serves the pages. `onFault` gets what a page failed with. */
export function keeperPages(facts: PageFacts, onFault: (error: unknown, path: string) => void): Pages {
  const { keeper, grpcAddress, store, version, isVirtual } = facts;
  return servePages({
    name: "AgentKeeper",
    pages: [
      overviewPage(facts),
      agentsPage(facts),
      agentPage(facts),
      leasesPage(facts),
      electionsPage(facts),
      tasksPage(facts),
      taskPage(facts),
      policiesPage(facts),
      eventsPage(facts),
    ],
    facts: () => [grpcAddress(), `store ${store}`, version, ...(isVirtual ? ["virtual time"] : [])],
    health: () =>
      keeper.healthy ? { well: true, words: "healthy" } : { well: false, words: "the store takes no writes" },
    onFault,
  });
}
