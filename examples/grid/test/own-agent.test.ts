// A test of one's own agent: a server in memory whose time the test moves, so that ten minutes pass at once.
import { type GridClient, runAgent, taskText } from "@x/grid";
import { type GridFixtures, gridFixtures } from "@x/grid/testing";
import { expect, test } from "vitest";

/** The agent under test: asked to remind, it answers ten minutes later. */
async function remind(client: GridClient, signal: AbortSignal): Promise<void> {
  await runAgent(client, {
    signal,
    async onTask({ task, messages, working }) {
      const messageText = messages.map(taskText).join("\n");
      await client.createSchedule({ messageText, schedule: "in 10 minutes", metadata: { taskId: task.id } });
      await working();
    },
    async onSchedule({ task, messages }) {
      const { metadata } = await client.getSchedule(task.contextId ?? "");
      await client.sendMessage(String(metadata.taskId), messages.map(taskText).join("\n"));
    },
  });
}

const it = test.extend<GridFixtures>(gridFixtures());

it("answers ten minutes later, and not before", async ({ agent, client, advance }) => {
  const reminder = await agent("reminder");
  const stop = new AbortController();
  const running = remind(reminder, stop.signal);
  const { id } = await client.sendTask((await reminder.keypairInfo()).nodeId, "tea");
  await client.waitForTask(id, { until: ({ state }) => state === "working" });

  await advance(599_000);
  expect(await client.readTask(id)).toEqual([]);
  await advance(1_000);
  await client.waitForTask(id);
  expect((await client.readTask(id)).map(taskText)).toEqual(["tea"]);

  stop.abort();
  await running;
});
