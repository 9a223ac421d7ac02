// Uses the packed @x/grid as a stranger does: a server in the program, two agents, a task from its first message to its end.
import { ok, rejects, strictEqual } from "node:assert/strict";
import { GridA2AError, GridClient, type GridTask, runAgent, taskText } from "@x/grid";
import { taskFromA2A, taskToA2A } from "@x/grid/a2a";
import { startLocalGrid } from "@x/grid/local";
import { defaultIdentityDir } from "@x/grid/node";

ok(defaultIdentityDir().endsWith("identities"));
await using server = await startLocalGrid({ port: 0, metricsAddr: "off" });
const skills = [{ id: "echo", name: "Echo", description: "Says it again" }];
await using asker = new GridClient({ url: server.url, identity: new Uint8Array(32).fill(1) });
await using echo = new GridClient({ url: server.url, identity: new Uint8Array(32).fill(2) });
await asker.register({ name: "Asker", autonomous: true });
await echo.register({ name: "Echo", skills, autonomous: true });

const stop = new AbortController();
const running = runAgent(echo, {
  signal: stop.signal,
  async onTask({ messages, reply }) {
    await reply(messages.map(taskText).join(" "));
  },
});
const [found] = await asker.search("echo");
ok(found);
const task: GridTask = await asker.sendTask(found.nodeId, "hello");
strictEqual((await asker.waitForTask(task.id)).state, "input_required");
strictEqual((await asker.readTask(task.id)).map(taskText).join(), "hello");
strictEqual((await asker.completeTask(task.id)).state, "completed");
await rejects(
  asker.sendMessage(task.id, "more"),
  (error) => error instanceof GridA2AError && error.code === -32004 && error.reason === "task_terminal",
);
const whole = await asker.getTask(task.id);
strictEqual(taskFromA2A(taskToA2A(whole).value).value.history.length, whole.history.length);
stop.abort();
await running;
