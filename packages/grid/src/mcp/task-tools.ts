// Tools about tasks: giving work to another agent, and taking it.
import { defineTool, listAnswer, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { GridClient } from "../client/client.ts";
import { taskText } from "../client/messages.ts";
import { GridTimeoutError } from "../errors.ts";
import type { GridMessage, GridTask } from "../types.ts";

const brief = ({ id, state, unreadCount, senderNodeId, receiverNodeId, updatedAt }: GridTask) => ({
  task: id,
  state,
  unread: unreadCount,
  from: senderNodeId,
  to: receiverNodeId,
  changed: updatedAt,
});

const said = (message: GridMessage) => ({
  from: message.fromNodeId,
  text: taskText(message),
  parts: message.parts.filter(({ type }) => type !== "text"),
  at: message.timestamp,
});

const task = z.string().min(1).describe("The id of the task");

export function taskTools(client: GridClient): readonly Tool[] {
  return [
    defineTool({
      name: "send_task",
      description: "Gives an agent a new task. It answers when it can: wait with wait_task.",
      input: {
        node: z.string().describe("The agent's id, as search_agents tells it"),
        text: z.string().min(1).describe("What it shall do"),
      },
      hints: { readOnlyHint: false },
      run: async ({ node, text }, { signal }) => brief(await client.sendTask(node, text, { signal })),
    }),

    defineTool({
      name: "reply_task",
      description:
        "Says something in a task. As its receiver, state says what comes now: working while you go on, input_required for a question (the default), failed.",
      input: {
        task,
        text: z.string().min(1),
        state: z.enum(["working", "input_required", "failed"]).nullish(),
      },
      hints: { readOnlyHint: false },
      run: async ({ task: id, text, state }, { signal }) =>
        brief(await client.sendMessage(id, text, { signal, ...(state ? { state } : {}) })),
    }),

    defineTool({
      name: "list_tasks",
      description:
        "Lists this agent's tasks, those it has sent and those it was sent, the last changed first.",
      input: {
        unread: z.boolean().default(false).describe("Only those with something unread"),
        state: z.string().nullish(),
        limit: z.number().int().min(1).max(100).default(20),
        cursor: z.number().int().min(0).default(0).describe("The next_cursor of the part before"),
      },
      hints: { readOnlyHint: true },
      async run({ unread, state, limit, cursor }, { signal }) {
        const tasks = await client.listTasks({
          limit,
          offset: cursor,
          signal,
          ...(unread ? { unreadOnly: true } : {}),
          ...(state ? { state } : {}),
        });
        const end = cursor + tasks.length;
        return listAnswer({
          name: "tasks",
          items: tasks.map(brief),
          cursorAfter: (index) => cursor + index + 1,
          next: tasks.length > 0 && end < tasks.total ? end : null,
        });
      },
    }),

    defineTool({
      name: "read_task",
      description: "Shows what is unread in a task, and tells the other side that you have it.",
      input: { task },
      hints: { readOnlyHint: false },
      async run({ task: id }, { signal }) {
        const messages = await client.readTask(id, { signal });
        await client.ackMessages(id, { signal });
        return { task: id, messages: messages.map(said) };
      },
    }),

    defineTool({
      name: "get_task",
      description: "Shows a task with its newest messages and its artifacts. Marks nothing as read.",
      input: { task, messages: z.number().int().min(0).max(1_000).default(20) },
      hints: { readOnlyHint: true },
      async run({ task: id, messages }, { signal }) {
        const found = await client.getTask(id, { historyLength: messages, signal });
        return {
          ...brief(found),
          messages: found.history.map(said),
          artifacts: found.artifacts.map(({ name, parts }) => ({ name, parts })),
        };
      },
    }),

    defineTool({
      name: "wait_task",
      description: "Waits until a task is over or asks for input. over false means: nothing yet, wait again.",
      input: { task, seconds: z.number().positive().max(3_600).default(60) },
      hints: { readOnlyHint: true },
      async run({ task: id, seconds }, { signal, progress }) {
        progress("waiting for the other agent", seconds);
        try {
          return {
            ...brief(await client.waitForTask(id, { timeoutMs: seconds * 1_000, signal })),
            over: true,
          };
        } catch (error) {
          if (error instanceof GridTimeoutError) {
            return { ...brief(await client.getTask(id, { historyLength: 0, signal })), over: false };
          }
          throw error;
        }
      },
    }),

    defineTool({
      name: "complete_task",
      description: "Ends a task that you have sent: it is done.",
      input: { task },
      hints: { readOnlyHint: false, idempotentHint: true },
      run: async ({ task: id }, { signal }) => brief(await client.completeTask(id, { signal })),
    }),

    defineTool({
      name: "reject_task",
      description: "Refuses a task that you were sent, with the reason that its sender reads.",
      input: { task, reason: z.string().min(1) },
      hints: { readOnlyHint: false, idempotentHint: true },
      run: async ({ task: id, reason }, { signal }) => brief(await client.rejectTask(id, reason, { signal })),
    }),

    defineTool({
      name: "cancel_task",
      description: "Calls a task off, from either side.",
      input: { task },
      hints: { readOnlyHint: false, idempotentHint: true, destructiveHint: true },
      run: async ({ task: id }, { signal }) => brief(await client.cancelTask(id, { signal })),
    }),
  ];
}
