// Asks and waits: finds an agent that counts words, sends it a text, prints the answer. Begin with `answer.ts` beside it.
import { GridClient, taskText } from "@x/grid";

const text = process.argv[2] ?? "the quick brown fox";

await using client = new GridClient({ agentName: "asker" });
await client.register({ name: "Asker", description: "Has questions", skills: [], autonomous: true });

const [counter] = await client.search("count the words of a text", { filters: { onlineOnly: true } });
if (counter === undefined) {
  throw new Error("Nobody here counts words: start answer.ts first.");
}
const task = await client.sendTask(counter.nodeId, text);
console.log(`asked ${counter.name}: ${text}`);

// Ends when the answer is there, by the event stream; after a minute it is given up.
const { state } = await client.waitForTask(task.id, { timeoutMs: 60_000 });
for (const message of await client.readTask(task.id)) {
  console.log(`${counter.name} (${state}): ${taskText(message)}`);
}
await client.completeTask(task.id, { message: "Thank you" });
