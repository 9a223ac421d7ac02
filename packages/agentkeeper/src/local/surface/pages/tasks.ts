// The tasks: what waits, who works on what, how often it was tried, and what went wrong.
import {
  ago,
  type Column,
  clipped,
  html,
  listSection,
  type Now,
  type Page,
  type Row,
  tabs,
} from "@x/core/service";
import type { State, Task } from "../../rules/model/state.ts";
import { connecting, type PageFacts } from "./facts.ts";
import { agentLink, taskLink, taskState } from "./links.ts";
import { statePage } from "./state-page.ts";

const columns: readonly Column[] = [
  { title: "task", sort: "type" },
  { title: "state", kind: "word", sort: "state" },
  { title: "age", kind: "number", sort: "age" },
  { title: "attempts", kind: "number", sort: "attempts" },
  { title: "claimed by" },
  { title: "error" },
];

/** Those that somebody should look at come first. */
const ranks = { dead: 0, claimed: 1, pending: 2, completed: 3 } as const;

const keys: Readonly<Record<string, (task: Task) => string | number>> = {
  type: ({ type }) => type,
  state: ({ status }) => ranks[status],
  age: ({ ordinal }) => -ordinal,
  attempts: (task) => attemptsOf(task),
};

/** Those that failed, and the one that runs or was the last; lost claims do not count. */
export function attemptsOf({ retryCount, status, claimedAt }: Task): number {
  return retryCount + (status !== "pending" && claimedAt !== undefined ? 1 : 0);
}

export function tasksPage(facts: PageFacts): Page {
  return statePage(facts, {
    path: "/tasks",
    title: "Tasks",
    count: ({ tasks }) => tasks.size,
    render(state, now, { query }) {
      const status = query.choice("status", ["all", "pending", "claimed", "completed", "dead"]);
      const { pending, claimed, completed, dead } = state.taskCounts;
      return [
        listSection<Task>(query, {
          id: "tasks",
          title: "Tasks",
          words: ["task", "tasks"],
          from: state.tasks.values(),
          size: state.tasks.size,
          matches: status === "all" ? undefined : (task) => task.status === status,
          columns,
          keys,
          order: "age",
          tabs: tabs(query, "status", "Tasks by state", [
            { value: "all", title: "All", count: state.tasks.size },
            { value: "pending", title: "Pending", count: pending },
            { value: "claimed", title: "Claimed", count: claimed },
            { value: "completed", title: "Completed", count: completed },
            { value: "dead", title: "Dead", count: dead },
          ]),
          searches: "Search types, ids, errors",
          texts: ({ id, type, failureReason }) => [id, type, failureReason],
          row: (task) => rowOf(state, task, now),
          start: {
            sentence: "No task was created yet. One program creates, any agent with the tools claims:",
            code: `${connecting(facts)}
const task = await client.createTask({ type: "parse", input: new TextEncoder().encode("...") });

const agent = await client.register({ name: "worker-1", description: "", version: "1.0.0" });
const claimed = await client.claimTask(agent.agentId);
await client.completeTask(claimed.id, agent.agentId, new TextEncoder().encode("done"));`,
          },
        }),
      ];
    },
  });
}

/** Enough of an id to tell it from others, without what all ids begin with. */
const shortOf = (id: string): string => id.replace(/^task:/, "").slice(0, 8);

function rowOf(state: State, task: Task, now: Now): Row {
  const { id, type, status, createdAt, maxRetries, lostCount, maxLost, claimedByAgentId, failureReason } =
    task;
  const lost = maxLost === undefined ? `${lostCount} lost` : `${lostCount} of ${maxLost} lost`;
  return {
    key: id,
    cells: [
      html`${taskLink(id, type)} <code>${shortOf(id)}</code>`,
      taskState(status),
      ago(createdAt, now.wall),
      html`${attemptsOf(task)} <small class="quiet">of ${maxRetries + 1}${lostCount === 0 ? "" : `, ${lost}`}</small>`,
      claimedByAgentId === "" ? "" : agentLink(state, claimedByAgentId),
      clipped(failureReason),
    ],
  };
}
