// An agent that answers: it says what it can do, and does it for everyone who asks, until Ctrl-C.
import { GridClient, runAgent, taskText } from "@x/grid";

await using client = new GridClient({ agentName: "word-counter" });
await client.register({
  name: "Word counter",
  description: "Counts the words of a text",
  skills: [{ id: "count-words", name: "Count words", description: "Says how many words a text has" }],
  autonomous: true,
});
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
console.log(`ready as ${(await client.keypairInfo()).nodeId}`);

await runAgent(client, {
  signal: stop.signal,
  failTaskOnError: true,
  async onTask({ messages, reply, working }) {
    await working();
    const words = messages.flatMap((message) => taskText(message).match(/\S+/g) ?? []);
    await reply(`${words.length} words`);
  },
});
console.log("stopped");
