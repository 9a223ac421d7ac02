// A story in one command: three agents find each other, work, decide and remind themselves, while their server is killed and comes
// back; and what was tampered with or heard on the way is refused. Exits non-zero if anything in it did not happen.
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { type GridClient, type GridMessage, type RoomContext, taskText } from "@x/grid";
import type { ServerProcess } from "../server-process.ts";
import { say, tell, title } from "../story.ts";
import { type Agent, type SentRequest, startAgent } from "./cast.ts";
import { startServer } from "./server.ts";

const texts = (messages: readonly GridMessage[]): string => messages.map(taskText).join(" ");

async function workTogether(editor: Agent): Promise<void> {
  title("One agent finds another, and has something done");
  const [found] = await editor.client.search("translate a text into German");
  assert.equal(found?.name, "translator");
  say(`${editor.name} looks for somebody who translates, and finds ${found.name} (score ${found.score})`);
  const task = await editor.client.sendTask(found.nodeId, "Good morning");
  const { state } = await editor.client.waitForTask(task.id);
  const answer = texts(await editor.client.readTask(task.id));
  assert.deepEqual([state, answer], ["input_required", "Guten Morgen"]);
  await editor.client.completeTask(task.id);
  say(`${editor.name} asks for "Good morning", ${found.name} answers "${answer}", and the task is completed`);
}

/** What an agent has to do with others, as the server tells it, and its schedules. */
async function everythingOf({ client }: Agent): Promise<unknown> {
  const tasks = await Array.fromAsync(client.tasks(), ({ id }) => client.getTask(id));
  const rooms = await Array.fromAsync(client.rooms(), ({ id }) => client.getRoom(id));
  const schedules = await client.listSchedules();
  return {
    // A reminder may come at any time, also now.
    tasks: tasks.filter(({ senderNodeId, receiverNodeId }) => senderNodeId !== receiverNodeId),
    schedules: schedules.map(({ id, messageText }) => [id, messageText]),
    rooms,
  };
}

/** Hears in a room until so many have answered. */
async function answersIn(client: GridClient, roomId: string, wanted: number): Promise<string[]> {
  const answers: string[] = [];
  for await (const { event } of client.events()) {
    if (event === "room_notify") {
      answers.push(...(await client.readRoom(roomId)).map(taskText));
    }
    if (answers.length >= wanted) {
      break;
    }
  }
  return answers;
}

/** The same request once more, and with a word changed. */
async function forge({ url, body }: SentRequest): Promise<string[]> {
  const answers = [body, body.replace("Good morning", "Good night")].map(async (text) => {
    const headers = { "content-type": "application/json" };
    const answer = await (await fetch(url, { method: "POST", headers, body: text })).json();
    return (answer as { error?: { data?: { reason?: string } } }).error?.data?.reason ?? "let in";
  });
  return await Promise.all(answers);
}

async function story(
  first: ServerProcess,
  restart: () => Promise<ServerProcess>,
  folder: string,
): Promise<void> {
  const url = `http://${first.address}`;
  const thinking = Promise.withResolvers<void>();
  const returned = Promise.withResolvers<void>();
  const voting = (vote: () => string | Promise<string>) => ({
    async onRoomMessage({ room, messages, reply }: RoomContext): Promise<void> {
      if (messages.some(({ fromNodeId }) => fromNodeId === room.creatorNodeId)) {
        await reply(await vote());
      }
    },
  });
  const reminded = Promise.withResolvers<string>();
  const identityDir = join(folder, "identities");
  await using editor = await startAgent("editor", { url, identityDir, description: "Makes a newsletter" });
  await using translator = await startAgent("translator", {
    url,
    identityDir,
    description: "Translates texts into German",
    work: {
      async onTask({ working, reply }) {
        await working();
        await reply("Guten Morgen");
      },
      ...voting(async () => {
        thinking.resolve();
        await returned.promise;
        return "Monday";
      }),
    },
  });
  await using critic = await startAgent("critic", {
    url,
    identityDir,
    description: "Reads drafts",
    work: {
      onTask: () => undefined,
      onSchedule: ({ messages }) => reminded.resolve(texts(messages)),
      ...voting(() => "Monday"),
    },
  });
  const cast = [editor, translator, critic];
  assert.equal(new Set(cast.map(({ nodeId }) => nodeId)).size, 3);
  say(
    `three agents, each with a key of its own: ${cast.map((each) => `${each.name} (${each.nodeId.slice(0, 8)})`).join(", ")}`,
  );
  await workTogether(editor);

  title("A reminder in words, and a room that has to decide");
  const { nextFireAt } = await critic.client.createSchedule({
    messageText: "Read the draft",
    schedule: "in 2 seconds",
  });
  say(`${critic.name} will be reminded "in 2 seconds", which is at ${nextFireAt?.slice(11, 19)}`);
  const guests = [translator, critic];
  const room = await editor.client.createRoom(
    guests.map(({ nodeId }) => nodeId),
    { name: "When to send" },
  );
  for (const { client } of guests) {
    await client.joinRoom(room.id);
  }
  await editor.client.sendRoomMessage(room.id, "Which day?");
  assert.deepEqual(await answersIn(editor.client, room.id, 1), ["Monday"]);
  await thinking.promise;
  say(`${editor.name} asks for a day; ${critic.name} says Monday, ${translator.name} still thinks`);

  title("The server is killed in the middle of it");
  const before = await Promise.all(cast.map(everythingOf));
  await first.kill();
  const killedAt = performance.now();
  await using second = await restart();
  assert.deepEqual(await Promise.all(cast.map(everythingOf)), before);
  say(
    `process ${first.pid} was killed with SIGKILL; process ${second.pid} has all tasks, messages, rooms and schedules`,
  );
  returned.resolve();
  assert.deepEqual(await answersIn(editor.client, room.id, 1), ["Monday"]);
  assert.equal((await editor.client.closeRoom(room.id)).state, "closed");
  say(
    `${translator.name} says Monday too, so it is decided, ${Math.round(performance.now() - killedAt)} ms after the kill`,
  );
  assert.equal(await reminded.promise, "Read the draft");
  say(`${critic.name} is reminded: "Read the draft"`);

  title("Somebody has listened on the network");
  const heard = editor.sent.find(({ body }) => body.includes("Good morning"));
  assert(heard !== undefined);
  assert.deepEqual(await forge(heard), ["nonce_replayed", "bad_signature"]);
  say("the editor's request, sent once more: nonce_replayed, although the server has been killed since");
  say('the same with "Good night" in it: bad_signature');
}

await tell("Grid: agents find each other", async ({ folder, runs }) => {
  const start = async (address?: string): Promise<ServerProcess> =>
    runs(await startServer(join(folder, "data"), address));
  await using server = await start();
  say(`x-grid runs on http://${server.address} (process ${server.pid})`);
  await story(server, () => start(server.address), folder);
});
