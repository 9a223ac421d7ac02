// What a restart keeps, after a stop and after kill -9 at any point of a task's life.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { verifyArtifact } from "../../src/index.ts";
import { folderOf } from "../../src/local/engine/identities.ts";
import { startAgent } from "../agent-server.ts";
import { startCoreProcess } from "../local/core-process.ts";
import { Agent, configOf, connectCore, lastText, startTestCore } from "../local/fixture.ts";

async function directory() {
  const path = await mkdtemp(join(tmpdir(), "bindu-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function register(addr: string, config: object, callback: string) {
  const { service, transport } = connectCore(addr);
  const reply = await service.registerAgent({
    configJson: JSON.stringify(config),
    grpcCallbackAddress: callback,
  });
  await transport.close();
  expect(reply.error).toBe("");
  return reply;
}

describe("a restart", () => {
  it.each(["SIGTERM", "SIGKILL"] as const)(
    "S32 after %s keeps identity, tasks and registrations, and messages work without a registration",
    async (signal) => {
      await using dir = await directory();
      await using process = await startAgent({
        handleMessages: ({ messages }) => ({ content: `Echo: ${messages.at(-1)?.content}` }),
      });
      const config = configOf();
      const flags = [`--data-dir=${dir.path}`];
      const before = await startCoreProcess(flags);
      const { agentUrl, agentId, did } = await register(before.addr, config, process.address);
      const agent = new Agent(agentUrl);
      const task = await agent.ask("hello");
      const contexts = await agent.ok("contexts/list", {});
      const key = await agent.publicKey();
      const document = await (await fetch(`${agentUrl}/did/resolve?did=${did}`)).json();
      await agent.ok("tasks/feedback", { taskId: task.id, feedback: "good" });
      const pushNotificationConfig = { id: randomUUID(), url: "http://127.0.0.1:9/h" };
      await agent.ok("tasks/pushNotificationConfig/set", { id: task.id, pushNotificationConfig });
      expect(await before.process.stop(signal)).toBe(signal === "SIGTERM" ? 0 : null);

      const after = await startCoreProcess(flags);
      await using _after = after.process;
      // The ports of agents accept before the ready line comes.
      expect(await agent.get(task.id)).toEqual(task);
      expect(await agent.ok("contexts/list", {})).toEqual(contexts);
      expect(await agent.publicKey()).toBe(key);
      expect(await (await fetch(`${agentUrl}/did/resolve?did=${did}`)).json()).toEqual(document);
      expect(verifyArtifact(task.artifacts?.[0]?.parts[0] ?? {}, key)).toBe(true);
      expect(await agent.ok("tasks/pushNotificationConfig/get", { taskId: task.id })).toEqual({
        id: task.id,
        push_notification_config: pushNotificationConfig,
      });
      const { service, transport } = connectCore(after.addr);
      expect((await service.heartbeat({ agentId })).acknowledged).toBe(true);
      await transport.close();
      expect(lastText(await agent.ask("again"))).toBe("Echo: again");
    },
  );

  it("S32 what ran at a crash has failed, what was queued or asked for more goes on (D18)", async () => {
    await using dir = await directory();
    const held = Promise.withResolvers<void>();
    await using process = await startAgent({
      async handleMessages({ messages }) {
        const text = messages.at(-1)?.content;
        if (text === "ask") {
          return { state: "input-required", prompt: "?" };
        }
        if (text === "run") {
          await held.promise;
        }
        return { content: `Echo: ${text}` };
      },
    });
    const flags = [`--data-dir=${dir.path}`];
    const before = await startCoreProcess(flags);
    const agent = new Agent((await register(before.addr, configOf(), process.address)).agentUrl);
    const asked = await agent.ask("ask");
    const running = await Promise.all(Array.from({ length: 100 }, () => agent.send("run")));
    const queued = await agent.send("queued");
    await waitUntil(async () => (await agent.get(running[99]?.id ?? "")).status.state === "working");
    expect(await agent.state(queued.id)).toBe("submitted");
    await before.process.stop("SIGKILL");
    held.resolve();

    await using _after = (await startCoreProcess(flags)).process;
    const failed = await agent.get(running[0]?.id ?? "");
    expect([failed.status.state, lastText(failed)]).toEqual([
      "failed",
      "Task execution failed: core restarted",
    ]);
    expect(lastText(await agent.until(queued.id, "completed"))).toBe("Echo: queued");
    expect(lastText(await agent.ask("blue", { taskId: asked.id }))).toBe("Echo: blue");
  });

  it("S32 S36 kill -9 at any point: what was acknowledged is there, what was told stays told, and every event is told", async () => {
    await using dir = await directory();
    const told = new Map<string, { readonly sequence: number; readonly event_id: string }[]>();
    const receiver = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) {
        chunks.push(chunk);
      }
      const { task_id, ...event } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      told.set(task_id, [...(told.get(task_id) ?? []), event]);
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    // Listening on a port of TCP: the address is an object.
    const { port } = receiver.address() as AddressInfo;
    await using process = await startAgent({
      handleMessages: ({ messages }) => ({ content: `Echo: ${messages.at(-1)?.content}` }),
    });
    const flags = [`--data-dir=${dir.path}`];
    let core = await startCoreProcess(flags);
    const agent = new Agent((await register(core.addr, configOf(), process.address)).agentUrl);
    const acknowledged: string[] = [];
    const seenDone: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const killing = new AbortController();
      const callers = Array.from({ length: 4 }, async () => {
        while (!killing.signal.aborted) {
          const pushNotificationConfig = { id: randomUUID(), url: `http://127.0.0.1:${port}/` };
          try {
            const { id } = await agent.send("x", { configuration: { pushNotificationConfig } });
            acknowledged.push(id);
            const { status } = await agent.get(id);
            if (status.state === "completed") {
              seenDone.push(id);
            }
          } catch {
            // The core is gone in the middle of it.
          }
        }
      });
      const goal = acknowledged.length + 20 + round * 7;
      await waitUntil(() => acknowledged.length >= goal);
      await core.process.stop("SIGKILL");
      killing.abort();
      await Promise.all(callers);
      core = await startCoreProcess(flags);
    }
    const states = new Map<string, string>();
    await waitUntil(async () => {
      for (const { id, status } of await agent.ok<{ id: string; status: { state: string } }[]>(
        "tasks/list",
        {},
      )) {
        states.set(id, status.state);
      }
      return acknowledged.every((id) => ["completed", "failed"].includes(states.get(id) ?? ""));
    });
    expect(seenDone.every((id) => states.get(id) === "completed")).toBe(true);
    // Repeats are those of the same event; without them the numbers are 1, 2 (, 3) in order.
    const numbers = (id: string): number[] => {
      const events = told.get(id) ?? [];
      return [...new Map(events.map(({ event_id, sequence }) => [event_id, sequence])).values()];
    };
    const expected = (id: string): number[] => (states.get(id) === "completed" ? [1, 2, 3] : [1, 2]);
    await waitUntil(() => acknowledged.every((id) => numbers(id).length >= expected(id).length));
    for (const id of acknowledged) {
      expect(numbers(id)).toEqual(expected(id));
    }
    await core.process.stop("SIGTERM");
    receiver.closeAllConnections();
    await new Promise((resolve) => receiver.close(resolve));
  });

  it("S32 a directory has one core; its files are for their owner alone", async () => {
    await using dir = await directory();
    const dataDir = join(dir.path, "data");
    await using test = await startTestCore({ dataDir });
    await test.register(configOf({ name: "keys" }));
    await expect(startTestCore({ dataDir })).rejects.toThrow(/cannot open the store/);
    const modes = async (...path: string[]) => (await stat(join(dataDir, ...path))).mode & 0o777;
    const keys = [".bindu", "agents", "keys", ".bindu"];
    expect([await modes(), await modes(...keys, "private.pem"), await modes("store.db")]).toEqual([
      0o700, 0o600, 0o600,
    ]);
  });

  it("S32 an agent whose place was taken meanwhile is not acknowledged, and registers when it is free", async () => {
    await using dir = await directory();
    const config = configOf();
    let url = "";
    let agentId = "";
    {
      await using test = await startTestCore({ dataDir: dir.path });
      const reply = await test.register(config);
      url = reply.agentUrl;
      agentId = reply.agentId;
    }
    const stranger = createServer();
    const port = Number(new URL(url).port);
    await new Promise<void>((resolve) => stranger.listen(port, "127.0.0.1", resolve));
    await using test = await startTestCore({ dataDir: dir.path });
    expect((await test.service.heartbeat({ agentId })).acknowledged).toBe(false);
    const here = { ...config, deployment: { url, expose: true } };
    expect((await test.register(here)).error).toMatch(/^Registration failed: cannot listen on /);
    await new Promise((resolve) => stranger.close(resolve));
    expect((await test.register(here)).success).toBe(true);
    expect((await test.service.heartbeat({ agentId })).acknowledged).toBe(true);
  });

  it("S32 an agent that asks for new keys has new ones at each registration, and not at a restart", async () => {
    await using dir = await directory();
    const config = configOf({ recreate_keys: true });
    const keys: string[] = [];
    let url = "";
    {
      await using test = await startTestCore({ dataDir: dir.path });
      for (let index = 0; index < 2; index += 1) {
        url = (await test.register(url === "" ? config : { ...config, deployment: { url, expose: true } }))
          .agentUrl;
        keys.push(await new Agent(url).publicKey());
      }
    }
    await using _test = await startTestCore({ dataDir: dir.path });
    keys.push(await new Agent(url).publicKey());
    expect([keys[0] === keys[1], keys[1] === keys[2]]).toEqual([false, true]);
  });

  it.each([
    ["agent", "agent"],
    ["an agent.x", "an agent.x"],
    ["a/b", "a%2Fb"],
    ["a\\b", "a%5Cb"],
    ["..", "%2E%2E"],
    [".", "%2E"],
    ["a\0b", "a%00b"],
    ["100%", "100%"],
    ["a%2Fb", "a%252Fb"],
    ["ü", "ü"],
  ])("S22 the keys of %j are in one folder (D24)", (name, folder) => {
    expect(folderOf(name)).toBe(folder);
  });
});

describe("the executable", () => {
  it("S26 S28 honours what the official core takes from its environment, and not where agents are", async () => {
    await using process = await startAgent({
      async handleMessages(_request, { signal }) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        return {};
      },
    });
    const core = await startCoreProcess([], {
      GRPC__HANDLER_TIMEOUT: "0.2",
      GRPC__MAX_MESSAGE_LENGTH: "4096",
      AGENT__ENABLE_STRUCTURED_RESPONSES: "false",
      PORT: "1",
      BINDU_PORT: "1",
    });
    await using _core = core.process;
    const { agentUrl } = await register(core.addr, configOf(), process.address);
    expect(lastText(await new Agent(agentUrl).ask("x"))).toMatch(/DEADLINE_EXCEEDED/);
    const { service, transport } = connectCore(core.addr);
    await expect(service.registerAgent({ configJson: "x".repeat(5_000) })).rejects.toMatchObject({ code: 8 });
    await transport.close();
  });

  it("S32 a second core on a directory, or a port, ends with 1 and one line", async () => {
    await using dir = await directory();
    const first = await startCoreProcess([`--data-dir=${dir.path}`]);
    await using _first = first.process;
    for (const flags of [[`--data-dir=${dir.path}`], [`--addr=${first.addr}`]]) {
      await expect(startCoreProcess(flags)).rejects.toThrow(/cannot (?:open|listen)/);
    }
  });
});
