// The fixtures of users' tests.
import { test as base, expect } from "vitest";
import { type BinduFixtures, binduFixtures } from "../../src/testing/index.ts";

const test = base.extend<BinduFixtures>(binduFixtures({ retentionSeconds: 60 }));

test("S32 a handler is asked over a core whose time stands still until it is moved", async ({
  agent,
  clientOf,
  advance,
}) => {
  const client = clientOf(await agent((messages) => `Echo: ${messages.at(-1)?.content}`));
  const { task } = await client.send("hello");
  expect(task?.status.state).toBe("TASK_STATE_COMPLETED");
  await advance(59_999);
  expect((await client.get(task?.id ?? "")).id).toBe(task?.id);
  await advance(1);
  await expect(client.get(task?.id ?? "")).rejects.toMatchObject({ code: "task_not_found" });
});
