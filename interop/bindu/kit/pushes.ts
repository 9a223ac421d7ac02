// Webhooks: made, read, listed, deleted; and what they hear.
import assert from "node:assert/strict";
import { z } from "zod";
import type { Steps } from "../../shared/steps.ts";
import { type Delivery, startWebhook } from "../../shared/webhook.ts";
import { type Caller, shapeOf } from "./caller.ts";
import { pushConfig, pushConfigs, streamResponse } from "./schema.ts";

const url = "https://example.com/hook";
const isOver = (body: string): boolean => body.includes("TASK_STATE_COMPLETED");
const heardBy = (deliveries: readonly Delivery[]): readonly string[] =>
  shapeOf(deliveries.map(({ body }) => streamResponse.parse(JSON.parse(body))));

export function pushes({ send, result, refused }: Caller): Steps {
  const create = (config: Readonly<Record<string, unknown>>) =>
    result("CreateTaskPushNotificationConfig", config, pushConfig);
  const list = async (taskId: string) =>
    (await result("ListTaskPushNotificationConfigs", { taskId }, pushConfigs)).configs;
  return {
    "A39 PUSH-CREATE-001 a webhook gets an id, and tells back what it was given": async () => {
      const { id: taskId } = await send("input-required");
      const authentication = { scheme: "Bearer", credentials: "secret" };
      const made = await create({ taskId, url, token: "t", authentication });
      assert.deepEqual(made, { id: made.id, taskId, url, token: "t", authentication });
    },
    "A39 PUSH-CREATE-002 a task that nobody knows has none": async () => {
      await refused("TASK_NOT_FOUND", "CreateTaskPushNotificationConfig", { taskId: "tck-nobody", url });
    },
    "A39 PUSH-GET-001 a webhook is read without its secrets": async () => {
      const { id: taskId } = await send("complete-task");
      await create({
        taskId,
        id: "p",
        url,
        token: "t",
        authentication: { scheme: "Bearer", credentials: "c" },
      });
      const read = await result("GetTaskPushNotificationConfig", { taskId, id: "p" }, pushConfig);
      assert.deepEqual(read, { id: "p", taskId, url, authentication: { scheme: "Bearer" } });
    },
    "A39 PUSH-GET-002 a webhook that nobody knows": async () => {
      const { id: taskId } = await send("complete-task");
      await refused("TASK_NOT_FOUND", "GetTaskPushNotificationConfig", { taskId, id: "nobody" });
    },
    "A39 PUSH-LIST-001 webhooks of a task, one of each id": async () => {
      const { id: taskId } = await send("complete-task");
      assert.deepEqual(await list(taskId), []);
      await create({ taskId, id: "a", url });
      await create({ taskId, id: "b", url });
      await create({ taskId, id: "a", url: `${url}/again` });
      const listed = (await list(taskId)).map((config) => [config.id, config.url]);
      assert.deepEqual(new Map(listed as [string, string][]).get("a"), `${url}/again`);
      assert.equal(listed.length, 2);
    },
    "A39 PUSH-DEL-001 PUSH-DEL-002 A13 a webhook is deleted, also once more": async () => {
      const { id: taskId } = await send("complete-task");
      await create({ taskId, id: "p", url });
      const nothing = z.strictObject({});
      for (const _ of [1, 2]) {
        await result("DeleteTaskPushNotificationConfig", { taskId, id: "p" }, nothing);
      }
      assert.deepEqual(await list(taskId), []);
    },
    "A39 PUSH-CREATE-001 addresses that are none": async () => {
      const { id: taskId } = await send("complete-task");
      for (const wrong of ["", "no url", "ftp://example.com/", "http://169.254.169.254/"]) {
        await refused("INVALID_PARAMS", "CreateTaskPushNotificationConfig", { taskId, url: wrong });
      }
    },
    "A39 PUSH-DELIVER-001 PUSH-DELIVER-002 A24 A25 a webhook of a send hears all, with its credentials":
      async () => {
        await using webhook = await startWebhook();
        const authentication = { scheme: "Bearer", credentials: "secret" };
        const taskPushNotificationConfig = { url: webhook.url, token: "t", authentication };
        await send("artifact-data", {}, { taskPushNotificationConfig });
        const deliveries = await webhook.until(isOver);
        assert.deepEqual(heardBy(deliveries), [
          "TASK_STATE_WORKING",
          JSON.stringify([{ data: { key: "value", count: 42 } }]),
          "TASK_STATE_COMPLETED",
        ]);
        for (const { method, headers } of deliveries) {
          assert.deepEqual(
            [method, headers["content-type"], headers.authorization, headers["x-a2a-notification-token"]],
            ["POST", "application/a2a+json", "Bearer secret", "t"],
          );
        }
      },
    "A39 PUSH-DELIVER-003 A26 a webhook of a task hears what follows, a deleted one nothing": async () => {
      await using webhook = await startWebhook();
      await using deleted = await startWebhook();
      const { id: taskId } = await send("input-required");
      await create({ taskId, id: "kept", url: webhook.url });
      await create({ taskId, id: "gone", url: deleted.url });
      await result("DeleteTaskPushNotificationConfig", { taskId, id: "gone" }, z.strictObject({}));
      await send("complete-task", { taskId });
      assert.equal(heardBy(await webhook.until(isOver)).at(-1), "TASK_STATE_COMPLETED");
      assert.deepEqual(await deleted.until((body) => body === ""), []);
    },
  };
}
