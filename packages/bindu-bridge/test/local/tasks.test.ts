// Tasks of the dialect over real sockets: turns, cancellation, bounds, streams, and what goes wrong.
import { randomUUID } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import { trackLeaks, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { verifyArtifact } from "../../src/index.ts";
import { Violations } from "../../src/wire/a2a/fields.ts";
import { readTask } from "../../src/wire/a2a/read.ts";
import { answerWith, startBareAgent } from "../agent-server.ts";
import { Agent, configOf, lastText, startTestCore } from "./fixture.ts";

/** A gate that handlers wait at. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { opened, open };
}

describe("turns", () => {
  it("S22 a part that an agent wrote itself is shown as it wrote it, on either face", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({
      handleMessages: ({ messages }) => JSON.parse(messages.at(-1)?.content ?? ""),
    });
    const partOf = async (answer: object): Promise<unknown> => {
      const { history, id } = await agent.ask(JSON.stringify(answer));
      const told = await fetch(`${agent.url}/a2a/tasks/${id}`);
      expect(told.status).toBe(200);
      const violations = new Violations();
      readTask(JSON.parse(await told.text()), "task", violations);
      expect(violations.found).toEqual([]);
      return history.at(-1)?.parts[0];
    };
    expect(await partOf({ state: "input-required", metadata: { kind: "text", text: "hey" } })).toEqual({
      state: "input-required",
      kind: "text",
      text: "hey",
    });
    const prompts = [
      { kind: "text", text: "z", q: 1 },
      { kind: "data", data: { x: 1 } },
      { kind: "file", file: { bytes: "aGk=", name: "f" } },
    ];
    for (const prompt of prompts) {
      expect(await partOf({ content: JSON.stringify({ state: "input-required", prompt }) })).toEqual(prompt);
    }
    const strange = [
      { kind: "file", file: {} },
      { kind: "file", file: { bytes: 5 } },
      { kind: "file", file: { bytes: "", mimeType: 5 } },
      { kind: "text", text: "x", metadata: "y" },
      { kind: "text", text: "x", filename: 5 },
    ];
    for (const data of strange) {
      expect(await partOf({ content: JSON.stringify({ state: "input-required", prompt: [data] }) })).toEqual({
        kind: "data",
        data,
        text: "",
      });
    }
  });

  it("S22 metadata that a message has none of is an empty object, whatever its role", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({ handleMessages: () => ({ content: "x" }) });
    for (const role of ["user", "agent", "system"]) {
      const { history } = await agent.send("x", { message: { role } });
      expect(history[0]).toMatchObject({ role, metadata: {} });
    }
  });

  it("S23 two messages to an open task run one after the other, in order, with all turns before them", async () => {
    await using _leaks = trackLeaks();
    await using test = await startTestCore();
    const seen: string[][] = [];
    let running = 0;
    const held = gate();
    const agent = await test.agent({
      async handleMessages({ messages, taskId, contextId }) {
        running += 1;
        expect(running).toBe(1);
        seen.push(messages.slice(1).map(({ role, content }) => `${role} ${content}`));
        expect([taskId, contextId]).toEqual([taskIdOf, contextIdOf]);
        await held.opened;
        running -= 1;
        return { state: "input-required", prompt: `and ${seen.length}?` };
      },
    });
    const [taskIdOf, contextIdOf] = [randomUUID(), randomUUID()];
    const ids = { taskId: taskIdOf, contextId: contextIdOf };
    await agent.send("1", ids);
    const others = [agent.send("2", ids)];
    await waitUntil(() => seen.length === 1);
    others.push(agent.send("3", ids));
    held.open();
    await Promise.all(others);
    await waitUntil(() => seen.length === 3 && running === 0);
    const [, , third = []] = seen;
    expect(third.filter((text) => text.startsWith("assistant"))).toEqual([
      "assistant and 1?",
      "assistant and 2?",
    ]);
    expect(new Set(third.filter((text) => text.startsWith("user")))).toEqual(
      new Set(["user 1", "user 2", "user 3"]),
    );
  });

  it("S24 twenty turns run side by side while the agent's health is told", async () => {
    await using test = await startTestCore();
    const all = gate();
    let running = 0;
    const agent = await test.agent({
      async handleMessages() {
        running += 1;
        if (running === 20) {
          all.open();
        }
        await all.opened;
        return { content: "done" };
      },
    });
    const asked = Array.from({ length: 20 }, () => agent.ask("x"));
    const health = await fetch(`${agent.url}/health`);
    expect(health.status).toBe(200);
    const states = (await Promise.all(asked)).map(({ status }) => status.state);
    expect(states).toEqual(Array.from({ length: 20 }, () => "completed"));
  });

  it("S25 a canceled task is canceled at once, its call too, and what the agent answers late is thrown away", async () => {
    await using _leaks = trackLeaks();
    await using test = await startTestCore();
    const [asked, aborted] = [gate(), gate()];
    const agent = await test.agent({
      async handleMessages(_request, { signal }) {
        asked.open();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted.open();
        return { content: "late" };
      },
    });
    const { id } = await agent.send("x");
    // A task is working before its call has come to the agent.
    await asked.opened;
    expect(await agent.state(id)).toBe("working");
    const before = performance.now();
    const canceled = await agent.ok("tasks/cancel", { taskId: id });
    expect(performance.now() - before).toBeLessThan(500);
    expect(canceled.status.state).toBe("canceled");
    await aborted.opened;
    expect(await agent.state(id)).toBe("canceled");
    const { status, error } = await agent.rpc("message/send", agent.saying("more", { taskId: id }));
    expect([status, error?.code, error?.data]).toEqual([
      500,
      -32603,
      `Cannot continue task ${id}: Task is in terminal state 'canceled' and is immutable. Create a new task with referenceTaskIds to continue the conversation.`,
    ]);
  });

  it("S40 a stream to a canceled task is refused as plain JSON", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({ handleMessages: () => ({ state: "input-required", prompt: "?" }) });
    const { id } = await agent.ask("x");
    await agent.ok("tasks/cancel", { taskId: id });
    const { status, error } = await agent.rpc("message/stream", agent.saying("more", { taskId: id }));
    expect([status, error?.code]).toEqual([500, -32603]);
  });

  it("S26 a handler that takes too long fails the task, and the next message works", async () => {
    await using test = await startTestCore({ handlerTimeoutSeconds: 0.1 });
    let calls = 0;
    const agent = await test.agent({
      async handleMessages(_request, { signal }) {
        calls += 1;
        if (calls === 1) {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
        }
        return { content: "in time" };
      },
    });
    const late = await agent.ask("x");
    expect(late.status.state).toBe("failed");
    expect(lastText(late)).toMatch(/^Task execution failed: DEADLINE_EXCEEDED: /);
    expect(lastText(await agent.ask("y"))).toBe("in time");
  });

  it.each(["bad {x}", "{}", "}", '{"error":{"message":"no"}}', "{{ok}}", "two\nlines", "ü 🙂", ""])(
    "S27 the error %j is told word for word, and the agent works on",
    async (text) => {
      await using test = await startTestCore();
      const agent = await test.agent({
        handleMessages({ messages }) {
          if (messages.at(-1)?.content === "boom") {
            throw new ConnectError(text, Code.Internal);
          }
          return { content: "fine" };
        },
      });
      const failed = await agent.ask("boom");
      expect([failed.status.state, lastText(failed)]).toEqual([
        "failed",
        `Task execution failed: INTERNAL: ${text}`,
      ]);
      expect(failed.artifacts).toBeUndefined();
      expect((await agent.ask("x")).status.state).toBe("completed");
    },
  );

  it("S27 an agent that is not there fails the task with UNAVAILABLE", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({});
    await agent.process[Symbol.asyncDispose]();
    expect(lastText(await agent.ask("x"))).toMatch(/^Task execution failed: UNAVAILABLE: /);
  });

  it("S28 five megabytes in both directions complete, and the signature of the answer verifies", async () => {
    await using test = await startTestCore();
    const big = `${"ü".repeat(2_600_000)}🙂`;
    const agent = await test.agent(
      { handleMessages: ({ messages }) => ({ content: messages.at(-1)?.content ?? "" }) },
      {},
      { readMaxBytes: 16 * 1024 * 1024 },
    );
    const answer = await agent.ask(big);
    expect(answer.status.state).toBe("completed");
    const part = answer.artifacts?.[0]?.parts[0];
    expect(part?.text).toBe(big);
    expect(verifyArtifact(part ?? {}, await agent.publicKey())).toBe(true);
  });

  it("S28 an agent that takes less refuses more than it takes, and its task fails", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({ handleMessages: () => ({ content: "x" }) });
    const failed = await agent.ask("x".repeat(5 * 1024 * 1024));
    expect(lastText(failed)).toMatch(/^Task execution failed: RESOURCE_EXHAUSTED: /);
  });

  it("S28 a body of twenty megabytes is refused, and the core lives", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({ handleMessages: () => ({ content: "alive" }) });
    const answer = await fetch(agent.url, { method: "POST", body: "x".repeat(20 * 1024 * 1024) });
    expect([400, 413]).toContain(answer.status);
    expect(lastText(await agent.ask("x"))).toBe("alive");
  });

  it("S37 the length of a history counts where a task is got, and nowhere else", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({ handleMessages: () => ({ state: "input-required", prompt: "?" }) });
    const ids = { taskId: randomUUID(), contextId: randomUUID() };
    await agent.ask("1", ids);
    await agent.ask("2", { ...ids, configuration: { historyLength: 1 } });
    const lengths = [undefined, 1, 3, 100, 0, -1].map(
      async (length) => (await agent.get(ids.taskId, length)).history.length,
    );
    expect(await Promise.all(lengths)).toEqual([4, 1, 3, 4, 4, 4]);
    expect(await agent.ok<unknown[]>("tasks/list", {})).toHaveLength(1);
    expect((await agent.rpc("tasks/list", {})).status).toBe(200);
    const missing = await agent.post(
      JSON.stringify({ jsonrpc: "2.0", id: randomUUID(), method: "tasks/list" }),
    );
    expect([missing.status, missing.error?.code]).toEqual([400, -32700]);
  });

  it("S38 ids are UUIDs in any form that Python reads, and answered in one", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({ handleMessages: () => ({ content: "x" }) });
    const id = randomUUID();
    const bare = id.replaceAll("-", "").toUpperCase();
    const call = {
      jsonrpc: "2.0",
      id: bare,
      method: "message/send",
      params: agent.saying("x", { taskId: bare }),
    };
    const answer = await agent.post(JSON.stringify(call));
    expect([answer.id, (answer.result as { readonly id: string }).id]).toEqual([id, id]);
    for (const wrong of [7, "x", null, undefined]) {
      const refused = await agent.post(JSON.stringify({ ...call, id: wrong }));
      expect([refused.status, refused.error?.code, refused.id]).toEqual([400, -32700, null]);
    }
    const snake = {
      jsonrpc: "2.0",
      id: bare,
      method: "tasks/get",
      params: { task_id: bare, history_length: 1 },
    };
    expect((await agent.post(JSON.stringify(snake))).status).toBe(200);
    expect((await agent.rpc("tasks/get", { taskId: "xyz" })).status).toBe(400);
  });

  it("S29 what an agent sends that is no UTF-8 fails its task, or is told with U+FFFD", async () => {
    await using test = await startTestCore();
    // A HandleResponse whose content is the bytes of half a surrogate pair.
    await using bare = await startBareAgent(answerWith("0a03eda080"));
    const { agentUrl } = await test.register(configOf(), bare.address);
    const agent = new Agent(agentUrl);
    const task = await agent.ask("x");
    expect(["failed", "completed"]).toContain(task.status.state);
    expect(lastText(task)?.isWellFormed()).toBe(true);
  });

  it("S29 half a surrogate pair is refused in a request, and none goes out", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({ handleMessages: () => ({ content: "x" }) });
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: randomUUID(),
      method: "message/send",
      params: agent.saying("HALF"),
    }).replace("HALF", "\\ud800");
    const refused = await agent.post(body);
    expect([refused.status, refused.error?.code]).toEqual([400, -32700]);
  });

  it("S39 contexts are listed, cleared, and gone with what ran in them", async () => {
    await using test = await startTestCore();
    const aborted = gate();
    const agent = await test.agent({
      async handleMessages({ messages }, { signal }) {
        if (messages.at(-1)?.content === "run") {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          aborted.open();
        }
        return { content: "x" };
      },
    });
    const contextId = randomUUID();
    const { id: done } = await agent.ask("x", { contextId });
    const { id: runs } = await agent.send("run", { contextId });
    await agent.until(runs, "working");
    expect(await agent.ok("contexts/list", {})).toEqual([
      { context_id: contextId, task_count: 2, task_ids: [done, runs] },
    ]);
    await agent.ok("contexts/clear", { contextId });
    await aborted.opened;
    for (const taskId of [done, runs]) {
      expect((await agent.rpc("tasks/get", { taskId })).error).toMatchObject({ message: "Task not found" });
    }
    expect(await agent.ok("contexts/list", {})).toEqual([]);
  });

  it("S23 the first message tells how to ask for more, where nothing turns that off", async () => {
    await using test = await startTestCore();
    await using quiet = await startTestCore({ structuredResponses: false });
    const roles: string[] = [];
    const handleMessages = ({ messages }: { readonly messages: readonly { readonly role: string }[] }) => {
      roles.push(messages.map(({ role }) => role).join());
      return { content: "x" };
    };
    const agents = [
      await test.agent({ handleMessages }),
      await test.agent({ handleMessages }, { enable_system_message: false }),
      await quiet.agent({ handleMessages }),
    ];
    for (const agent of agents) {
      await agent.ask("x");
    }
    expect(roles).toEqual(["system,user", "user", "user"]);
  });
});

describe("streams", () => {
  const kinds = (events: Awaited<ReturnType<Agent["stream"]>>): string[] =>
    events.map(({ kind, status, final, append, last_chunk }) =>
      kind === "status-update" ? `${status?.state} ${final}` : `artifact ${append} ${last_chunk}`,
    );

  it("S35 a stream tells submitted, working, the artifact, and the end", async () => {
    await using _leaks = trackLeaks();
    await using test = await startTestCore();
    const agent = await test.agent({
      handleMessages({ messages }) {
        switch (messages.at(-1)?.content) {
          case "ask":
            return { state: "input-required", prompt: "?" };
          case "boom":
            throw new ConnectError("no", Code.Internal);
          default:
            return { content: "Echo" };
        }
      },
    });
    expect(kinds(await agent.stream("x"))).toEqual([
      "submitted false",
      "working false",
      "artifact false true",
      "completed true",
    ]);
    expect(kinds(await agent.stream("ask"))).toEqual([
      "submitted false",
      "working false",
      "input-required false",
    ]);
    const failed = await agent.stream("boom");
    expect(kinds(failed)).toEqual(["submitted false", "working false", "failed true"]);
    expect(failed.at(-1)?.error).toBe("Task execution failed: INTERNAL: no");
  });

  it("S35 an agent that streams is read as its answer grows (D13), and its whole text is signed", async () => {
    await using test = await startTestCore();
    const seen = gate();
    const agent = await test.agent({
      getCapabilities: () => ({ supportsStreaming: true }),
      async *handleMessagesStream() {
        yield { content: "Hel", metadata: { "x.chunk": "delta" } };
        await seen.opened;
        yield { content: "lo", metadata: { "x.chunk": "delta" } };
        yield { content: "Hello!", isFinal: true };
      },
      handleMessages: () => ({ content: "not this" }),
    });
    const taskId = randomUUID();
    const events = agent.stream("x", { taskId });
    await waitUntil(async () => (await agent.rpc("tasks/get", { taskId })).status === 200);
    await waitUntil(async () => (await agent.get(taskId)).artifacts !== undefined);
    seen.open();
    const told = await events;
    expect(kinds(told).slice(0, 3)).toEqual(["submitted false", "working false", "artifact false false"]);
    expect(kinds(told).slice(-2)).toEqual(["artifact true true", "completed true"]);
    const texts = told.flatMap(({ artifact }) => artifact?.parts.map(({ text }) => text) ?? []);
    expect(texts.join("")).toBe("Hello!");
    const { artifacts } = await agent.get(taskId);
    expect(verifyArtifact(artifacts?.[0]?.parts[0] ?? {}, await agent.publicKey())).toBe(true);
  });

  it("S35 an agent that says that it streams and does not is asked the other way", async () => {
    await using test = await startTestCore();
    const agent = await test.agent({
      getCapabilities: () => ({ supportsStreaming: true }),
      handleMessages: () => ({ content: "whole" }),
    });
    expect(kinds(await agent.stream("x"))).toEqual([
      "submitted false",
      "working false",
      "artifact false true",
      "completed true",
    ]);
  });

  it("S35 a reader that goes ends nothing", async () => {
    await using test = await startTestCore();
    const held = gate();
    const agent = await test.agent({
      async handleMessages() {
        await held.opened;
        return { content: "done" };
      },
    });
    const taskId = randomUUID();
    const leaving = new AbortController();
    const answer = await fetch(agent.url, {
      method: "POST",
      signal: leaving.signal,
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: randomUUID(),
        method: "message/stream",
        params: agent.saying("x", { taskId }),
      }),
    });
    expect(answer.status).toBe(200);
    leaving.abort();
    held.open();
    expect(lastText(await agent.until(taskId, "completed"))).toBe("done");
  });
});
