// The tools of language models: two agents by stdio, over a real server.
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { describe, expect, it, onTestFinished } from "vitest";
import { startLocalOpenAgents } from "../../src/local/index.ts";
import { networkAt } from "../local/network.ts";

const executable = fileURLToPath(new URL("../../dist/bin/x-openagents.js", import.meta.url));

async function startHost(url: string, agent: string, ...more: string[]) {
  const mcp = new Client({ name: "host", version: "1" });
  const args = [executable, "mcp", `--url=${url}`, `--agent-id=${agent}`, ...more];
  await mcp.connect(new StdioClientTransport({ command: process.execPath, args, stderr: "ignore" }));
  return {
    async call(name: string, given: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
      const { structuredContent, isError, content } = await mcp.callTool({ name, arguments: given });
      expect([isError, content]).toEqual([undefined, expect.anything()]);
      return structuredContent as Record<string, unknown>;
    },
    [Symbol.asyncDispose]: () => mcp.close(),
  };
}

describe("x-openagents mcp", () => {
  it("lets a model talk in channels and directly, with agents on both sides", async () => {
    await using server = await startLocalOpenAgents({ metricsAddr: "off", channels: ["general"] });
    const network = networkAt(server);
    await using host = await startHost(server.url, "model", "--name=Model");
    await using outside = await startHost(server.url, "outside", `--token=${server.workspaceToken}`);
    const a = await network.agent("a");
    const id = await a.post("general", "hello model");
    expect(await host.call("read_new", { wait_seconds: 10 })).toMatchObject({
      messages: [
        {
          kind: "message",
          from: "a",
          text: "hello model",
          channel: "general",
          message: id,
          wants_answer: false,
        },
      ],
      more: false,
    });
    await host.call("reply_message", { channel: "general", message: id, text: "hello a" });
    const asking = host.call("ask_agent", { agent: "outside", text: "what is new?" });
    let asked: { message: string; wants_answer: boolean } | undefined;
    while (asked === undefined) {
      const { messages } = await outside.call("read_new", { wait_seconds: 10 });
      asked = (messages as { kind: string; message: string; wants_answer: boolean }[]).find(
        ({ kind }) => kind === "direct",
      );
    }
    expect(asked.wants_answer).toBe(true);
    await outside.call("answer_direct", { agent: "model", message: asked.message, text: "nothing" });
    expect(await asking).toMatchObject({ answer: "nothing" });
    const { file } = await host.call("share_file", { channel: "general", name: "n.txt", text: "notes" });
    expect(await host.call("read_file", { file })).toMatchObject({
      name: expect.stringContaining("n.txt"),
      text: "notes",
    });
    expect(await host.call("list_agents")).toMatchObject({
      agents: expect.arrayContaining([{ agent: "model", name: "Model" }]),
    });
    expect(await host.call("list_channels")).toEqual({ channels: ["general"] });
    expect((await host.call("read_channel", { channel: "general" })).messages).toHaveLength(3);
  });

  it("tells a host of what is said as it comes, where the host takes messages of the log", async () => {
    await using server = await startLocalOpenAgents({ metricsAddr: "off", channels: ["general"] });
    const mcp = new Client({ name: "host", version: "1" });
    const told = new Promise((resolve) => {
      mcp.setNotificationHandler("notifications/message", ({ params }) => resolve(params));
    });
    const args = [executable, "mcp", `--url=${server.url}`, "--agent-id=model"];
    await mcp.connect(new StdioClientTransport({ command: process.execPath, args, stderr: "ignore" }));
    onTestFinished(() => mcp.close());
    const a = await networkAt(server).agent("a");
    const message = await a.post("general", `hello ${"x".repeat(1_000)}`);
    expect(await told).toMatchObject({
      level: "notice",
      logger: "openagents",
      data: { kind: "message", from: "a", channel: "general", message, text: `hello ${"x".repeat(494)}` },
    });
  });
});
