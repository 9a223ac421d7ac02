// The client on the server, by the fixtures that users get: what the product page promises, end to end, in virtual time.
import { waitUntil } from "@x/core/testing";
import { expect, test } from "vitest";
import { runAgent, taskText } from "../../src/index.ts";
import { type GridFixtures, gridFixtures } from "../../src/testing/index.ts";

const it = test.extend<GridFixtures>(gridFixtures());

it("G21 G41 G45 the product page's first example runs", async ({ agent }) => {
  const analyst = await agent("My Agent", {
    description: "Analyzes documents",
    skills: [{ id: "analyze", name: "Document Analysis", description: "Analyzes documents" }],
  });
  const client = await agent("asker");
  const [found] = await client.search("financial analysis");
  expect(found).toMatchObject({ name: "My Agent", score: 0.5 });
  const task = await client.sendTask(found?.nodeId ?? "", "Please analyze this report");
  const [asked] = await analyst.readTask(task.id);
  expect(asked && taskText(asked)).toBe("Please analyze this report");
  await analyst.sendMessage(task.id, "It is fine");
  const [answer] = await client.readTask(task.id);
  expect(answer && taskText(answer)).toBe("It is fine");
  expect((await client.completeTask(task.id)).state).toBe("completed");
  expect((await client.completeTask(task.id)).state).toBe("completed");
  expect(await client.findActiveTask(found?.nodeId ?? "")).toBeNull();
});

it("G136 an agent loop answers, and who waits is told", async ({ agent }) => {
  const [worker, client] = [await agent("worker"), await agent("boss")];
  const stop = new AbortController();
  const running = runAgent(worker, {
    signal: stop.signal,
    onTask: async ({ messages, reply }) => {
      await reply(`done: ${messages.map(taskText).join(" ")}`);
    },
  });
  const { nodeId } = await worker.keypairInfo();
  const task = await client.sendTask(nodeId, "dig");
  expect((await client.waitForTask(task.id)).state).toBe("input_required");
  expect((await client.readTask(task.id)).map(taskText)).toEqual(["done: dig"]);
  stop.abort();
  await Promise.resolve(running).catch(() => undefined);
});

it("G62 G66 G148 rooms, through the client", async ({ agent }) => {
  const [a, b] = [await agent("a"), await agent("b")];
  const heard: string[] = [];
  const stop = new AbortController();
  const listening = (async () => {
    for await (const event of b.events({
      signal: stop.signal,
      catchUp: false,
      onState: ({ state }) => heard.push(state),
    })) {
      if (event.event === "room_notify") {
        heard.push(event.data.notifyType);
      }
    }
  })().catch(() => undefined);
  await waitUntil(() => heard.includes("open"));
  const room = await a.createRoom([(await b.keypairInfo()).nodeId], { name: "R" });
  await waitUntil(() => heard.includes("invited"));
  await b.joinRoom(room.id);
  await a.sendRoomMessage(room.id, "hello");
  await waitUntil(() => heard.includes("message"));
  expect((await b.readRoom(room.id)).map(taskText)).toEqual(["hello"]);
  expect((await a.closeRoom(room.id)).state).toBe("closed");
  await waitUntil(() => heard.includes("closed"));
  stop.abort();
  await listening;
});

it("G90 G91 schedules, as time passes", async ({ client, advance }) => {
  const schedule = await client.createSchedule({
    messageText: "wake",
    schedule: "every 45 minutes",
    maxFires: 2,
  });
  await advance(45 * 60_000);
  const tasks = await client.listTasks({ contextId: schedule.id });
  expect(tasks.map(({ unreadCount }) => unreadCount)).toEqual([1]);
  expect((await client.readTask(tasks[0]?.id ?? "")).map(taskText)).toEqual(["wake"]);
  await advance(45 * 60_000);
  expect(await client.getSchedule(schedule.id)).toMatchObject({ status: "completed", fireCount: 2 });
});

it("G28 G29 presence passes with the server's time", async ({ client, advance }) => {
  await client.setStatus({ status: "busy", statusMessage: "deep in it" });
  expect(await client.status()).toMatchObject({ isOnline: true, status: "busy" });
  await advance(390_000);
  expect(await client.status()).toMatchObject({ isOnline: false, status: "available", statusMessage: null });
});
