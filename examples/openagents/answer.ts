// An agent that answers: it counts the words of whatever it is asked, and greets whoever speaks in a channel for the first time,
// until Ctrl-C.
import { AgentClient } from "@x/openagents";

await using client = new AgentClient({
  agentId: "word-counter",
  onError: (error) => console.error(error.message),
});
await client.connectToServer("localhost", Number(process.env.OPENAGENTS_PORT ?? 8700), {
  metadata: { name: "Word counter", capabilities: ["count-words"] },
  throwOnError: true, // or look at the answer, and at `client.lastError`
});

// Names its request by itself, so that the other's `sendAndWait` knows it among all others.
client.registerEventHandler(
  async (event) => {
    const words = event.payload.text.match(/\S+/g) ?? [];
    await event.reply(`${words.length} words`);
  },
  ["direct.message.received"],
);
const greeted = new Set<string>();
client.registerEventHandler(
  async ({ payload }) => {
    if (greeted.has(payload.sender_id)) return;
    greeted.add(payload.sender_id);
    await client.workspace().channel(payload.channel).postWithMention("Welcome!", payload.sender_id);
  },
  ["channel.message.posted"],
);
const stop = Promise.withResolvers<void>();
process.once("SIGINT", () => stop.resolve());
console.log(`ready as ${client.agentId}`);
await stop.promise;
console.log("stopped");
