// The pages of the operator's port: who is there, who holds what, who leads, what is queued, and what just happened.
import type { Page } from "@x/core/service";
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

/** The pages in the order of their navigation. */
export function keeperPages(facts: PageFacts): readonly Page[] {
  return [
    overviewPage(facts),
    agentsPage(facts),
    agentPage(facts),
    leasesPage(facts),
    electionsPage(facts),
    tasksPage(facts),
    taskPage(facts),
    policiesPage(facts),
    eventsPage(facts),
  ];
}
