// The tools of language models: two agents by stdio, over a real server.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { runServerProcess } from "@x/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalGrid, startLocalGrid } from "../../src/local/index.ts";

const executable = fileURLToPath(new URL("../../dist/bin/x-grid.js", import.meta.url));

let server: LocalGrid;
let home: string;
beforeAll(async () => {
  server = await startLocalGrid({ metricsAddr: "off" });
  home = await mkdtemp(join(tmpdir(), "grid-mcp-"));
});
afterAll(async () => {
  await server.close();
  await rm(home, { recursive: true, force: true });
});

interface Host extends AsyncDisposable {
  readonly mcp: Client;
  call(name: string, args?: Record<string, unknown>): Promise<Record<string, unknown>>;
}

async function startHost(agent: string, description: string): Promise<Host> {
  const mcp = new Client({ name: "host", version: "1" });
  const env = { GRID_AGENT: agent, GRID_URL: server.url, GRID_HOME: home, HOME: home };
  const args = [executable, "mcp", "--autonomous", `--description=${description}`];
  await mcp.connect(new StdioClientTransport({ command: process.execPath, args, env, stderr: "ignore" }));
  return {
    mcp,
    async call(name, given = {}) {
      const { structuredContent, isError, content } = await mcp.callTool({ name, arguments: given });
      expect([isError, content]).toEqual([undefined, expect.anything()]);
      return structuredContent as Record<string, unknown>;
    },
    [Symbol.asyncDispose]: () => mcp.close(),
  };
}

describe("x-grid mcp", () => {
  it("lets two models find each other, work and talk", async () => {
    await using boss = await startHost("boss", "asks");
    await using worker = await startHost("worker", "paints walls");
    const { agents } = await boss.call("search_agents", { query: "paints" });
    const [found] = agents as { node: string }[];
    const node = found?.node ?? "";
    const { task } = await boss.call("send_task", { node, text: "paint mine" });
    expect(await worker.call("list_tasks", { unread: true })).toMatchObject({
      tasks: [{ task, state: "submitted", unread: 1 }],
      next_cursor: null,
    });
    expect(await worker.call("read_task", { task })).toMatchObject({ messages: [{ text: "paint mine" }] });
    await worker.call("reply_task", { task, text: "which colour?" });
    expect(await boss.call("wait_task", { task })).toMatchObject({ state: "input_required", over: true });
    expect(await boss.call("get_task", { task })).toMatchObject({
      messages: [{ text: "paint mine" }, { text: "which colour?" }],
    });
    expect(await boss.call("complete_task", { task })).toMatchObject({ state: "completed" });

    const { room } = await boss.call("create_room", { nodes: [node], name: "talk" });
    await worker.call("answer_invitation", { room, join: true });
    await boss.call("say_in_room", { room, text: "hello" });
    expect(await worker.call("read_room", { room })).toMatchObject({
      messages: [{ text: "hello" }],
      more: false,
    });
    expect(await worker.call("list_rooms")).toMatchObject({ total: 1 });
    await worker.call("leave_room", { room });

    const { id } = await boss.call("create_schedule", { text: "look", when: "every day at 9am" });
    expect(await boss.call("list_schedules")).toMatchObject({ schedules: [{ id, status: "active" }] });
    await boss.call("delete_schedule", { id });

    expect(await worker.call("set_status", { status: "do_not_disturb" })).toMatchObject({
      status: "do_not_disturb",
    });
    const refused = await boss.call("send_task", { node, text: "more" });
    expect(refused).toMatchObject({ state: "rejected" });
    expect(await worker.call("my_status")).toMatchObject({
      node,
      autonomous: true,
      status: "do_not_disturb",
    });
    const other = await worker.mcp.callTool({ name: "reject_task", arguments: { task, reason: "late" } });
    expect(other.isError).toBe(true);
  });

  it("asks for a name", async () => {
    const { code, stderr } = await runServerProcess(executable, ["mcp", `--url=${server.url}`]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("--agent-name")]);
  });
});
