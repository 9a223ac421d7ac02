// The tasks: what waits, who works on what, how often it was tried, and what went wrong.
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
import type { State, Task } from "../../rules/model/state.ts";
import { connecting, type PageFacts } from "./facts.ts";
import { agentLink, taskLink, taskState } from "./links.ts";

export function tasksPage(facts: PageFacts): Page {
  const { engine } = facts;
  return {
    path: "/tasks",
    title: "Tasks",
    count: () => engine.peek(({ tasks }) => tasks.size),
    render: ({ query }) => engine.peek((state, now) => render(facts, state, now, query)),
  };
}

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

function render(facts: PageFacts, state: State, now: Now, query: PageQuery): readonly Region[] {
  const status = query.choice("status", ["all", "pending", "claimed", "completed", "dead"]);
  const order = orderIn(query, "age");
  const text = query.get("q").toLowerCase();
  const { pending, claimed, completed, dead } = state.taskCounts;
  const picked = pick({
    from: state.tasks.values(),
    size: state.tasks.size,
    matches:
      status === "all" && text === ""
        ? undefined
        : (task) => (status === "all" || task.status === status) && (text === "" || isNamed(task, text)),
    sort: sortingBy(keys, order),
    page: query.page,
  });
  const rows = picked.items.map((task) => rowOf(state, task, now));
  return [
    section(
      "tasks",
      "Tasks",
      html`<div class="controls">${tabs(query, "status", "Tasks by state", [
        { value: "all", title: "All", count: state.tasks.size },
        { value: "pending", title: "Pending", count: pending },
        { value: "claimed", title: "Claimed", count: claimed },
        { value: "completed", title: "Completed", count: completed },
        { value: "dead", title: "Dead", count: dead },
      ])}${search(query, "Search types, ids, errors")}</div>`,
      table(columns, rows, nothing(facts, state), { query, order }),
      pager(picked, query, ["task", "tasks"]),
    ),
  ];
}

function isNamed({ id, type, failureReason }: Task, text: string): boolean {
  return id.includes(text) || type.toLowerCase().includes(text) || failureReason.toLowerCase().includes(text);
}

/** Enough of an id to tell it from others, without what all ids begin with. */
const shortOf = (id: string): string => id.replace(/^task:/, "").slice(0, 8);

function rowOf(state: State, task: Task, now: Now): Row {
  const { id, type, status, createdAt, maxRetries, lostCount, claimedByAgentId, failureReason } = task;
  return {
    key: id,
    cells: [
      html`${taskLink(id, type)} <code>${shortOf(id)}</code>`,
      taskState(status),
      ago(createdAt, now.wall),
      html`${attemptsOf(task)} <small class="quiet">of ${maxRetries + 1}${lostCount === 0 ? "" : `, ${lostCount} lost`}</small>`,
      claimedByAgentId === "" ? "" : agentLink(state, claimedByAgentId),
      clipped(failureReason),
    ],
  };
}

function nothing(facts: PageFacts, { tasks }: State): Markup {
  return tasks.size > 0
    ? html`<p>No task is like that.</p>`
    : gettingStarted(
        "No task was created yet. One program creates, any agent with the tools claims:",
        `${connecting(facts)}
const task = await client.createTask({ type: "parse", input: new TextEncoder().encode("...") });

const agent = await client.register({ name: "worker-1", description: "", version: "1.0.0" });
const claimed = await client.claimTask(agent.agentId);
await client.completeTask(claimed.id, agent.agentId, new TextEncoder().encode("done"));`,
      );
}
