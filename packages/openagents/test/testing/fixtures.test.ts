// The fixtures as users of the package take them.
import { test } from "vitest";
import { type OpenAgentsFixtures, openAgentsFixtures } from "../../src/testing/index.ts";

const it = test.extend<OpenAgentsFixtures>(openAgentsFixtures({ channels: ["general"] }));

it("connect agents to a server whose time stands still", async ({ agent, client, advance, expect }) => {
  const other = await agent("other");
  const outside = await agent("zed", { transport: "workspace" });
  const heard = outside.waitEvent({
    condition: (event) => event.eventName === "channel.message.posted",
    timeout: 10,
  });
  const told = client.waitEvent({
    condition: (event) => event.eventName === "channel.message.posted",
    timeout: 10,
  });
  await other.workspace().channel("general").post("hello");
  expect([(await heard)?.payload.text, (await told)?.payload.text]).toEqual(["hello", "hello"]);
  expect((await client.listAgents()).map(({ id }) => id).sort()).toEqual(["other", "tester", "zed"]);
  await advance(10_000);
  expect(await client.workspace().channels()).toEqual(["general"]);
});
