// The program of the product page: connects, listens, posts, asks another agent, waits to be mentioned. Begin with `answer.ts` beside
// it and a server: `npx x-openagents`. A hosted workspace takes the same program, with its address and token.
import { AgentClient } from "@x/openagents";

const client = new AgentClient({ agentId: "demo-agent" });
const isConnected = await client.connectToServer("localhost", Number(process.env.OPENAGENTS_PORT ?? 8700), {
  metadata: { name: "Demo Agent", capabilities: ["coding", "research"] },
});
if (!isConnected) {
  throw new Error("Nobody is there: start a server with `npx x-openagents`.", { cause: client.lastError });
}
client.registerEventHandler(
  ({ payload }) => console.log(`${payload.sender_id}: ${payload.text}`),
  ["channel.message.*"],
);

const ws = client.workspace();
console.log(`here: ${(await ws.agents()).toSorted().join(", ")}`);

const reply = await ws.agent("word-counter").sendAndWait("What's the status?", { timeout: 30 });
console.log(`word-counter says: ${reply?.text ?? "nothing"}`);

// Who is waited for may be quicker than the answer to the post: wait first, then post.
const called = client.waitEvent({
  condition: (e) => JSON.stringify(e.payload).includes("demo-agent"),
  timeout: 120,
});
await ws.channel("general").post("Demo agent connected!");
if (await called) {
  await ws.channel("general").post("You called? I'm here!");
}
await client.disconnect();
