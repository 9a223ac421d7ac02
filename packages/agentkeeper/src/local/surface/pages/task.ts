// One task: where it stands, and what became of it so far. Its input and output are not shown: they may be secret, and this
// port asks for no token.
import {
  ago,
  clipped,
  facts as factList,
  html,
  type Markup,
  type Now,
  type Page,
  type Region,
  section,
  table,
  until,
} from "@x/core/service";
import type { State, Task } from "../../rules/model/state.ts";
import { viewLease } from "../../rules/model/state-views.ts";
import { eventColumns, eventRows, newestEvents } from "./event-rows.ts";
import type { PageFacts } from "./facts.ts";
import { agentLink, taskState } from "./links.ts";
import { statePage } from "./state-page.ts";
import { attemptsOf } from "./tasks.ts";

export function taskPage(facts: PageFacts): Page {
  return statePage(facts, {
    path: "/tasks/:id",
    title: "Task",
    under: "/tasks",
    render: (state, now, { id }) => render(facts, state, now, id),
  });
}

const mostEvents = 50;

function render({ engine }: PageFacts, state: State, now: Now, id: string): readonly Region[] {
  const task = state.tasks.get(id);
  const events = newestEvents(engine, {
    // A claim is a lease on the task's id.
    matches: (event) =>
      ("task" in event && event.task.id === id) || ("lease" in event && event.lease.taskId === id),
    limit: mostEvents,
  });
  const history = section(
    "events",
    "What became of it, newest first",
    table(eventColumns, eventRows(state, events, now), html`<p>Nothing, among the newest events.</p>`),
  );
  if (task === undefined) {
    const gone = html`<p>No task with this id is known (any more): <code>${id}</code></p>`;
    return [section("task", "Unknown task", gone), history];
  }
  return [section("task", clipped(task.type), card(state, task, now)), history];
}

function card(state: State, task: Task, now: Now): Markup {
  const { id, status, maxRetries, lostCount, maxLost, requiredTools, failureReason, input, output } = task;
  const lease = status === "claimed" ? state.leases.get(id) : undefined;
  const holder =
    lease === undefined
      ? agentLink(state, task.claimedByAgentId)
      : html`${agentLink(state, lease.agentId)}, ${until(viewLease(state, lease).expiresAt, now.wall)} left`;
  return factList([
    ["state", taskState(status)],
    ["id", html`<code>${id}</code>`],
    ["attempts", `${attemptsOf(task)} of ${maxRetries + 1}`],
    ["claims lost", lostCount === 0 ? "" : `${lostCount} times`],
    ["claims it may lose", maxLost === undefined ? "" : `${maxLost}`],
    ["error", failureReason],
    ["claimed by", holder],
    ["created", html`${ago(task.createdAt, now.wall)} ago`],
    ["claimed", pastOf(task.claimedAt, now)],
    ["finished", pastOf(task.finishedAt, now)],
    ["needs tools", requiredTools.join(", ")],
    ["a claim lasts", `${task.ttlSeconds} s`],
    ["input", `${input.length} bytes`],
    ["output", `${output.length} bytes`],
  ]);
}

function pastOf(atMs: number | undefined, now: Now): Markup | "" {
  return atMs === undefined ? "" : html`${ago(atMs, now.wall)} ago`;
}
