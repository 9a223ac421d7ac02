import { once } from "node:events";
import { connect } from "node:http2";
import { createServer } from "node:net";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@x/core/rpc/client";
import { trackLeaks, waitUntil } from "@x/core/testing";
import { describe, expect, test } from "vitest";
import {
  type AgentConfig,
  type AgentResult,
  BinduError,
  type BindufyOptions,
  bindufy,
  ConfigError,
  CoreUnavailableError,
  GrpcAgentClient,
  type Handler,
  type HandlerContext,
  inputRequired,
  RegistrationError,
  type RunningAgent,
} from "../../src/index.ts";
import { AgentHandler } from "../../src/proto.ts";
import { type SmallCore, type SmallCoreOptions, startSmallCore } from "../small-core.ts";

const config = (core: SmallCore, more: object = {}): AgentConfig => ({
  author: "a@b.c",
  name: `agent ${core.port}`,
  deployment: { url: core.url },
  ...more,
});
const hi = [{ role: "user", content: "Hi" }];
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

interface Started extends AsyncDisposable {
  readonly core: SmallCore;
  readonly agent: RunningAgent;
  readonly client: GrpcAgentClient;
}

interface StartOptions extends Omit<BindufyOptions, "core"> {
  readonly small?: SmallCoreOptions;
  /** More of the configuration. */
  readonly more?: object;
}

/** A small core, an agent of it, and a client that calls the agent as a core would. */
async function start(handler: Handler, { small, more, ...options }: StartOptions = {}): Promise<Started> {
  await using made = new AsyncDisposableStack();
  const core = made.use(await startSmallCore(small));
  const agent = await bindufy(config(core, more), handler, {
    core: "attach",
    coreAddress: core.address,
    ...options,
  });
  made.defer(() => agent.close({ graceMs: 0 }));
  const client = made.use(new GrpcAgentClient(agent.callbackAddress));
  const all = made.move();
  return { core, agent, client, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("a running agent", () => {
  test("S13 S21 is registered with its configuration and skills, and answers", async () => {
    const seen: HandlerContext[] = [];
    await using t = await start(
      (messages, context) => {
        seen.push(context);
        return messages.map(({ role, content }) => `${role}:${content}`).join();
      },
      { more: { description: "d", skills: [{ name: "s" }], callbackPort: 0 } },
    );
    const [request] = t.core.registrations;
    expect(JSON.parse(request?.configJson ?? "")).toMatchObject({
      name: `agent ${t.core.port}`,
      description: "d",
      deployment: { url: t.core.url, expose: true },
      telemetry: false,
    });
    expect(request?.configJson).not.toContain("callbackPort");
    expect(request?.skills.map(({ name }) => name)).toEqual(["s"]);
    expect(request?.grpcCallbackAddress).toBe(t.agent.callbackAddress);
    expect(t.agent.did).toBe(`did:bindu:a_at_b_c:agent_${t.core.port}:${t.agent.agentId}`);
    expect(t.agent.agentUrl).toBe(t.core.url);
    const messages = [
      { role: "system", content: "S" },
      { role: "user", content: "one" },
      { role: "agent", parts: [{ kind: "text", text: "two" }] },
      { role: "user", content: "three" },
    ] as const;
    const headers = {
      traceparent: "00-1",
      "x-a2a-message-id": "m%20%C3%A9",
      "x-a2a-version": "1.0",
      "x-a2a-extensions": "urn:a",
    };
    expect(await t.client(messages, { taskId: "t", contextId: "c", headers, timeoutMs: 5_000 })).toBe(
      "system:S,user:one,assistant:two,user:three",
    );
    const [context] = seen;
    expect(context).toMatchObject({
      taskId: "t",
      contextId: "c",
      messageId: "m é",
      protocol: "a2a/1.0",
      traceparent: "00-1",
    });
    expect(context?.extensions).toEqual(["urn:a"]);
    expect(context?.lastUserMessage).toBe("three");
    expect(context?.history.map(({ content }) => content)).toEqual(["one", "two", "three"]);
    expect(context?.agent).toEqual({ id: t.agent.agentId, did: t.agent.did, url: t.core.url });
    expect(context?.remainingMs()).toBeLessThanOrEqual(5_000);
    expect(context?.deadline?.getTime()).toBeLessThanOrEqual(Date.now() + 5_000);
    await t.client(hi, { timeoutMs: Infinity });
    expect(seen[1]).toMatchObject({
      taskId: undefined,
      contextId: undefined,
      deadline: undefined,
      protocol: "bindu",
    });
    expect(seen[1]?.remainingMs()).toBe(Infinity);
    expect(seen[1]?.history).toHaveLength(1);
  });

  test("tells its health and capabilities", async () => {
    await using t = await start(
      async function* () {
        yield "a";
      },
      { more: { version: "3", skills: [{ name: "s", tags: ["t"] }] } },
    );
    expect(await t.client.healthCheck()).toBe(true);
    expect(await t.client.getCapabilities()).toMatchObject({
      name: `agent ${t.core.port}`,
      description: `Agent: agent ${t.core.port}`,
      version: "3",
      supportsStreaming: true,
      skills: [{ name: "s", tags: ["t"] }],
    });
    expect(JSON.parse(t.core.registrations[0]?.configJson ?? "").capabilities).toEqual({ streaming: true });
    await using plain = await start(() => "a");
    expect((await plain.client.getCapabilities())?.supportsStreaming).toBe(false);
  });

  test("S17 a generator is one answer for a call, and chunks for a stream", async () => {
    await using t = await start(function* (messages) {
      yield "a";
      yield "b";
      if (messages.length > 1) {
        yield inputRequired("more?");
      }
    });
    expect(await t.client(hi)).toBe("ab");
    expect(await t.client([...hi, ...hi])).toEqual({ state: "input-required", prompt: "more?" });
    await using transport = createGrpcTransport({ baseUrl: `http://${t.agent.callbackAddress}` });
    const chunks: unknown[] = [];
    for await (const { content, isFinal, metadata } of createClient(
      AgentHandler,
      transport,
    ).handleMessagesStream({})) {
      chunks.push([content, isFinal, { ...metadata }]);
    }
    expect(chunks).toEqual([
      ["a", false, { "x.chunk": "delta" }],
      ["b", false, { "x.chunk": "delta" }],
      ["ab", true, {}],
    ]);
  });

  test("S17 a plain value is a stream of one chunk", async () => {
    await using t = await start(() => "whole");
    const pieces: AgentResult[] = [];
    for await (const piece of t.client.stream(hi)) {
      pieces.push(piece);
    }
    expect(pieces).toEqual(["whole"]);
  });

  test("S14 whatever a handler throws is a status with a harmless text, and the next call works", async () => {
    const silent = { toString: (): string => silent.toString() };
    const thrown: unknown[] = [
      new Error('{"error":{"message":"quota"}}'),
      "text {",
      null,
      undefined,
      0,
      Symbol("s"),
      Object.freeze(new Error("frozen")),
      Object.create(null),
      silent,
      new Error("é".repeat(5_000)),
      new Error("\u0000\r\n \ud800"),
      new ConnectError("foreign", Code.Unavailable),
      Promise.reject(new Error("a promise")).catch((error: unknown) => error),
    ];
    let next: unknown;
    await using t = await start(() => {
      if (next === "fine") {
        return "fine";
      }
      throw next;
    });
    for (next of thrown) {
      const error = await failure(t.client(hi));
      expect(error).toMatchObject({ name: "AgentHandlerError", grpcCode: 13 });
      const { details } = error as BinduError;
      expect(details).not.toMatch(/[{}]/);
      expect(Buffer.byteLength(details)).toBeLessThanOrEqual(2_051);
      expect(details).not.toContain("bindufy.test");
    }
    for (const [character, kept] of [
      ["x", 2_048],
      ["é", 1_024],
    ] as const) {
      next = new Error(character.repeat(3_000));
      await expect(t.client(hi)).rejects.toMatchObject({ details: `${character.repeat(kept)}...` });
    }
    next = "fine";
    expect(await t.client(hi)).toBe("fine");
  });

  test("S14 what the agent's server itself refuses has no braces either", async () => {
    await using t = await start(() => "fine");
    const session = connect(`http://${t.agent.callbackAddress}`);
    const stream = session.request({
      ":method": "POST",
      ":path": "/bindu.grpc.AgentHandler/Nope{x}",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const [headers] = await once(stream, "response");
    session.destroy();
    expect(headers["grpc-status"]).toBe(String(Code.Unimplemented));
    expect(headers["grpc-message"]).toContain("Nope(x)");
  });

  test("S14 a handler may choose the status by an error of the bridge", async () => {
    await using t = await start(() => {
      throw new BinduError("no {such}", { grpcCode: 5 });
    });
    await expect(t.client(hi)).rejects.toMatchObject({ grpcCode: 5, details: "no (such)" });
  });

  test("S14 errors are answers where that is wanted", async () => {
    await using t = await start(
      () => {
        throw new Error("{bad}");
      },
      { onError: "message" },
    );
    expect(await t.client(hi)).toBe("Error: (bad)");
    const pieces: AgentResult[] = [];
    for await (const piece of t.client.stream(hi)) {
      pieces.push(piece);
    }
    expect(pieces).toEqual(["Error: (bad)"]);
  });

  test("S14 a handler that dies in the middle of a stream ends it with a status", async () => {
    await using t = await start(async function* () {
      yield "a";
      throw new Error("{died}");
    });
    const stream = t.client.stream(hi);
    expect((await stream.next()).value).toBe("a");
    await expect(stream.next()).rejects.toMatchObject({ grpcCode: 13, details: "(died)" });
    await expect(t.client(hi)).rejects.toMatchObject({ details: "(died)" });
  });

  test("S17 an answer beyond the limit is RESOURCE_EXHAUSTED with both numbers, and the limit can be raised", async () => {
    const long = "x".repeat(8 * 1_024 * 1_024);
    await using t = await start(() => long);
    await expect(t.client(hi)).rejects.toMatchObject({
      grpcCode: 8,
      details: `response of ${long.length + 7} bytes exceeds the limit of ${4 * 1_024 * 1_024 - 1_024}`,
    });
    await using raised = await start(() => long, { maxMessageBytes: 16_000_000 });
    expect(await raised.client(hi)).toBe(long);
  });

  test("S15 fifty calls at a time are independent", async () => {
    const arrived: (() => void)[] = [];
    await using t = await start(async ([message]) => {
      await new Promise<void>((resolve) => {
        arrived.push(resolve);
        if (arrived.length === 50) {
          for (const go of arrived.reverse()) {
            go();
          }
        }
      });
      if (message?.content === "13") {
        throw new Error("unlucky");
      }
      return `${message?.content}`;
    });
    const calls = Array.from({ length: 50 }, (_, index) => t.client([{ content: `${index}` }]));
    const outcomes = await Promise.allSettled(calls);
    for (const [index, outcome] of outcomes.entries()) {
      expect(outcome).toMatchObject(
        index === 13 ? { status: "rejected" } : { status: "fulfilled", value: `${index}` },
      );
    }
  });

  test("S16 a deadline and a cancel abort the handler's signal", async () => {
    let running = 0;
    await using t = await start(async (_, { signal }) => {
      running += 1;
      return await never(signal).finally(() => {
        running -= 1;
      });
    });
    const told: string[] = [];
    t.agent.on("call", ({ status }) => told.push(status));
    await expect(t.client(hi, { timeoutMs: 1_000 })).rejects.toMatchObject({ grpcCode: 4 });
    await waitUntil(() => told.length === 1 && running === 0);
    const controller = new AbortController();
    const call = failure(t.client(hi, { signal: controller.signal }));
    await waitUntil(() => running === 1);
    controller.abort();
    expect(await call).toMatchObject({ name: "AgentCancelledError" });
    await waitUntil(() => told.length === 2 && running === 0);
    expect(told).toEqual(["CANCELLED", "CANCELLED"]);
  });

  test("S16 a handler that never answers and never listens holds nothing up", async () => {
    let running = 0;
    const t = await start(() => {
      running += 1;
      return new Promise<string>(() => {});
    });
    await expect(t.client(hi, { timeoutMs: 50 })).rejects.toMatchObject({ grpcCode: 4 });
    expect(running).toBe(1);
    const closing = t.agent.close({ graceMs: 60_000 });
    await closing;
    await t[Symbol.asyncDispose]();
  });

  test("its port follows from its name, and the next one is taken where that is not free", async () => {
    await using first = await start(() => "1", { more: { name: "same" } });
    const { port } = new URL(`http://${first.agent.callbackAddress}`);
    expect(Number(port)).toBeGreaterThanOrEqual(49_152);
    await using second = await start(() => "2", { more: { name: "same" } });
    const { port: next } = new URL(`http://${second.agent.callbackAddress}`);
    // Another program of the machine may hold the very next.
    expect(Number(next)).toBeGreaterThan(Number(port));
    expect(Number(next)).toBeLessThanOrEqual(Number(port) + 20);
  });

  test("a port that was asked for and is taken is an error, and nothing is left behind", async () => {
    await using leaks = trackLeaks();
    const first = await start(() => "1", { callbackPort: 0 });
    const { port } = new URL(`http://${first.agent.callbackAddress}`);
    const options = { core: "attach", coreAddress: first.core.address, callbackPort: Number(port) } as const;
    const error = await failure(bindufy(config(first.core), () => "2", options));
    expect(error).toMatchObject({ name: "ConfigError", field: "callbackPort" });
    expect(first.core.registrations).toHaveLength(1);
    await first[Symbol.asyncDispose]();
    await leaks.expectNoLeaks();
  });

  test("tells what happens, and a listener or logger that fails harms nothing", async () => {
    const lines: string[] = [];
    const logger = {
      info: (line: string) => void lines.push(line),
      warn: (line: string) => void lines.push(line),
      error(line: string) {
        lines.push(line);
        throw new Error("logger");
      },
    };
    const told: unknown[] = [];
    await using t = await start(() => "x", {
      logger,
      heartbeatIntervalMs: 10,
      more: { deployment: { url: "http://localhost:1" } },
    });
    t.agent.on("registered", ({ did }) => told.push(["registered", did]));
    t.agent.on("call", () => {
      throw new Error("listener");
    });
    const off = t.agent.on("call", ({ status }) => told.push(["call", status]));
    await waitUntil(() => told.length === 1);
    await t.client(hi);
    off();
    await t.client(hi);
    expect(told).toEqual([
      ["registered", t.agent.did],
      ["call", "OK"],
    ]);
    const { acknowledged, serverTime } = await new Promise<{ acknowledged: boolean; serverTime: Date }>(
      (resolve) => t.agent.on("heartbeat", resolve),
    );
    expect(acknowledged).toBe(true);
    expect(Math.abs(serverTime.getTime() - Date.now())).toBeLessThan(60_000);
    await t.agent.close();
    expect(lines.join("\n")).toMatch(/not at http:\/\/localhost:1 as its configuration says/);
    expect(lines.join("\n")).toContain("listener");
    expect(lines.at(-1)).toContain("closed");
  });
});

describe("registration", () => {
  test("what a core refuses is its text, and is not repeated", async () => {
    const text = "Registration failed: 'author' is a required field";
    await using core = await startSmallCore({ onRegister: () => ({ success: false, error: text }) });
    const error = await failure(
      bindufy(config(core), () => "", { core: "attach", coreAddress: core.address }),
    );
    expect(error).toBeInstanceOf(RegistrationError);
    expect(error).toMatchObject({ reply: text, code: "registration_failed", retryable: false });
    expect(core.registrations).toHaveLength(1);
  });

  test("a status that is no temporary one is an error with its text", async () => {
    await using core = await startSmallCore({
      onRegister: () => Promise.reject(new ConnectError("Exception calling application", Code.Unknown)),
    });
    const error = await failure(
      bindufy(config(core), () => "", { core: "attach", coreAddress: core.address }),
    );
    expect(error).toMatchObject({
      name: "RegistrationError",
      reply: "Exception calling application",
      grpcCode: 2,
    });
    expect(core.registrations).toHaveLength(1);
  });

  test("what is temporary is tried again", async () => {
    await using t = await start(() => "", {
      small: {
        onRegister: (_, count) =>
          count < 3 ? Promise.reject(new ConnectError("not yet", Code.Unavailable)) : undefined,
      },
    });
    expect(t.core.registrations).toHaveLength(3);
  });

  test("S21 the start waits until /health is 200 with the agent's DID", async () => {
    let healthy = false;
    let asked = 0;
    const health = (did: string): { status: number; did: string } => {
      asked += 1;
      return { status: healthy ? 200 : 503, did };
    };
    const starting = start(() => "", { small: { health } });
    let resolved = false;
    void starting.then(() => {
      resolved = true;
    });
    await waitUntil(() => asked >= 3);
    expect(resolved).toBe(false);
    healthy = true;
    await using t = await starting;
    expect(t.agent.did).not.toBe("");
  });

  test.each(["", "localhost:1", "http:///x", "ftp://x"])(
    "S21 a core that names no URL for the agent is an error: %s",
    async (agentUrl) => {
      const onRegister = () => ({ success: true, agentId: "a", did: "did:bindu:a", agentUrl });
      for (const verifyReady of [true, false]) {
        const error = await failure(start(() => "x", { small: { onRegister }, verifyReady }));
        expect(error).toMatchObject({ name: "RegistrationError", details: agentUrl, retryable: false });
      }
    },
  );

  test("S21 another agent's DID is an error, and the agent is taken off again", async () => {
    await using core = await startSmallCore({ health: () => ({ status: 200, did: "did:bindu:other" }) });
    const options = { core: "attach", coreAddress: core.address } as const;
    const error = await failure(bindufy(config(core), () => "", options));
    expect(error).toBeInstanceOf(RegistrationError);
    expect(String(error)).toContain("port already served by another agent, did:bindu:other");
    expect(core.unregistered).toHaveLength(1);
    const agent = await bindufy(config(core), () => "", { ...options, verifyReady: false });
    await agent.close();
  });

  test("S21 a URL that never serves the agent is an error in time", async () => {
    await using core = await startSmallCore({ health: (did) => ({ status: 500, did }) });
    const options = { core: "attach", coreAddress: core.address, readyTimeoutMs: 200 } as const;
    expect(await failure(bindufy(config(core), () => "", options))).toMatchObject({
      name: "RegistrationError",
      retryable: true,
    });
  });

  test("nothing is started for a configuration or options that are none", async () => {
    await using core = await startSmallCore();
    const attach = { core: "attach", coreAddress: core.address } as const;
    const bad: object[] = [
      { callbackPort: 70_000 },
      { core: "nearby" },
      { heartbeatIntervalMs: 0 },
      { corAddress: "x" },
      { core: { command: [] } },
    ];
    for (const options of bad) {
      expect(await failure(bindufy(config(core), () => "", { ...attach, ...options }))).toBeInstanceOf(
        ConfigError,
      );
    }
    const notAFunction: unknown = "text";
    expect(await failure(bindufy(config(core), notAFunction as Handler, attach))).toMatchObject({
      field: "handler",
    });
    expect(await failure(bindufy({ ...config(core), author: "" }, () => "", attach))).toMatchObject({
      field: "author",
    });
    expect(core.heartbeats).toEqual([]);
  });
});

describe("heartbeats", () => {
  test("S18 a core that does not know the agent gets it again once, at the same address", async () => {
    await using t = await start(() => "", { heartbeatIntervalMs: 20 });
    const told: string[] = [];
    t.agent.on("lost", ({ reason }) => told.push(`lost ${reason}`));
    t.agent.on("reregistered", () => told.push("reregistered"));
    await waitUntil(() => t.core.heartbeats.length >= 3);
    expect(t.core.heartbeats.at(-1)).toBe(t.agent.agentId);
    t.core.forget();
    await waitUntil(() => told.length === 2);
    const beats = t.core.heartbeats.length;
    await waitUntil(() => t.core.heartbeats.length >= beats + 3);
    expect(told).toEqual(["lost unknown", "reregistered"]);
    expect(t.core.registrations).toHaveLength(2);
    expect(t.core.registrations[1]).toEqual(t.core.registrations[0]);
  });

  test("S18 a core that was away is found again", async () => {
    const core = await startSmallCore();
    const { port } = core;
    await using agent = await bindufy(config(core), () => "", {
      core: "attach",
      coreAddress: core.address,
      heartbeatIntervalMs: 20,
    });
    const told: string[] = [];
    agent.on("lost", ({ reason }) => told.push(reason));
    agent.on("reregistered", () => told.push("reregistered"));
    await core[Symbol.asyncDispose]();
    await waitUntil(() => told.includes("unreachable"));
    await using again = await startSmallCore({ port });
    await waitUntil(() => told.includes("reregistered"), { withinMs: 10_000 });
    expect(again.registrations).toHaveLength(1);
    expect(agent.agentUrl).toBe(again.url);
  }, 20_000);

  test("S18 a registration that fails in the background is told, and tried again", async () => {
    let refuse = false;
    await using t = await start(() => "", {
      heartbeatIntervalMs: 20,
      small: { onRegister: () => (refuse ? { success: false, error: "full" } : undefined) },
    });
    const errors: unknown[] = [];
    t.agent.on("error", (error) => errors.push(error));
    refuse = true;
    t.core.forget();
    await waitUntil(() => errors.length >= 2);
    expect(errors[0]).toMatchObject({ reply: "full" });
    refuse = false;
    const back = new Promise((resolve) => t.agent.on("reregistered", resolve));
    await back;
  });
});

describe("the end", () => {
  test("S19 close unregisters, is idempotent, and leaves nothing", async () => {
    await using leaks = trackLeaks();
    const t = await start(() => "yes");
    expect(await t.client(hi)).toBe("yes");
    const { agentId } = t.agent;
    const again = t.agent.close();
    await Promise.all([t.agent.close(), again, t.agent.closed]);
    expect(t.core.unregistered).toEqual([agentId]);
    expect(await t.client.healthCheck()).toBe(false);
    await t[Symbol.asyncDispose]();
    await leaks.expectNoLeaks();
  });

  test("S19 running handlers finish within the grace, and are told behind it", async () => {
    let finish: (() => void) | undefined;
    let aborted = false;
    const t = await start(
      (_, { signal }) =>
        new Promise((resolve) => {
          finish = () => resolve("done");
          signal.addEventListener("abort", () => {
            aborted = true;
          });
        }),
    );
    const done = t.client(hi);
    await waitUntil(() => finish !== undefined);
    const probe = createGrpcTransport({ baseUrl: `http://${t.agent.callbackAddress}` });
    const health = createClient(AgentHandler, probe);
    expect(await health.healthCheck({})).toMatchObject({ healthy: true, message: "OK" });
    const closing = t.agent.close({ graceMs: 60_000 });
    await waitUntil(async () => !(await health.healthCheck({})).healthy);
    expect(await health.healthCheck({})).toMatchObject({ healthy: false, message: "shutting down" });
    await expect(t.client(hi)).rejects.toMatchObject({ grpcCode: 14 });
    finish?.();
    expect(await done).toBe("done");
    await closing;
    expect(aborted).toBe(false);
    await probe.close();
    await t[Symbol.asyncDispose]();
  });

  test("S19 handlers that take longer than the grace are told", async () => {
    let running = false;
    await using t = await start((_, { signal }) => {
      running = true;
      return never(signal);
    });
    const cut = failure(t.client(hi));
    const call = new Promise((resolve) => t.agent.on("call", resolve));
    await waitUntil(() => running);
    await t.agent.close({ graceMs: 50 });
    expect(await cut).toMatchObject({ name: "AgentUnavailableError" });
    expect(await call).toMatchObject({ status: "UNAVAILABLE" });
  });

  test("S19 a signal ends the start, and later the agent", async () => {
    await using leaks = trackLeaks();
    const core = await startSmallCore({ health: (did) => ({ status: 503, did }) });
    const options = { core: "attach", coreAddress: core.address } as const;
    const early = new AbortController();
    const starting = failure(bindufy(config(core), () => "", { ...options, signal: early.signal }));
    await waitUntil(() => core.registrations.length === 1);
    early.abort(new Error("changed my mind"));
    expect(await starting).toMatchObject({ message: "changed my mind" });
    await waitUntil(() => core.unregistered.length === 1);
    const later = new AbortController();
    const agent = await bindufy(config(core), () => "", {
      ...options,
      verifyReady: false,
      signal: later.signal,
    });
    later.abort();
    await agent.closed;
    expect(core.unregistered).toHaveLength(2);
    await core[Symbol.asyncDispose]();
    await leaks.expectNoLeaks();
  });

  test("S19 it closes though its core is gone", async () => {
    const t = await start(() => "");
    await t.core[Symbol.asyncDispose]();
    await t.agent.close();
    await t.client.close();
  });
});

describe("cores", () => {
  const stranger = async (): Promise<AsyncDisposable & { readonly port: number }> => {
    const server = createServer((socket) => socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const place = server.address();
    return {
      port: typeof place === "object" && place !== null ? place.port : 0,
      [Symbol.asyncDispose]: () => new Promise((resolve) => void server.close(() => resolve())),
    };
  };

  test("one that answers is attached to by auto", async () => {
    await using core = await startSmallCore();
    await using agent = await bindufy(config(core), () => "", { coreAddress: core.address });
    expect(core.heartbeats).toEqual([""]);
    expect(agent.coreAddress).toBe(core.address);
  });

  test("the address may stand in the configuration", async () => {
    await using core = await startSmallCore();
    await using agent = await bindufy(config(core, { coreAddress: core.address }), () => "");
    expect(agent.coreAddress).toBe(core.address);
  });

  test("none at another machine is told at once, and none is started", async () => {
    await using core = await startSmallCore();
    const error = await failure(bindufy(config(core), () => "", { coreAddress: "core.invalid:1" }));
    expect(error).toBeInstanceOf(CoreUnavailableError);
    expect(error).toMatchObject({ code: "core_unavailable", retryable: true, address: "core.invalid:1" });
  });

  test("a port that accepts proves nothing", async () => {
    await using other = await stranger();
    await using core = await startSmallCore();
    const options = { core: "attach", coreAddress: `127.0.0.1:${other.port}`, coreTimeoutMs: 100 } as const;
    expect(await failure(bindufy(config(core), () => "", options))).toBeInstanceOf(CoreUnavailableError);
  }, 15_000);

  test.each(["nowhere", "localhost", "a:b", "http://localhost:3774"])(
    "%j is no address",
    async (coreAddress) => {
      await using core = await startSmallCore();
      expect(await failure(bindufy(config(core), () => "", { core: "attach", coreAddress }))).toMatchObject({
        name: "CoreUnavailableError",
        retryable: false,
      });
    },
  );
});
