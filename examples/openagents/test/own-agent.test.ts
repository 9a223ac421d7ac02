// A test of one's own agent: a server in memory whose time the test moves, so that a silent agent is missed at once.
import type { AgentClient } from "@x/openagents";
import { type OpenAgentsFixtures, openAgentsFixtures } from "@x/openagents/testing";
import { expect, test } from "vitest";

/** The agent under test: it says hello to everybody who comes, and tells who was lost. */
function welcome(client: AgentClient): void {
  const general = client.workspace().channel("general");
  client.registerEventHandler(
    async ({ payload: { agent_id } }) => {
      if (agent_id !== client.agentId) await general.post(`Hello, ${agent_id}`);
    },
    ["agent.joined"],
  );
  client.registerEventHandler(
    ({ payload }) => general.post(`We lost ${payload.agent_id}: ${payload.reason}`),
    ["agent.left"],
  );
}

const it = test.extend<OpenAgentsFixtures>(openAgentsFixtures());

it("greets who comes, and misses who went without a word", async ({ agent, client, server, advance }) => {
  welcome(await agent("host"));
  const general = client.workspace().channel("general");

  const greeting = general.waitForPost({ from: "host" });
  // An agent that registers and is never heard of again.
  await fetch(`${server.url}/api/register`, {
    method: "POST",
    body: JSON.stringify({ agent_id: "ghost", metadata: {} }),
  });
  expect((await greeting)?.text).toBe("Hello, ghost");

  const lost = general.waitForPost({ from: "host" });
  await advance(181_000);
  expect((await lost)?.text).toBe("We lost ghost: timeout");
});
