// The operator's pages: agents and how they are, what runs and waits, and the newest tasks with what was said in them.
import {
  ago,
  clipped,
  facts,
  html,
  listSection,
  type Markup,
  type Page,
  type Region,
  section,
  state,
  table,
  tabs,
} from "@x/core/service";
import { taskStates } from "../../../wire/dialect.ts";
import { type Agent, isTerminal, type Message, type Part, type Task } from "../../rules/model/entities.ts";
import type { State } from "../../rules/model/state.ts";
import type { Surface } from "../context.ts";

export interface PageFacts {
  readonly surface: Pick<Surface, "engine" | "liveness" | "calls">;
  /** Where agents register. */
  readonly coreAddress: () => string;
  readonly isServed: (agentId: string) => boolean;
}

export function binduPages(of: PageFacts): readonly Page[] {
  return [agentsPage(of), tasksPage(of), taskPage(of)];
}

function agentsPage({ surface: { engine, liveness, calls }, coreAddress, isServed }: PageFacts): Page {
  return {
    path: "/",
    title: "Agents",
    count: () => engine.peek(({ agents }) => agents.size),
    render: ({ query }) =>
      engine.peek((all, { wall }) => [
        listSection<Agent>(query, {
          id: "agents",
          title: "Agents",
          words: ["agent", "agents"],
          columns: [
            { title: "Name", sort: "name" },
            { title: "State", kind: "word" },
            { title: "Heartbeat", kind: "word" },
            { title: "Running", kind: "number", sort: "running" },
            { title: "Queue", kind: "number", sort: "queue" },
            { title: "Tasks", kind: "number", sort: "tasks" },
            { title: "URL", wide: true },
            { title: "Process", wide: true },
          ],
          keys: {
            name: ({ config }) => config.name,
            running: ({ agentId }) => -calls.running(agentId),
            queue: ({ agentId }) => -(all.shelves.get(agentId)?.queued.size ?? 0),
            tasks: ({ agentId }) => -(all.shelves.get(agentId)?.tasks.size ?? 0),
          },
          order: "",
          from: all.agents.values(),
          size: all.agents.size,
          searches: "Search names, ids and addresses",
          texts: ({ agentId, did, config, callbacks }) => [
            config.name,
            agentId,
            did,
            config.url,
            ...callbacks,
          ],
          row: (agent) => {
            const { agentId, config, callbacks } = agent;
            const heardMs = liveness.heardMs(agentId);
            const shelf = all.shelves.get(agentId);
            return {
              key: agentId,
              cells: [
                html`<a href="/tasks?agent=${encodeURIComponent(agentId)}">${config.name}</a>`,
                howAgentIs(agent, isServed(agentId), liveness.isDegraded(agentId)),
                heardMs === undefined ? "none" : ago(heardMs, wall),
                calls.running(agentId),
                shelf?.queued.size ?? 0,
                shelf?.tasks.size ?? 0,
                config.url,
                callbacks.join(", "),
              ],
            };
          },
          start: {
            sentence: "No agent is registered. Start one with the core's address, and it appears here:",
            code: `await bindufy(config, handler, { coreAddress: "${coreAddress()}" });`,
          },
        }),
      ]),
  };
}

function howAgentIs({ registered }: Agent, isServed: boolean, isDegraded: boolean): Markup {
  if (!registered) {
    return state("unregistered", "quiet");
  }
  if (!isServed) {
    return state("not served", "bad");
  }
  return isDegraded ? state("degraded", "warn") : state("ok", "good");
}

function taskState({ state: word }: Task): Markup {
  if (!isTerminal(word)) {
    return state(word, word === "working" || word === "submitted" ? "good" : "warn");
  }
  return state(word, word === "completed" ? "quiet" : "bad");
}

const pathOf = ({ agentId, taskId }: Task): string => `/tasks/${encodeURIComponent(`${agentId}.${taskId}`)}`;

/** Newest first, so that a page looks at few however many there are. */
function* newestTasks({ shelves }: State, agentId: string): Generator<Task> {
  const chosen = agentId === "" ? [...shelves.values()] : [shelves.get(agentId)];
  for (const shelf of chosen) {
    if (shelf !== undefined) {
      yield* [...shelf.tasks.values()].reverse();
    }
  }
}

function tasksPage({ surface: { engine } }: PageFacts): Page {
  return {
    path: "/tasks",
    title: "Tasks",
    count: () => engine.peek(countTasks),
    render: ({ query }) =>
      engine.peek((all, { wall }) => {
        const agentId = query.get("agent");
        const chosen = query.choice("state", ["", ...taskStates]);
        return [
          listSection<Task>(query, {
            id: "tasks",
            title: agentId === "" ? "Tasks" : `Tasks of ${all.agents.get(agentId)?.config.name ?? agentId}`,
            words: ["task", "tasks"],
            columns: [
              { title: "Task" },
              { title: "Agent" },
              { title: "State", kind: "word", sort: "state" },
              { title: "Since", kind: "word", sort: "since" },
              { title: "Messages", kind: "number" },
              { title: "Last", wide: true },
            ],
            keys: { state: (task) => task.state, since: (task) => -task.statusMs },
            order: "since",
            from: newestTasks(all, agentId),
            size: agentId === "" ? countTasks(all) : (all.shelves.get(agentId)?.tasks.size ?? 0),
            ...(chosen === "" ? {} : { matches: (task) => task.state === chosen }),
            tabs: tabs(query, "state", "State", [
              { value: "", title: "All" },
              ...taskStates.map((value) => ({ value, title: value })),
            ]),
            searches: "Search ids and texts",
            texts: (task) => [task.taskId, task.contextId, ...task.history.map(textOf)],
            row: (task) => ({
              key: `${task.agentId} ${task.taskId}`,
              cells: [
                html`<a href="${pathOf(task)}">${task.taskId}</a>`,
                all.agents.get(task.agentId)?.config.name ?? task.agentId,
                taskState(task),
                ago(task.statusMs, wall),
                task.history.length,
                clipped(task.history.length === 0 ? "" : textOf(task.history.at(-1))),
              ],
            }),
            start: {
              sentence: "There is no task yet. Send an agent a message, and it appears here:",
              code: `const agent = new A2AClient("http://localhost:3773");\nawait agent.ask("Hello");`,
            },
          }),
        ];
      }),
  };
}

function countTasks({ shelves }: State): number {
  let count = 0;
  for (const { tasks } of shelves.values()) {
    count += tasks.size;
  }
  return count;
}

/** The beginning of what a message says; it may be megabytes. */
function textOf(message: Message | undefined): string {
  return (message?.parts ?? []).map(partText).join(" ").slice(0, mostText);
}

const mostText = 2_000;

function partText(part: Part): string {
  switch (part.kind) {
    case "text":
      return part.text.slice(0, mostText);
    case "file":
      return `[${part.file.name ?? part.file.uri ?? "file"}]`;
    case "data":
      return "[data]";
  }
}

function taskPage({ surface: { engine } }: PageFacts): Page {
  return {
    path: "/tasks/:id",
    title: "Task",
    under: "/tasks",
    render: ({ id }) =>
      engine.peek((all, { wall }): readonly Region[] => {
        const dot = id.indexOf(".");
        const task = all.shelves.get(id.slice(0, dot))?.tasks.get(id.slice(dot + 1));
        if (task === undefined) {
          return [section("task", "Task", html`<p>There is no such task, or it was let go.</p>`)];
        }
        const { taskId, contextId, agentId, createdMs, lastN, artifacts, pushes, turns } = task;
        return [
          section(
            "task",
            html`Task ${taskId}`,
            facts([
              ["State", taskState(task)],
              ["Agent", all.agents.get(agentId)?.config.name ?? agentId],
              ["Context", contextId],
              ["Created", ago(createdMs, wall)],
              ["Since", ago(task.statusMs, wall)],
              ["Turns", turns.length],
              ["Events", lastN],
              ["Artifacts", artifacts.length],
              ["Webhooks", pushes.length],
            ]),
          ),
          section(
            "history",
            "History",
            table(
              [{ title: "From", kind: "word" }, { title: "Says" }, { title: "When", kind: "word" }],
              task.history.slice(-mostMessages).map((message, index) => ({
                key: `${index} ${message.messageId}`,
                cells: [message.role, clipped(textOf(message), mostText), ago(message.atMs, wall)],
              })),
              html`<p>Nothing was said.</p>`,
            ),
          ),
        ];
      }),
  };
}

/** The newest messages that a page shows. */
const mostMessages = 200;
