// Our client before the agents of the official SDKs: in whatever their cards offer.
import assert from "node:assert/strict";
import { A2AClient, type A2AClientOptions, type A2AEvent, answerText } from "@x/bindu-bridge/a2a";
import { runSteps, type Steps } from "../../shared/steps.ts";
import { type Counts, sumOf } from "../../shared/suite.ts";

/** What the clients of a server ask for; each is a run of all steps. */
const ways: readonly A2AClientOptions[] = [
  {},
  { binding: "HTTP+JSON" },
  { dialect: "0.3", binding: "JSONRPC" },
];

const refusal = (code: string) => (error: { readonly code?: unknown }) => error.code === code;

async function toEnd(
  stream: AsyncIterable<A2AEvent>,
  act?: () => Promise<unknown>,
): Promise<readonly A2AEvent[]> {
  const events: A2AEvent[] = [];
  for await (const event of stream) {
    events.push(event);
    if (events.length === 1) {
      await act?.();
    }
  }
  return events;
}

const lastState = (events: readonly A2AEvent[]): string | undefined =>
  events.map(({ task, statusUpdate }) => (task ?? statusUpdate)?.status.state).findLast(Boolean);

function stepsOf(agent: A2AClient, isOld: boolean): Steps {
  const steps: Steps = {
    "A39 a text, and its answer": async () => {
      assert.equal(await agent.ask("hello"), "echo: hello");
    },
    "A39 a question, and its answer": async () => {
      const { task } = await agent.send("ask");
      assert.equal(task?.status.state, "TASK_STATE_INPUT_REQUIRED");
      assert.equal(task?.status.message?.parts[0]?.text, "Which?");
      const answer = await agent.send("this", { taskId: task?.id, contextId: task?.contextId });
      assert.deepEqual([answer.task?.id, answerText(answer)], [task?.id, "echo: this"]);
      assert.equal((await agent.get(task?.id ?? "")).status.state, "TASK_STATE_COMPLETED");
    },
    "A39 an answer without a task": async () => {
      const { message, task } = await agent.send("message");
      assert.deepEqual([message?.parts[0]?.text, task], ["no task", undefined]);
    },
    "A39 a refusal is an error of ask": async () => {
      await assert.rejects(agent.ask("reject"), refusal("rejected"));
    },
    "A39 a stream to its end": async () => {
      const events = await toEnd(agent.stream("hello"));
      assert.equal(lastState(events), "TASK_STATE_COMPLETED");
      const texts = events.flatMap(({ artifactUpdate }) => artifactUpdate?.artifact.parts ?? []);
      assert.equal(texts.map(({ text }) => text).join(""), "echo: hello");
    },
    "A39 a subscription to what is canceled meanwhile": async () => {
      const { task } = await agent.send("hold", { returnImmediately: true });
      const id = task?.id ?? "";
      const events = await toEnd(agent.subscribe(id), () => agent.cancel(id));
      assert.equal(lastState(events), "TASK_STATE_CANCELED");
      assert.equal((await agent.cancel(id)).status.state, "TASK_STATE_CANCELED");
    },
    "A39 what is refused, by its code": async () => {
      await assert.rejects(agent.get("nope"), refusal("task_not_found"));
      const { task } = await agent.send("hello");
      await assert.rejects(agent.cancel(task?.id ?? ""), refusal("task_not_cancelable"));
    },
  };
  const lists: Steps = {
    "A39 a list": async () => {
      const contextId = crypto.randomUUID();
      await agent.send("hello", { contextId });
      await agent.send("reject", { contextId });
      const { tasks, totalSize } = await agent.list({ contextId });
      assert.deepEqual([tasks.length, totalSize], [2, 2]);
    },
  };
  return isOld ? steps : { ...steps, ...lists };
}

const webhooks = (agent: A2AClient): Steps => ({
  "A39 webhooks are made, read, listed, deleted": async () => {
    const { task } = await agent.send("ask");
    const taskId = task?.id ?? "";
    const made = await agent.createPushConfig({ taskId, id: "p", url: "http://127.0.0.1:9/", token: "t" });
    assert.equal(made.id, "p");
    assert.equal((await agent.getPushConfig(taskId, "p")).url, "http://127.0.0.1:9/");
    assert.equal((await agent.listPushConfigs(taskId)).length, 1);
    await agent.deletePushConfig(taskId, "p");
    assert.equal((await agent.listPushConfigs(taskId)).length, 0);
  },
});

export async function callByOurClient(server: string, url: string): Promise<Counts> {
  const counts: Counts[] = [];
  for (const way of ways) {
    await using agent = new A2AClient(url, { ...way, timeoutMs: 10_000, sendTimeoutMs: 10_000 });
    const title = `bindu/a2a: our client of ${server} by ${way.dialect ?? way.binding ?? "its card"}`;
    counts.push(await runSteps(title, { ...stepsOf(agent, way.dialect === "0.3"), ...webhooks(agent) }));
  }
  return sumOf(counts);
}
