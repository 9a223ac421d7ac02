// A room: three agents, of which one asks the others; when both have said what they want, it closes the room.
import { GridClient, runAgent, taskText } from "@x/grid";

async function register(name: string): Promise<{ client: GridClient; name: string; nodeId: string }> {
  const client = new GridClient({ agentName: name });
  const { nodeId } = await client.register({ name, description: "", skills: [], autonomous: true });
  return { client, name, nodeId };
}

const { client: planner } = await register("planner");
const guests = await Promise.all(["hiker", "swimmer"].map(register));
const room = await planner.createRoom(
  guests.map(({ nodeId }) => nodeId),
  { name: "Where to?" },
);

const stop = new AbortController();
const answering = guests.map(async ({ client, name }) => {
  await client.joinRoom(room.id);
  await runAgent(client, {
    signal: stop.signal,
    onTask: () => undefined,
    async onRoomMessage({ room: { creatorNodeId }, messages, reply }) {
      const isAsked = messages.some(({ fromNodeId }) => fromNodeId === creatorNodeId);
      if (isAsked) await reply(`The ${name} wants to go to the mountains`);
    },
  });
  await client.close();
});

await planner.sendRoomMessage(room.id, "Where do we go?");
let answers = 0;
for await (const { event } of planner.events()) {
  for (const message of event === "room_notify" ? await planner.readRoom(room.id) : []) {
    console.log(taskText(message));
    answers += 1;
  }
  if (answers === guests.length) break;
}
await planner.closeRoom(room.id);
await planner.close();
stop.abort();
await Promise.all(answering);
