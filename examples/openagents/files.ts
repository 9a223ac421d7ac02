// Files and reactions: one agent shares a file, the other reads it and gives a thumbs up, which the first one waits for.
import { AgentClient } from "@x/openagents";

async function join(agentId: string): Promise<AgentClient> {
  const client = new AgentClient({ agentId });
  await client.connectToServer("localhost", Number(process.env.OPENAGENTS_PORT ?? 8700), {
    throwOnError: true,
  });
  return client;
}
await using author = await join("author");
await using reviewer = await join("reviewer");

reviewer.registerEventHandler(
  async (event) => {
    const [file] = await reviewer.workspace().listFiles();
    if (file !== undefined) {
      const { filename, bytes } = await reviewer.workspace().downloadFile(file.fileId);
      console.log(`reviewer reads ${filename}: ${new TextDecoder().decode(bytes)}`);
    }
    await reviewer.workspace().channel("general").react(event, "👍");
  },
  ["channel.message.posted"],
);

// A path to a file does as well as bytes.
const general = author.workspace().channel("general");
const liked = general.waitForReaction({ timeout: 30 });
const { filename, size } = await general.uploadFile(new TextEncoder().encode("Water the plants"), {
  filename: "plan.txt",
  mimeType: "text/plain",
  description: "What do you think?",
});
console.log(`author shared ${filename}, ${size} bytes`);

const reaction = await liked;
console.log(`${reaction?.payload.agent_id} reacts: ${reaction?.payload.reaction}`);
