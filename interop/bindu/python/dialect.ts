// Calls of Bindu's dialect, and where cores and agents may stand.
import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { workFolder } from "../../shared/suite.ts";

/** A folder of its own for an official core, which writes logs and keys where it stands. */
export const coreFolder = (): string => mkdtempSync(join(workFolder("interop-bindu-python"), "core-"));

/** What is read of a task. */
interface Task {
  readonly id: string;
  readonly status: { readonly state: string };
  readonly history: readonly { readonly parts: readonly { readonly text?: string }[] }[];
  readonly artifacts?: readonly {
    readonly parts: readonly { readonly text?: string; readonly metadata?: Record<string, unknown> }[];
  }[];
}

async function rpc(url: string, method: string, params: object): Promise<Task> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: randomUUID(), method, params });
  const answer = Object(await (await fetch(url, { method: "POST", body })).json());
  if (answer.result === undefined) {
    throw new Error(`${method}: ${JSON.stringify(answer.error)}`);
  }
  return answer.result;
}

/** Sends a message, and waits until its task has an outcome. */
export async function ask(url: string, text: string): Promise<Task> {
  const ids = { messageId: randomUUID(), contextId: randomUUID(), taskId: randomUUID() };
  const message = { role: "user", kind: "message", ...ids, parts: [{ kind: "text", text }] };
  const { id } = await rpc(url, "message/send", {
    message,
    configuration: { acceptedOutputModes: ["text/plain"] },
  });
  for (;;) {
    const task = await rpc(url, "tasks/get", { taskId: id });
    if (!["submitted", "working"].includes(task.status.state)) {
      return task;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const textOf = (task: Task): string => task.history.at(-1)?.parts[0]?.text ?? "";

export function expect(what: string, holds: boolean): void {
  if (!holds) {
    throw new Error(what);
  }
}
