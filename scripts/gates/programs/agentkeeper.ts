// Uses the packed @x/agentkeeper as a stranger does: a daemon in the program, one beside it, and a client for each.
import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { AgentKeeperClient, type AgentKeeperClientOptions, NotFoundError } from "@x/agentkeeper";
import { startLocalAgentKeeper } from "@x/agentkeeper/local";
import { RegistryService } from "@x/agentkeeper/proto";

async function story(client: AgentKeeperClient): Promise<void> {
  const agent = await client.register({ name: "reader", description: "Reads web pages", version: "1.0.0" });
  const [found] = await client.find({ query: "web page" });
  strictEqual(found?.agentId, agent.agentId);
  const lease = await client.acquireLease("task:1", agent.agentId);
  ok(lease !== null && lease.lease.token > 0n);
  await lease.release();
  await client.setPolicy({
    id: "p",
    subject: "agent:*",
    action: "call",
    resource: "tool:*",
    effect: "ALLOW",
  });
  deepStrictEqual(await client.checkPolicy({ subject: "agent:reader", action: "call", resource: "tool:x" }), {
    allowed: true,
    reason: 'allowed by policy "p"',
  });
  await agent.deregister();
  await rejects(client.getAgent("nobody"), (error) => error instanceof NotFoundError);
}

strictEqual(RegistryService.typeName, "agentkeeper.v1.RegistryService");

{
  await using server = await startLocalAgentKeeper();
  const options: AgentKeeperClientOptions = { host: server.host, port: server.port };
  await using client = new AgentKeeperClient(options);
  await story(client);
}
{
  await using client = await AgentKeeperClient.embedded();
  await story(client);
}
