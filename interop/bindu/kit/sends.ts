// Sends: what comes of them, contexts and tasks that go on, how much history, and what is refused.
import assert from "node:assert/strict";
import type { Steps } from "../../shared/steps.ts";
import type { Caller } from "./caller.ts";

export function sends({ said, send, sendForMessage, get, refused }: Caller): Steps {
  const textsOf = ({ history = [] }: Awaited<ReturnType<typeof get>>): readonly unknown[] =>
    history
      .filter(({ role }) => role === "ROLE_USER")
      .flatMap(({ parts }) => parts.map((part) => ("text" in part ? part.text : part)));
  return {
    "A39 CORE-SEND-001 DM-TASK-001 DM-ART-001 a task with its artifact": async () => {
      const task = await send("complete-task");
      assert.equal(task.status.state, "TASK_STATE_COMPLETED");
      const [part] = task.artifacts?.[0]?.parts ?? [];
      assert.ok(part && "text" in part && part.text === "Hello from TCK");
    },
    "A39 CORE-SEND-001 DM-MSG-001 a message without a task": async () => {
      const { role, parts, contextId, taskId } = await sendForMessage("message-response");
      assert.deepEqual([role, parts], ["ROLE_AGENT", [{ text: "Direct message response" }]]);
      assert.ok(contextId !== undefined && taskId === undefined);
    },
    "A39 CORE-SEND-002 a task that is over takes no message": async () => {
      for (const prefix of ["complete-task", "reject-task"]) {
        const { id } = await send(prefix);
        await refused("UNSUPPORTED_OPERATION", "SendMessage", said("complete-task", { taskId: id }));
      }
    },
    "A39 CORE-SEND-003 a part of an unknown type is taken": async () => {
      const parts = [{ raw: "AAEC", mediaType: "application/x-tck-unknown" }];
      assert.equal((await send("complete-task", { parts })).status.state, "TASK_STATE_COMPLETED");
    },
    "A39 DM-PART-001 artifacts of every kind": async () => {
      const partOf = async (prefix: string): Promise<object> =>
        (await send(prefix)).artifacts?.[0]?.parts[0] ?? {};
      const file = { filename: "output.txt", mediaType: "text/plain" };
      assert.ok("text" in (await partOf("artifact-text")));
      assert.deepEqual(await partOf("artifact-file"), { raw: "ZmlsZSBjb250ZW50", ...file });
      assert.deepEqual(await partOf("artifact-file-url"), {
        url: "https://example.com/output.txt",
        ...file,
      });
      assert.deepEqual(await partOf("artifact-data"), { data: { key: "value", count: 42 } });
    },
    "A39 DM-STATUS-001 a question, a refusal, and what they say": async () => {
      const asked = await send("input-required");
      assert.equal(asked.status.state, "TASK_STATE_INPUT_REQUIRED");
      assert.deepEqual(asked.status.message?.parts, [{ text: "What else?" }]);
      const rejected = await send("reject-task");
      assert.equal(rejected.status.state, "TASK_STATE_REJECTED");
      assert.deepEqual(rejected.status.message?.parts, [{ text: "Rejected" }]);
    },
    "A39 CORE-EXECUTION-MODE-001 a send waits for the end": async () => {
      assert.equal((await send("complete-task", {}, {})).status.state, "TASK_STATE_COMPLETED");
      const waits = await send("complete-task", {}, { returnImmediately: false });
      assert.equal(waits.status.state, "TASK_STATE_COMPLETED");
    },
    "A39 CORE-EXECUTION-MODE-002 a send that returns at once": async () => {
      const { status } = await send("complete-task", {}, { returnImmediately: true });
      assert.ok(["TASK_STATE_SUBMITTED", "TASK_STATE_WORKING"].includes(status.state), status.state);
    },
    "A39 CORE-MULTI-001a A15 contexts are made, and told": async () => {
      const [one, other] = [await send("complete-task"), await send("complete-task")];
      assert.notEqual(one.contextId, other.contextId);
      assert.notEqual(one.id, other.id);
    },
    "A39 CORE-MULTI-002a a context of the caller's own is kept": async () => {
      const contextId = "tck-context-of-mine";
      assert.equal((await send("complete-task", { contextId })).contextId, contextId);
    },
    "A39 CORE-MULTI-003 no two tasks have one id": async () => {
      const ids = await Promise.all(Array.from({ length: 10 }, async () => (await send("complete-task")).id));
      assert.equal(new Set(ids).size, 10);
    },
    "A39 CORE-MULTI-004 a task that nobody knows": async () => {
      await refused("TASK_NOT_FOUND", "SendMessage", said("complete-task", { taskId: "tck-nobody" }));
    },
    "A39 CORE-MULTI-005 A16 the context follows from the task": async () => {
      const asked = await send("input-required");
      const { id, contextId, status } = await send("complete-task", { taskId: asked.id });
      assert.deepEqual([id, contextId, status.state], [asked.id, asked.contextId, "TASK_STATE_COMPLETED"]);
    },
    "A39 CORE-MULTI-006 a context that is not the task's": async () => {
      const { id } = await send("input-required");
      const mixed = said("complete-task", { taskId: id, contextId: "tck-another" });
      await refused("INVALID_PARAMS", "SendMessage", mixed);
    },
    "A39 CORE-HIST-001 CORE-HIST-003 all of the history, with one id said thrice": async () => {
      const asked = await send("input-required", { parts: [{ text: "one" }] });
      await send("input-required", { taskId: asked.id, parts: [{ text: "two" }] });
      await send("input-required", { taskId: asked.id, parts: [{ text: "three" }] });
      const task = await get(asked.id);
      assert.deepEqual(textsOf(task), ["one", "two", "three"]);
      assert.deepEqual(
        task.history?.map(({ role }) => role),
        ["ROLE_USER", "ROLE_AGENT", "ROLE_USER", "ROLE_AGENT", "ROLE_USER"],
      );
    },
    "A39 CORE-HIST-002 CORE-HIST-004 CORE-HIST-005 the last of the history, or none": async () => {
      const { id } = await send("complete-task");
      assert.equal((await get(id, { historyLength: 1 })).history?.length, 1);
      assert.equal((await get(id, { historyLength: 0 })).history, undefined);
      assert.equal((await get(id, { historyLength: 100 })).history?.length, 2);
      const short = await send("complete-task", {}, { historyLength: 1 });
      assert.deepEqual(
        short.history?.map(({ role }) => role),
        ["ROLE_AGENT"],
      );
      assert.equal((await send("complete-task", {}, { historyLength: 0 })).history, undefined);
    },
    "A39 CORE-HIST-006 a length that is none": async () => {
      const { id } = await send("complete-task");
      await refused("INVALID_PARAMS", "GetTask", { id, historyLength: -1 });
      await refused("INVALID_PARAMS", "SendMessage", said("complete-task", {}, { historyLength: -1 }));
    },
    "A39 CORE-ERR-002 DM-MSG-002 messages that are none": async () => {
      await refused("INVALID_PARAMS", "SendMessage", {});
      for (const wrong of [
        { parts: [] },
        { parts: undefined },
        { messageId: "" },
        { messageId: undefined },
        { role: "user" },
        { role: "ROLE_UNSPECIFIED" },
        { role: undefined },
        { parts: [{}] },
        { parts: [{ text: "a", url: "https://example.com/" }] },
      ]) {
        await refused("INVALID_PARAMS", "SendMessage", said("complete-task", wrong));
      }
    },
  };
}
