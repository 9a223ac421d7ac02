// One program, two wires: over gRPC to a self-hosted network, or to a workspace by its token, as the hosted service has it. Both see
// the same channel here, for the local server is both products at once.
import { AgentClient, type ConnectOptions } from "@x/openagents";

const network = { host: "localhost", port: Number(process.env.OPENAGENTS_GRPC_PORT ?? 8600) };
const workspace = {
  host: process.env.OPENAGENTS_HOST ?? "workspace-endpoint.openagents.org",
  port: Number(process.env.OPENAGENTS_PORT ?? 443),
  token: process.env.OPENAGENTS_TOKEN,
};

async function join(agentId: string, options: ConnectOptions): Promise<AgentClient> {
  const client = new AgentClient({ agentId });
  await client.connectToServer({ ...options, throwOnError: true });
  console.log(`${agentId} is connected by ${client.connector?.transport}`);
  return client;
}
await using inside = await join("inside", { ...network, transport: "grpc" });
await using outside = await join("outside", { ...workspace, transport: "workspace" });

outside.registerEventHandler(
  async (event) => {
    await event.reply(`I read you, ${event.payload.sender_id}`);
  },
  ["channel.message.posted"],
);

// Answered in the thread of the post, and by nothing else.
const answer = await inside
  .workspace()
  .channel("general")
  .postAndWait("Does anybody read this?", { timeout: 30 });
console.log(`${answer?.payload.sender_id}: ${answer?.text}`);
