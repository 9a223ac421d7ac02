// Tasks: read, canceled, listed.
import assert from "node:assert/strict";
import type { Steps } from "../../shared/steps.ts";
import type { Caller } from "./caller.ts";
import { task, taskList } from "./schema.ts";

export function tasks({ send, sendForMessage, get, result, refused }: Caller): Steps {
  const list = (params: Readonly<Record<string, unknown>>) => result("ListTasks", params, taskList);
  return {
    "A39 CORE-GET-001 DM-TASK-002 a task as it was sent": async () => {
      const sent = await send("artifact-data");
      assert.deepEqual(await get(sent.id), sent);
    },
    "A39 CORE-GET-002 CORE-ERR-001 a task that nobody knows": async () => {
      await refused("TASK_NOT_FOUND", "GetTask", { id: "tck-nobody" });
    },
    "A39 CORE-CANCEL-001 a task that waits is canceled": async () => {
      const { id } = await send("input-required");
      const canceled = await result("CancelTask", { id }, task);
      assert.deepEqual([canceled.id, canceled.status.state], [id, "TASK_STATE_CANCELED"]);
      assert.equal((await get(id)).status.state, "TASK_STATE_CANCELED");
    },
    "A39 CORE-CANCEL-002 a task that is over is not": async () => {
      const { id } = await send("complete-task");
      await refused("TASK_NOT_CANCELABLE", "CancelTask", { id });
      const { id: waiting } = await send("input-required");
      await result("CancelTask", { id: waiting }, task);
      await refused("TASK_NOT_CANCELABLE", "CancelTask", { id: waiting });
    },
    "A39 CORE-CANCEL-003 nor one that nobody knows": async () => {
      await refused("TASK_NOT_FOUND", "CancelTask", { id: "tck-nobody" });
    },
    "A39 CORE-LIST-001 CORE-LIST-005 a list, without artifacts unless they are asked for": async () => {
      const contextId = crypto.randomUUID();
      const { id } = await send("artifact-text", { contextId });
      const { id: waiting } = await send("input-required", { contextId });
      const bare = await list({ contextId });
      assert.deepEqual([bare.totalSize, bare.pageSize, bare.nextPageToken], [2, 50, ""]);
      assert.ok(
        bare.tasks.every(({ artifacts, history }) => artifacts === undefined && history === undefined),
      );
      const whole = await list({ contextId, includeArtifacts: true, historyLength: 1 });
      assert.deepEqual(
        whole.tasks.map((each) => [each.id, each.artifacts?.length, each.history?.length]),
        [
          [waiting, 0, 1],
          [id, 1, 1],
        ],
      );
    },
    "A39 CORE-LIST-002 CORE-LIST-003 CORE-LIST-004 pages, newest first, to the end": async () => {
      const contextId = crypto.randomUUID();
      const sent: string[] = [];
      for (let number = 0; number < 5; number += 1) {
        sent.unshift((await send("complete-task", { contextId })).id);
      }
      const listed: string[] = [];
      const times: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await list({ contextId, pageSize: 2, ...(pageToken && { pageToken }) });
        assert.deepEqual([page.totalSize, page.pageSize], [5, 2]);
        listed.push(...page.tasks.map(({ id }) => id));
        times.push(...page.tasks.map(({ status }) => status.timestamp));
        pageToken = page.nextPageToken;
      } while (pageToken !== "");
      assert.deepEqual(new Set(listed), new Set(sent));
      assert.equal(listed.length, 5);
      assert.deepEqual(times, times.toSorted().reverse());
    },
    "A39 CORE-LIST-002 lists by state and by time": async () => {
      const contextId = crypto.randomUUID();
      const done = await send("complete-task", { contextId });
      const waiting = await send("input-required", { contextId });
      const some = await list({ contextId, status: "TASK_STATE_INPUT_REQUIRED" });
      assert.deepEqual(
        some.tasks.map(({ id }) => id),
        [waiting.id],
      );
      const since = await list({ contextId, statusTimestampAfter: done.status.timestamp });
      assert.equal(since.totalSize, 2);
      const none = await list({ contextId, statusTimestampAfter: "2999-01-01T00:00:00Z" });
      assert.deepEqual([none.tasks, none.totalSize], [[], 0]);
    },
    "A39 CORE-LIST-002 lists that cannot be": async () => {
      for (const wrong of [
        { pageSize: 0 },
        { pageSize: 101 },
        { pageToken: "tck-no-token" },
        { status: "TASK_STATE_NONE" },
        { statusTimestampAfter: "yesterday" },
        { historyLength: -1 },
      ]) {
        await refused("INVALID_PARAMS", "ListTasks", wrong);
      }
    },
    "A39 CORE-SEND-001 the task of a message that needed none is hidden": async () => {
      const { contextId } = await sendForMessage("message-response");
      assert.equal((await list({ contextId })).totalSize, 0);
    },
  };
}
