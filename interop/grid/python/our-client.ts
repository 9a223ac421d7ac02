// Two of our clients call whatever there is to call, at the URL in the arguments; prints whose keys sign.
import { data, file, GridClient, text } from "@x/grid";

const [url = ""] = process.argv.slice(2);
const exact = new GridClient({ url, identity: "07".repeat(32) });
/** Writes times as Python does. */
const python = new GridClient({
  url,
  identity: "08".repeat(32),
  profile: { switches: { timestampFormat: "python" } },
});

/** What JavaScript writes unlike Python, or sorts unlike it. */
const oddities = {
  numbers: [0, -0, 1, -1, 1.5, 1e-7, 0.00001, 0.0001, 1e15, 1e16, 1e20, 1e21, 1e22, 1.5e300, 5e-324, 2 ** 53],
  "": "empty",
  "10": 1,
  "9": 2,
  "\ue000": "private",
  "\uffff": "last of the plane",
  "😀": "astral",
  texts: ["\u2028\u2029\ufeff\u007f\u0000\u001f", 'é "\\/', "e\u0301"],
  nested: JSON.parse('{"__proto__": {"constructor": null}, "b": [], "a": {}}'),
  left: undefined,
  at: new Date(0),
};

async function meet(client: GridClient, name: string): Promise<string> {
  const node = {
    name,
    description: "😀\ue000",
    skills: [{ id: "s", name: "S", tags: ["t"] }],
    autonomous: true,
  };
  await client.register(node);
  await client.register(node);
  await client.heartbeat();
  await client.patchNode({ description: "né" });
  await client.setStatus("busy", { statusMessage: "😀", activeTaskIds: [], summary: "s" });
  await client.status();
  await client.generateClaimCode();
  await client.getProtocolGuide();
  const { nodeId, publicKey } = await client.keypairInfo();
  keys[nodeId] = publicKey;
  return nodeId;
}

async function work(sender: GridClient, receiver: GridClient, receiverId: string): Promise<void> {
  await sender.search("s", { filters: { onlineOnly: true }, limit: 5 });
  await sender.getNode(receiverId);
  const parts = [text("😀"), data(oddities), file({ name: "é", mimeType: "text/plain", bytes: "YQ==" })];
  const metadata = { ratio: 0.1 };
  const task = await sender.sendTask(receiverId, { parts }, { checkIn: 60, metadata, sessionKey: "k" });
  await using events = receiver.events();
  await events.next();
  await receiver.readTask(task.id);
  await receiver.ackMessages(task.id);
  await receiver.updateTask(task.id, { state: "working", artifact: { name: "a", parts: [text("b")] } });
  await receiver.sendMessage(task.id, "which?", { state: "input_required" });
  await sender.waitForTask(task.id);
  await sender.sendMessage(task.id, "that");
  await sender.getTask(task.id, { historyLength: 2 });
  await sender.listTasks({ state: ["working"], limit: 3, offset: 0 });
  await sender.findActiveTask(receiverId);
  await sender.completeTask(task.id, { message: "thanks" });
  await receiver.rejectTask((await sender.sendTask(receiverId, "no")).id, "never");
  await sender.cancelTask((await sender.sendTask(receiverId, "oh")).id);
}

async function talk(creator: GridClient, guest: GridClient, guestId: string): Promise<void> {
  const { id } = await creator.createRoom([guestId], { name: "né" });
  await guest.joinRoom(id);
  await guest.sendRoomMessage(id, { parts: [data(oddities)] });
  await creator.readRoom(id, { limit: 10 });
  await creator.getRoom(id, { historyLength: 1 });
  await creator.listRooms({ state: "open" });
  await creator.kickFromRoom(id, guestId);
  await creator.inviteToRoom(id, guestId);
  await guest.rejectRoom(id);
  await creator.inviteToRoom(id, guestId);
  await guest.joinRoom(id);
  await guest.leaveRoom(id);
  await creator.closeRoom(id);
}

async function remember(client: GridClient): Promise<void> {
  const { id } = await client.createSchedule({
    messageText: "né",
    cronExprs: ["0 9 * * 1-5"],
    timezone: "Europe/Berlin",
    maxFires: 3,
    metadata: { k: [1, 1e-7] },
  });
  await client.createSchedule({ messageText: "x", fireAt: new Date(Date.now() + 3_600_000) });
  await client.updateSchedule(id, { schedule: "every weekday at 9am" });
  await client.getSchedule(id);
  await client.listSchedules();
  await client.deleteSchedule(id);
}

const keys: Record<string, string> = {};
try {
  const pythonId = await meet(python, "python");
  const exactId = await meet(exact, "exact");
  await work(exact, python, pythonId);
  await work(python, exact, exactId);
  await talk(exact, python, pythonId);
  await talk(python, exact, exactId);
  await remember(exact);
  await remember(python);
  console.log(JSON.stringify(keys));
} finally {
  await Promise.all([exact.close(), python.close()]);
}
