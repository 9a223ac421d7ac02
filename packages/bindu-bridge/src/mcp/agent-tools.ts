// Tools about agents: who there is, what they are asked, and what becomes of it.
import { linkSignals } from "@x/core";
import { defineTool, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { A2AClient } from "../client/a2a/client.ts";
import { type A2AAnswer, answerText } from "../client/a2a/results.ts";
import type { ReadTaskState, Task } from "../wire/a2a/objects.ts";
import type { AgentDirectory } from "./agent-directory.ts";

const agent = z.string().min(1).describe("The agent's name or URL, as list_agents tells it");
const text = z.string().min(1).describe("What the agent is told");
const task = z.string().min(1).describe("The id of the task");
const goOn = {
  task: task.nullish().describe("Goes on with this task, such as one that is input_required"),
  context: z.string().min(1).nullish().describe("The conversation that it belongs to"),
};

/** In the words that people use. */
const stateOf = (state: string): string => state.replace(/^TASK_STATE_/, "").toLowerCase();

const brief = ({ id, contextId, status }: Task<ReadTaskState>) => ({
  task: id,
  context: contextId,
  state: stateOf(status.state),
});

const told = (answer: Pick<A2AAnswer, "task" | "message">) => ({
  ...(answer.task === undefined ? { state: "completed" } : brief(answer.task)),
  text: answerText(answer),
  other_parts: partsBesideText(answer.task),
});

/** Data, files and links, which no text says. */
function partsBesideText(found: Task<ReadTaskState> | undefined): readonly object[] | undefined {
  const parts = (found?.artifacts ?? [])
    .flatMap(({ parts }) => parts)
    .filter((part) => part.text === undefined);
  return parts.length === 0 ? undefined : parts;
}

const named = ({
  task: taskId,
  context: contextId,
}: {
  readonly task?: string | null | undefined;
  readonly context?: string | null | undefined;
}) => ({
  ...(taskId ? { taskId } : {}),
  ...(contextId ? { contextId } : {}),
});

export function agentTools(directory: AgentDirectory): readonly Tool[] {
  return [
    defineTool({
      name: "list_agents",
      description: "Lists the agents that can be asked, and what each of them does.",
      input: {},
      hints: { readOnlyHint: true },
      run: async (_, { signal }) => ({ agents: await directory.list(signal) }),
    }),

    defineTool({
      name: "ask_agent",
      description:
        "Gives an agent a message and waits for its answer. The state says what comes now: completed, input_required or auth_required (answer with the same task), failed, rejected or canceled; working where the time is over: look with get_task.",
      input: {
        agent,
        text,
        ...goOn,
        seconds: z.number().positive().max(3_600).default(120).describe("How long to wait"),
      },
      hints: { readOnlyHint: false },
      async run({ agent: name, text: said, seconds, ...ids }, { signal, progress }) {
        progress("asking the agent", seconds);
        const client = await directory.client(name, signal);
        return await ask(client, said, { ...named(ids), signal, seconds, progress });
      },
    }),

    defineTool({
      name: "send_message",
      description: "Gives an agent a message and does not wait: get_task tells how far it is.",
      input: { agent, text, ...goOn },
      hints: { readOnlyHint: false },
      async run({ agent: name, text: said, ...ids }, { signal }) {
        const client = await directory.client(name, signal);
        return told(await client.send(said, { ...named(ids), returnImmediately: true, signal }));
      },
    }),

    defineTool({
      name: "get_task",
      description: "Shows a task: its state, what the agent said last, and what was said before.",
      input: { agent, task, messages: z.number().int().min(0).max(1_000).default(20) },
      hints: { readOnlyHint: true },
      async run({ agent: name, task: id, messages }, { signal }) {
        const client = await directory.client(name, signal);
        const found = await client.get(id, { historyLength: messages, signal });
        return {
          ...told({ task: found }),
          history: (found.history ?? []).map(({ role, parts }) => ({
            from: role === "ROLE_AGENT" ? "agent" : "user",
            text: parts.map((part) => part.text ?? "").join(" "),
          })),
        };
      },
    }),

    defineTool({
      name: "cancel_task",
      description: "Calls off a task that is not over. One that was called off already is no error.",
      input: { agent, task },
      hints: { readOnlyHint: false, idempotentHint: true, destructiveHint: true },
      async run({ agent: name, task: id }, { signal }) {
        const client = await directory.client(name, signal);
        return brief(await client.cancel(id, { signal }));
      },
    }),
  ];
}

interface Asking {
  readonly taskId?: string;
  readonly contextId?: string;
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly progress: (message: string, totalSeconds?: number) => void;
}

/** Reads the turn while it runs, so that the caller hears how far it is. */
async function ask(
  client: A2AClient,
  said: string,
  { seconds, signal, progress, ...ids }: Asking,
): Promise<Readonly<Record<string, unknown>>> {
  const late = AbortSignal.timeout(seconds * 1_000);
  using ending = linkSignals(signal, late);
  let taskId: string | undefined;
  let characters = 0;
  try {
    for await (const event of client.stream(said, { ...ids, signal: ending.signal })) {
      if (event.message !== undefined) {
        return told({ message: event.message });
      }
      taskId = event.task?.id ?? event.statusUpdate?.taskId ?? taskId;
      const state = event.task?.status.state ?? event.statusUpdate?.status.state;
      if (state !== undefined) {
        progress(`the task is ${stateOf(state)}`, seconds);
      }
      for (const part of event.artifactUpdate?.artifact.parts ?? []) {
        characters += part.text?.length ?? 0;
        progress(`the answer has ${characters} characters so far`, seconds);
      }
    }
  } catch (error) {
    if (!late.aborted || signal.aborted || taskId === undefined) {
      throw error;
    }
  }
  return taskId === undefined ? {} : told({ task: await client.get(taskId, { signal }) });
}
