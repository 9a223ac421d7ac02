// The tools of language models by stdio, over a real core with real agents.
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { test as base, expect } from "vitest";
import { inputRequired } from "../../src/index.ts";
import { type BinduFixtures, binduFixtures } from "../../src/testing/index.ts";

const executable = fileURLToPath(new URL("../../dist/bin/x-bindu.js", import.meta.url));

const test = base.extend<BinduFixtures>(binduFixtures({ metricsAddr: "127.0.0.1:0" }));

async function startHost(...flags: readonly string[]) {
  const mcp = new Client({ name: "host", version: "1" });
  await mcp.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [executable, "mcp", ...flags],
      stderr: "ignore",
    }),
  );
  return {
    mcp,
    async call(
      name: string,
      given: object = {},
      onprogress?: (note: { readonly message?: string | undefined }) => void,
    ) {
      const { structuredContent, isError } = await mcp.callTool(
        { name, arguments: { ...given } },
        onprogress === undefined ? {} : { onprogress },
      );
      return { ...(structuredContent as Record<string, unknown>), ...(isError ? { isError } : {}) };
    },
    [Symbol.asyncDispose]: () => mcp.close(),
  };
}

test("a model asks the agents of a core, answers what they ask, and hears how far they are", async ({
  core,
  agent,
}) => {
  await agent(
    (messages) =>
      messages.length < 3 ? inputRequired("Which colour?") : `Painted ${messages.at(-1)?.content}`,
    { name: "painter", description: "paints walls" },
  );
  await using host = await startHost(`--core=${core.metricsUrl}`);
  expect(await host.call("list_agents")).toMatchObject({
    agents: [{ name: "painter", description: "paints walls" }],
  });
  const notes: (string | undefined)[] = [];
  const asked = await host.call("ask_agent", { agent: "painter", text: "Paint" }, ({ message }) =>
    notes.push(message),
  );
  expect(asked).toMatchObject({ state: "input_required", text: "Which colour?" });
  expect(notes).toContain("the task is working");
  const { task } = asked as { readonly task?: string };
  expect(await host.call("ask_agent", { agent: "painter", text: "blue", task })).toMatchObject({
    task,
    state: "completed",
    text: "Painted blue",
  });
  expect(await host.call("get_task", { agent: "painter", task })).toMatchObject({
    state: "completed",
    history: [
      { from: "user", text: "Paint" },
      { from: "agent", text: "Which colour?" },
      { from: "user", text: "blue" },
      { from: "agent", text: "Painted blue" },
    ],
  });
});

test("a model sends an agent work, looks at it, and calls it off", async ({ agent }) => {
  const { agentUrl } = await agent(async (_messages, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return "late";
  });
  await using host = await startHost(`--agents=${agentUrl}`);
  const { task } = (await host.call("send_message", { agent: agentUrl, text: "x" })) as {
    readonly task?: string;
  };
  expect(["submitted", "working"]).toContain(
    ((await host.call("get_task", { agent: agentUrl, task })) as { readonly state?: string }).state,
  );
  expect(await host.call("cancel_task", { agent: agentUrl, task })).toMatchObject({ state: "canceled" });
  expect(await host.call("ask_agent", { agent: "agent-2", text: "x" })).toMatchObject({
    isError: true,
    error: { code: "agent_not_found", message: expect.stringContaining("agent-1") },
  });
});

test("an answer that takes longer than the model waits is told as it is", async ({ agent }) => {
  const { agentUrl } = await agent(async (_messages, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return "late";
  });
  await using host = await startHost(`--agents=${agentUrl}`);
  expect(await host.call("ask_agent", { agent: agentUrl, text: "x", seconds: 0.5 })).toMatchObject({
    state: "working",
  });
});
