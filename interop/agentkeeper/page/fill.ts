// What a daemon holds while its pages are looked at.
import type { AgentKeeperClient } from "@x/agentkeeper";
import { hostile } from "../../shared/browser.ts";

const card = { description: "", version: "1.0.0", ttlSeconds: 3_600 };

/** Fills a daemon with everything that the pages show, three agents of it. */
export async function fill(client: AgentKeeperClient): Promise<void> {
  const scraper = await client.register({ ...card, name: "scraper-1", tools: ["browser", "http_client"] });
  const analyst = await client.register({ ...card, name: "analyst-1", tools: ["sql_runner", "pdf_reader"] });
  const intruder = await client.register({ ...card, name: hostile, tools: [hostile] });
  await (await client.register({ ...card, name: "short-lived" })).deregister();
  await client.acquireLease("task:invoice-42", scraper.agentId, { ttlSeconds: 3_600 });
  await client.acquireLease(hostile, intruder.agentId, { ttlSeconds: 3_600 });
  for (const { agentId } of [scraper, analyst, intruder]) {
    await client.campaign("orchestrator:pipeline-A", agentId);
    await client.campaign(hostile, agentId);
  }
  const failing = await client.createTask({ type: "flaky", ttlSeconds: 3_600 });
  await client.claimTask(analyst.agentId);
  await client.failTask(failing.id, analyst.agentId, { reason: hostile });
  await client.createTask({ type: hostile, ttlSeconds: 3_600 });
  await client.createTask({ type: "parse", requiredTools: ["nobody-has-this"] });
  await client.claimTask(analyst.agentId);
  await client.setPolicy({ id: hostile, subject: "*", action: "*", resource: "*", effect: "ALLOW" });
}

/** Fills a daemon with as many agents, each with a lease. */
export async function fillWith(client: AgentKeeperClient, count: number): Promise<void> {
  const atOnce = 100;
  for (let first = 0; first < count; first += atOnce) {
    await Promise.all(
      Array.from({ length: atOnce }, async (_, more) => {
        const number = first + more;
        const agent = await client.register({ ...card, name: `agent-${number}`, tools: ["browser"] });
        await client.acquireLease(`task:invoice-${number}`, agent.agentId, { ttlSeconds: 3_600 });
      }),
    );
  }
}
