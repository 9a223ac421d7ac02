// What the story says to agents, by the official client of A2A.
import { randomUUID } from "node:crypto";
import { type Message, Role, type Task, TaskState } from "@a2a-js/sdk";
import type { Client } from "@a2a-js/sdk/client";

type Part = Message["parts"][number];

/** A request that says a text, about a task where one is given. */
export function saying(
  text: string,
  { id = "", contextId = "" }: Partial<Task> = {},
): {
  tenant: string;
  message: Message;
  configuration: undefined;
  metadata: undefined;
} {
  const part: Part = {
    content: { $case: "text", value: text },
    metadata: undefined,
    filename: "",
    mediaType: "text/plain",
  };
  const message: Message = {
    messageId: randomUUID(),
    taskId: id,
    contextId,
    role: Role.ROLE_USER,
    parts: [part],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  };
  return { tenant: "", message, configuration: undefined, metadata: undefined };
}

export const textOf = (parts: readonly Part[] = []): string =>
  parts.map(({ content }) => (content?.$case === "text" ? content.value : "")).join("");

/** Says a text, and waits for the end of the turn. */
export async function ask(client: Client, text: string, about?: Task): Promise<Task> {
  const answer = await client.sendMessage(saying(text, about));
  if (!("status" in answer)) {
    throw new Error("the agent answered without a task");
  }
  return answer;
}

/** The question of a task that waits for its caller. */
export const questionOf = ({ status }: Task): string | undefined =>
  status?.state === TaskState.TASK_STATE_INPUT_REQUIRED ? textOf(status.message?.parts) : undefined;

export const answerOf = ({ artifacts }: Task): string => artifacts.map(({ parts }) => textOf(parts)).join("");
