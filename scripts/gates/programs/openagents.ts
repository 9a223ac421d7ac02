// Uses the packed @x/openagents as a stranger does: a server in the program, agents on all three wires, a question and its answer.
import { ok, rejects, strictEqual } from "node:assert/strict";
import { AgentClient, InvalidEvent, InvalidToken, type Transport } from "@x/openagents";
import { createLocalNetwork, startLocalOpenAgents } from "@x/openagents/local";
import { openWorkJournal } from "@x/openagents/node";
import { AgentService } from "@x/openagents/proto";

strictEqual(typeof openWorkJournal, "function");
strictEqual(AgentService.method.sendEvent.name, "SendEvent");
await using server = await startLocalOpenAgents({ port: 0, grpcAddr: "127.0.0.1:0", metricsAddr: "off" });
const { url, workspaceToken: token, grpcAddress } = server;
ok(grpcAddress);
async function join(agentId: string, transport: Transport): Promise<AgentClient> {
  const client = new AgentClient({ agentId });
  const at = transport === "grpc" ? { host: "127.0.0.1", port: Number(grpcAddress?.split(":")[1]) } : { url };
  await client.connectToServer({ ...at, token, transport, throwOnError: true });
  return client;
}
await using asker = await join("asker", "http");
await using echo = await join("echo", "grpc");
await using member = await join("member", "workspace");
for (const each of [echo, member]) {
  each.registerEventHandler(
    async (event) => {
      await event.reply(`${each.agentId}: ${event.payload.text}`);
    },
    ["direct.message.received"],
  );
  strictEqual(
    (await asker.workspace().agent(each.agentId).sendAndWait("hi", { timeout: 30 }))?.text,
    `${each.agentId}: hi`,
  );
}
await rejects(asker.sendEvent({ eventName: "nodots" }), InvalidEvent);
const stranger = new AgentClient();
strictEqual(
  await stranger.connectToServer({ url, token: "wrong-token", transport: "workspace", reconnect: false }),
  false,
);
ok(stranger.lastError instanceof InvalidToken);

await using network = await createLocalNetwork();
const { secret } = await network.register("a");
ok((await network.send("a", secret, { event_name: "agent.message", target_agent_id: "a" })).success);
