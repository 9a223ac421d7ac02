// Agents come and go: their ports, their callbacks, their heartbeats, and what is refused.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { createFakeClock, freePort, trackLeaks, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { startCore } from "../../src/local/index.ts";
import { deriveAgentId } from "../../src/wire/identity.ts";
import { startAgent } from "../agent-server.ts";
import { Agent, configOf, connectCore, lastText, startTestCore } from "./fixture.ts";

const saying = (content: string) => ({ handleMessages: () => ({ content }) });

const at = (port: number) => ({ deployment: { url: `http://127.0.0.1:${port}`, expose: true } });

describe("registration", () => {
  it("S21 the reply comes when the port accepts and tells the agent's health (D1)", async () => {
    await using _leaks = trackLeaks();
    await using test = await startTestCore();
    const agent = await test.agent(saying("x"));
    const health = await fetch(`${agent.url}/health`);
    expect([health.status, await health.json()]).toMatchObject([
      200,
      { status: "ok", application: { agent_did: agent.did, penguin_id: agent.agentId } },
    ]);
  });

  it("S33 a port that is taken, and one that another agent has, are told (D2, D4)", async () => {
    await using test = await startTestCore();
    const port = await freePort();
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(port, "127.0.0.1", resolve));
    const config = configOf({ deployment: { url: `http://localhost:${port}`, expose: true } });
    const taken = await test.register(config);
    expect(taken.success).toBe(false);
    expect(taken.error).toMatch(
      new RegExp(`^Registration failed: cannot listen on localhost:${port}: .*EADDRINUSE`),
    );
    await new Promise((resolve) => stranger.close(resolve));
    const { agentId } = await test.register(config);
    const other = await test.register(configOf(at(port)));
    expect(other.error).toBe(
      `Registration failed: http://127.0.0.1:${port} is already served by agent ${agentId}`,
    );
    expect((await test.service.heartbeat({ agentId: other.agentId })).acknowledged).toBe(false);
  });

  it("S30 a new registration has a new callback; tasks, port and key remain (D3)", async () => {
    await using test = await startTestCore();
    const config = configOf({ version: "1" });
    await using first = await startAgent(saying("first"));
    await using second = await startAgent(saying("second"));
    const agent = new Agent((await test.register(config, first.address)).agentUrl);
    const before = await agent.ask("x");
    const key = await agent.publicKey();
    const again = await test.register(
      { ...config, ...at(Number(new URL(agent.url).port)), version: "2" },
      second.address,
    );
    expect(again).toMatchObject({ success: true, agentUrl: agent.url });
    expect(lastText(await agent.ask("x"))).toBe("second");
    expect(await agent.get(before.id)).toEqual(before);
    expect(await agent.publicKey()).toBe(key);
    expect(await (await fetch(`${agent.url}/.well-known/agent.json`)).json()).toMatchObject({ version: "2" });
  });

  it("S30 an agent that moves to another port leaves the old one", async () => {
    await using test = await startTestCore();
    const config = configOf();
    await using process = await startAgent(saying("x"));
    const old = await test.register(config, process.address);
    const port = await freePort();
    const moved = await test.register({ ...config, ...at(port) }, process.address);
    expect(moved.agentUrl).toBe(`http://127.0.0.1:${port}`);
    await waitUntil(async () => (await fetch(`${old.agentUrl}/health`).catch(() => undefined)) === undefined);
    expect(lastText(await new Agent(moved.agentUrl).ask("x"))).toBe("x");
  });

  it("S31 a call that runs while its agent registers again is finished where it began", async () => {
    await using test = await startTestCore();
    const config = configOf();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    await using first = await startAgent({
      async handleMessages() {
        await opened;
        return { content: "first" };
      },
    });
    await using second = await startAgent(saying("second"));
    const { agentUrl } = await test.register(config, first.address);
    const agent = new Agent(agentUrl);
    const { id } = await agent.send("x");
    await agent.until(id, "working");
    await test.register({ ...config, ...at(Number(new URL(agentUrl).port)) }, second.address);
    expect(lastText(await agent.ask("y"))).toBe("second");
    open();
    expect(lastText(await agent.until(id, "completed"))).toBe("first");
  });

  it("S33 two agents of one core know nothing of each other", async () => {
    await using test = await startTestCore();
    const [a, b] = [await test.agent(saying("a")), await test.agent(saying("b"))];
    const { id } = await a.ask("x");
    expect((await b.rpc("tasks/get", { taskId: id })).error).toEqual({
      code: -32001,
      message: "Task not found",
    });
    expect(await a.publicKey()).not.toBe(await b.publicKey());
    expect(lastText(await b.ask("x", { taskId: id }))).toBe("b");
    expect(lastText(await a.get(id))).toBe("a");
  });

  it("S33 agents of one name and other authors have keys of their own", async () => {
    await using test = await startTestCore();
    const [a, b] = [
      await test.agent(saying("a"), { name: "one", author: "a" }),
      await test.agent(saying("b"), { name: "one", author: "b" }),
    ];
    expect(await a.publicKey()).not.toBe(await b.publicKey());
  });

  it("S34 an agent that leaves is unknown, its port closed; one that comes back finds its tasks", async () => {
    await using _leaks = trackLeaks();
    await using test = await startTestCore();
    const config = configOf(at(await freePort()));
    await using process = await startAgent(saying("x"));
    const { agentId, agentUrl } = await test.register(config, process.address);
    const agent = new Agent(agentUrl);
    const { id } = await agent.ask("x");
    expect((await test.service.heartbeat({ agentId })).acknowledged).toBe(true);
    expect(await test.service.unregisterAgent({ agentId })).toMatchObject({ success: true, error: "" });
    await waitUntil(async () => (await fetch(agentUrl).catch(() => undefined)) === undefined);
    const heartbeat = await test.service.heartbeat({ agentId });
    expect(heartbeat.acknowledged).toBe(false);
    expect(Number(heartbeat.serverTimestamp)).toBeGreaterThan(Date.UTC(2020, 0));
    expect(await test.service.unregisterAgent({ agentId })).toMatchObject({
      success: false,
      error: `Agent ${agentId} not found`,
    });
    await test.register(config, process.address);
    expect(lastText(await agent.get(id))).toBe("x");
  });

  it("S22 an agent that cannot be reached registers all the same, and so does one without an address", async () => {
    await using test = await startTestCore();
    const replies = [await test.register(configOf(), "localhost:1"), await test.register(configOf(), "")];
    expect(replies.map(({ success }) => success)).toEqual([true, true]);
    const failed = await new Agent(replies[1]?.agentUrl ?? "").ask("x");
    expect(lastText(failed)).toMatch(/^Task execution failed: UNAVAILABLE: /);
  });

  it("S22 an agent's id is what it says, else the hash of author and name", async () => {
    await using test = await startTestCore();
    const id = "FAE034D636506A42B6DF2E9570CED915";
    const named = await test.register(configOf({ id }));
    expect(named.agentId).toBe("fae034d6-3650-6a42-b6df-2e9570ced915");
    const derived = await test.register(configOf({ author: "a", name: "n" }));
    expect(derived.agentId).toBe(deriveAgentId("a", "n"));
  });

  it("S22 a registration that is too long is refused by its length", async () => {
    await using test = await startTestCore({ maxMessageBytes: 2_048 });
    await expect(test.register(configOf({ description: "x".repeat(3_000) }))).rejects.toMatchObject({
      code: 8,
    });
    expect((await test.register(configOf())).success).toBe(true);
  });

  it("S24 of several processes behind an agent the least busy one is asked, and one that is gone left out", async () => {
    await using test = await startTestCore();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    await using slow = await startAgent({
      async handleMessages() {
        await opened;
        return { content: "slow" };
      },
    });
    await using quick = await startAgent(saying("quick"));
    const { agentUrl } = await test.register(configOf(), `${slow.address}, ${quick.address}`);
    const agent = new Agent(agentUrl);
    const { id } = await agent.send("x");
    await agent.until(id, "working");
    expect([lastText(await agent.ask("x")), lastText(await agent.ask("x"))]).toEqual(["quick", "quick"]);
    open();
    await agent.until(id, "completed");
    await slow[Symbol.asyncDispose]();
    const states = [];
    for (let index = 0; index < 4; index += 1) {
      states.push((await agent.ask("x")).status.state);
    }
    expect(states.filter((state) => state === "failed").length).toBeLessThanOrEqual(1);
    expect(states.at(-1)).toBe("completed");
  });
});

describe("liveness", () => {
  it("S22 an agent that misses three heartbeats and does not answer is degraded until it is heard again (D23)", async () => {
    const clock = createFakeClock();
    await using test = await startTestCore({ clock });
    let healthy = true;
    const agent = await test.agent({ ...saying("x"), healthCheck: () => ({ healthy, message: "" }) });
    const status = async () =>
      (JSON.parse(await (await fetch(`${agent.url}/health`)).text()) as { readonly status: string }).status;
    clock.advance(91_000);
    expect(await status()).toBe("ok");
    healthy = false;
    await waitUntil(async () => {
      clock.advance(30_000);
      return (await status()) === "degraded";
    });
    expect((await fetch(`${agent.url}/health`)).status).toBe(200);
    await test.service.heartbeat({ agentId: agent.agentId });
    expect(await status()).toBe("ok");
  });
});

describe("the core's own port", () => {
  it("S22 a second core on a port is refused with one clear line (D22)", async () => {
    await using first = await startCore({ metricsAddr: "off" });
    await expect(startCore({ metricsAddr: "off", addr: first.addr })).rejects.toThrow(
      /^cannot listen on .* for gRPC: .*EADDRINUSE/,
    );
  });

  it("S19 a core that stops takes no work, and gives what runs its time", async () => {
    await using _leaks = trackLeaks();
    const test = await startTestCore();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const agent = await test.agent({
      async handleMessages() {
        await opened;
        return { content: "done" };
      },
    });
    const taskId = randomUUID();
    const asked = agent.ask("x", { taskId });
    await waitUntil(async () => (await agent.rpc("tasks/get", { taskId })).error === undefined);
    const closed = test.core.close();
    await waitUntil(async () => (await agent.rpc("message/send", agent.saying("z"))).status === 503);
    open();
    expect(lastText(await asked)).toBe("done");
    await closed;
    const { service, transport } = connectCore(test.core.addr);
    await expect(service.heartbeat({ agentId: "" })).rejects.toMatchObject({ code: 14 });
    await transport.close();
    await test[Symbol.asyncDispose]();
  });
});

describe("the port of an agent", () => {
  it("S22 answers what it does not know in the words of the official server, and HEAD as GET", async () => {
    await using test = await startTestCore();
    const agent = await test.agent(saying("x"));
    const plain = async (path: string, method = "GET") => {
      const answer = await fetch(`${agent.url}${path}`, { method });
      return [answer.status, answer.headers.get("content-type")?.split(";")[0], await answer.text()];
    };
    for (const path of ["/healthz", "/agent/info", "/docs", "/agent/private.json"]) {
      expect(await plain(path)).toEqual([404, "text/plain", "Not Found"]);
    }
    expect(await plain("/health", "POST")).toEqual([405, "text/plain", "Method Not Allowed"]);
    expect(await plain("/.well-known/agent.json", "HEAD")).toEqual([200, "application/json", ""]);
  });

  it("S22 counts for Prometheus, by agent and in all", async () => {
    await using test = await startTestCore({ metricsAddr: "127.0.0.1:0" });
    const agent = await test.agent(saying("x"));
    await agent.ask("x");
    await test.service.heartbeat({ agentId: agent.agentId });
    const own = await (await fetch(`${agent.url}/metrics`)).text();
    expect(own).toMatch(/http_requests_total\{method="POST",endpoint="\/",status="200"\} 1/);
    expect(own).toMatch(/http_request_duration_seconds_bucket\{le="0.1"\} \d/);
    expect(own).toContain(`agent_tasks_active{agent_id="${agent.agentId}"} 0`);
    for (const name of ["http_request_size_bytes", "http_response_size_bytes", "http_requests_in_flight"]) {
      expect(own).toContain(name);
    }
    const all = await (await fetch(`${test.core.metricsUrl}metrics`)).text();
    expect(all).toContain("bindu_agents_registered 1");
    expect(all).toContain(`bindu_handler_calls_total{agent="${agent.agentId}",code="OK"} 1`);
    expect(all).toContain('bindu_tasks_total{state="completed"} 1');
    expect(all).toContain('bindu_heartbeats_total{acknowledged="true"} 1');
    expect(all).toMatch(/bindu_handler_duration_seconds_count 1/);
  });

  it("S22 negotiates by skills and load", async () => {
    await using test = await startTestCore();
    await using process = await startAgent(saying("x"));
    const skill = { name: "weather", description: "Tells the weather of tomorrow", tags: ["forecast"] };
    const { agentUrl } = await test.register(configOf(), process.address, [skill]);
    const ask = async (body: object) => {
      const answer = await fetch(`${agentUrl}/agent/negotiation`, {
        method: "POST",
        body: JSON.stringify(body),
      });
      return [answer.status, await answer.json()];
    };
    expect(await ask({})).toEqual([400, { error: "'task_summary' is required" }]);
    expect(await ask({ task_summary: "weather forecast tomorrow" })).toMatchObject([
      200,
      { accepted: true, queue_depth: 0, subscores: { skill_match: 1 } },
    ]);
    expect(await ask({ task_summary: "bake bread", min_score: 0.8 })).toMatchObject([
      200,
      { accepted: false, rejection_reason: "score_below_threshold" },
    ]);
  });

  it("S22 shows operators agents and tasks, with what was said on a click", async () => {
    await using test = await startTestCore({ metricsAddr: "127.0.0.1:0" });
    const agent = await test.agent(saying("<b>hi</b>"));
    const { id } = await agent.ask("hello");
    const page = async (path: string) => (await fetch(`${test.core.metricsUrl}${path}`)).text();
    expect(await page("")).toContain(agent.url);
    expect(await page("tasks")).toContain(id);
    const task = await page(`tasks/${agent.agentId}.${id}`);
    expect(task).toContain("hello");
    expect(task).toContain("&lt;b&gt;hi&lt;/b&gt;");
  });
});
