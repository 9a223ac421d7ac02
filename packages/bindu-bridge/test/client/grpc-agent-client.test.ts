import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { Code, ConnectError } from "@connectrpc/connect";
import { trackLeaks, waitUntil } from "@x/core/testing";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  AgentCancelledError,
  AgentHandlerError,
  type AgentResult,
  AgentTimeoutError,
  AgentUnavailableError,
  AgentUnimplementedError,
  BinduError,
  ConfigError,
  GrpcAgentClient,
  grpcAgentClient,
  MessageTooLargeError,
} from "../../src/index.ts";
import { answerWith, startAgent, startBareAgent } from "../agent-server.ts";
import { vectors } from "../vectors.ts";

const hi = [{ role: "user", content: "Hi" }];
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

async function collect(stream: AsyncIterable<AgentResult>): Promise<AgentResult[]> {
  const pieces: AgentResult[] = [];
  for await (const piece of stream) {
    pieces.push(piece);
  }
  return pieces;
}

describe("the callable", () => {
  test("S1 S2 S3 nothing is connected before the first call, which puts the official bytes on the wire", async () => {
    await using leaks = trackLeaks();
    await using agent = await startBareAgent(answerWith("0a0548656c6c6f2001"));
    await using client = new GrpcAgentClient(agent.address);
    expect(agent.requests).toEqual([]);
    expect(await client(hi)).toBe("Hello");
    expect(agent.requests).toMatchObject([
      { path: "/bindu.grpc.AgentHandler/HandleMessages", hex: "0a0a0a047573657212024869" },
    ]);
    expect(agent.requests[0]?.headers["grpc-timeout"]).toMatch(/^(?:30000|29\d{3})m$/);
    await client.close();
    await agent[Symbol.asyncDispose]();
    await leaks.expectNoLeaks();
  });

  test("S3 the official rows of requests and answers hold over the wire", async () => {
    for (const row of vectors.client_requests) {
      await using agent = await startAgent({
        handleMessages: ({ messages }) => ({
          content: JSON.stringify(messages.map(({ role, content }) => [role, content])),
        }),
      });
      await using client = new GrpcAgentClient(agent.address);
      expect(await client(row.in)).toBe(JSON.stringify(row.wire));
    }
    for (const { response, result } of vectors.client_conversion) {
      await using agent = await startAgent({
        handleMessages: () => ({ ...response, metadata: { ...response.metadata } }),
      });
      await using client = new GrpcAgentClient(agent.address);
      expect(await client(hi)).toEqual(result);
    }
  });

  test("S4 it is a function, an instance, and prints itself as the official class does", () => {
    const client = new GrpcAgentClient("localhost:50052");
    expect(typeof client).toBe("function");
    expect(client).toBeInstanceOf(GrpcAgentClient);
    expect(client).toBeInstanceOf(Function);
    expect(() => {}).not.toBeInstanceOf(GrpcAgentClient);
    expect(String(client)).toBe("GrpcAgentClient(address='localhost:50052', timeout=30.0, mode=unary)");
    expect(String(new GrpcAgentClient("x:1", { timeoutMs: Number.POSITIVE_INFINITY }))).toContain(
      "timeout=inf,",
    );
    expect(inspect(client)).toBe(String(client));
    expect(typeof client.bind(null)).toBe("function");
    expect([client.address, client.timeoutMs, client.mode]).toEqual(["localhost:50052", 30_000, "unary"]);
    const streaming = grpcAgentClient("[::1]:1", { useStreaming: true, timeoutMs: 1_250 });
    expect(streaming).toBeInstanceOf(GrpcAgentClient);
    expect(`${streaming}`).toBe("GrpcAgentClient(address='[::1]:1', timeout=1.25, mode=streaming)");
  });

  test("S4 its call has the type of its mode", () => {
    const unary = (): Promise<AgentResult> => new GrpcAgentClient("a:1", { timeoutMs: 5 })(hi);
    const streaming = (): AsyncIterable<AgentResult> => grpcAgentClient("a:1", { useStreaming: true })(hi);
    expectTypeOf(unary).returns.toEqualTypeOf<Promise<AgentResult>>();
    expectTypeOf(streaming).returns.toEqualTypeOf<AsyncIterable<AgentResult>>();
  });

  test("ids and headers reach the agent where they are given", async () => {
    await using agent = await startAgent({
      handleMessages: ({ taskId, contextId }, { requestHeader }) => ({
        content: [taskId, contextId, requestHeader.get("traceparent")].join(),
      }),
    });
    await using client = new GrpcAgentClient(agent.address);
    const ids = { taskId: "t", contextId: "c\ud800", headers: { traceparent: "00-1" } };
    expect(await client(hi, ids)).toBe("t,c\ufffd,00-1");
    expect(await client(hi)).toBe(",,");
  });

  test("S12 a metadata key `__proto__` harms nothing", async () => {
    await using agent = await startBareAgent(answerWith("1201612a0e0a095f5f70726f746f5f5f120178"));
    await using client = new GrpcAgentClient(agent.address);
    const result = await client(hi);
    expect(Object.entries(result)).toEqual([
      ["state", "a"],
      ["__proto__", "x"],
    ]);
    expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    expect("x" in {}).toBe(false);
  });

  test("a question and an answer of 5 MiB pass, and beyond 16 MiB neither", async () => {
    let calls = 0;
    await using agent = await startAgent(
      {
        handleMessages({ messages }) {
          calls += 1;
          return { content: messages[0]?.content ?? "" };
        },
      },
      { readMaxBytes: 40_000_000 },
    );
    await using client = new GrpcAgentClient(agent.address);
    const long = "x".repeat(5 * 1024 * 1024);
    expect(await client([{ content: long }])).toBe(long);
    await expect(client([{ content: "x".repeat(17 * 1024 * 1024) }])).rejects.toThrow(MessageTooLargeError);
    expect(calls).toBe(1);
    await using strict = new GrpcAgentClient(agent.address, { maxMessageBytes: 1_000 });
    await expect(strict([{ content: long }])).rejects.toMatchObject({
      code: "message_too_large",
      grpcCode: 8,
    });
  });

  test("TLS is spoken where credentials are given", async () => {
    const certs = new URL("../../../agentkeeper/test/certs/", import.meta.url);
    const pem = (name: string): string => readFileSync(new URL(name, certs), "utf8");
    await using agent = await startAgent(
      { healthCheck: () => ({ healthy: true }), handleMessages: () => ({ content: "secret" }) },
      { tls: { cert: pem("server.pem"), key: pem("server.key") } },
    );
    await using trusting = new GrpcAgentClient(agent.address, { credentials: { ca: pem("server.pem") } });
    expect(await trusting(hi)).toBe("secret");
    await using doubting = new GrpcAgentClient(agent.address, { credentials: {} });
    await expect(doubting(hi)).rejects.toThrow(AgentUnavailableError);
    await using plain = new GrpcAgentClient(agent.address);
    expect(await plain.healthCheck()).toBe(false);
  });
});

describe("errors", () => {
  test("S5 an agent that is down is unavailable within a second", async () => {
    const gone = await startAgent({});
    await gone[Symbol.asyncDispose]();
    await using client = new GrpcAgentClient(gone.address);
    const started = performance.now();
    const error: unknown = await client(hi).catch((thrown: unknown) => thrown);
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(error).toBeInstanceOf(AgentUnavailableError);
    expect(error).toMatchObject({
      retryable: true,
      grpcCode: 14,
      address: gone.address,
      code: "agent_unavailable",
    });
  });

  test.each(["", "nowhere", "host:99999", "http://host:1", "a b:1", "::1:50052"])(
    "S5 no agent is at %j, and only a call says so",
    async (address) => {
      const client = new GrpcAgentClient(address);
      await expect(client(hi)).rejects.toThrow(AgentUnavailableError);
      expect(await client.healthCheck()).toBe(false);
    },
  );

  test("S6 a handler that is too slow times out, and hears of it", async () => {
    let cancelled = false;
    await using agent = await startAgent({
      async handleMessages(_, { signal }) {
        await never(signal).catch(() => {
          cancelled = true;
        });
        return {};
      },
    });
    await using client = new GrpcAgentClient(agent.address, { timeoutMs: 100 });
    await expect(client(hi)).rejects.toMatchObject({
      name: "AgentTimeoutError",
      retryable: false,
      grpcCode: 4,
    });
    await waitUntil(() => cancelled);
    await expect(collect(client.stream(hi))).rejects.toThrow(AgentUnimplementedError);
  });

  test("S7 a signal ends the call, whatever its reason", async () => {
    let running = 0;
    await using agent = await startAgent({
      async handleMessages(_, { signal }) {
        running += 1;
        await never(signal).finally(() => {
          running -= 1;
        });
        return {};
      },
    });
    await using client = new GrpcAgentClient(agent.address);
    for (const reason of [undefined, "text", new ConnectError("other", Code.Unavailable)]) {
      const controller = new AbortController();
      const call = client(hi, { signal: controller.signal });
      await waitUntil(() => running === 1);
      controller.abort(reason);
      await expect(call).rejects.toThrow(AgentCancelledError);
      await waitUntil(() => running === 0);
    }
    await expect(client(hi, { signal: AbortSignal.abort() })).rejects.toThrow(AgentCancelledError);
  });

  test("S8 an agent that is back on its port is called again, and one that died in a call is unavailable", async () => {
    let running = 0;
    const first = await startAgent({
      handleMessages(_, { signal }) {
        running += 1;
        return never(signal);
      },
      healthCheck: () => ({ healthy: true }),
    });
    await using client = new GrpcAgentClient(first.address);
    expect(await client.healthCheck()).toBe(true);
    const cut = expect(client(hi)).rejects.toThrow(AgentUnavailableError);
    await waitUntil(() => running === 1);
    await first[Symbol.asyncDispose]();
    await cut;
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await expect(client(hi)).rejects.toThrow(AgentUnavailableError);
    }
    await using _second = await startAgent(
      { handleMessages: () => ({ content: "back" }) },
      { port: first.port },
    );
    expect(await client(hi)).toBe("back");
  });

  test.each([
    [Code.Internal, AgentHandlerError],
    [Code.Unknown, AgentHandlerError],
    [Code.NotFound, AgentHandlerError],
    [Code.Unauthenticated, AgentHandlerError],
    [Code.Canceled, AgentCancelledError],
    [Code.Unimplemented, AgentUnimplementedError],
    [Code.ResourceExhausted, MessageTooLargeError],
    [Code.Unavailable, AgentUnavailableError],
    [Code.DeadlineExceeded, AgentTimeoutError],
  ])("status %i is its exception, with the text as it came", async (status, kind) => {
    await using agent = await startAgent({
      handleMessages: () => Promise.reject(new ConnectError("é {x}\nsecond", status)),
    });
    await using client = new GrpcAgentClient(agent.address);
    const error: unknown = await client(hi).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error).toBeInstanceOf(BinduError);
    expect(error).toMatchObject({ grpcCode: status, details: "é {x}\nsecond", name: kind.name });
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({ name: kind.name, grpcCode: status });
  });

  test.each([
    ["bytes that are no UTF-8", "0a02c3280a"],
    ["a lone surrogate in UTF-8", "0a03eda080"],
    ["no message", "ff"],
  ])("an answer with %s is the handler's fault", async (_, hex) => {
    await using agent = await startBareAgent(answerWith(hex));
    await using client = new GrpcAgentClient(agent.address);
    await expect(client(hi)).rejects.toThrow(AgentHandlerError);
  });

  test("what cannot be an option or a text is told before anything is sent", async () => {
    const wrong: object = { timeoutMS: 5 };
    expect(() => new GrpcAgentClient("a:1", wrong)).toThrow(
      "there is no option timeoutMS; did you mean timeoutMs?",
    );
    expect(() => new GrpcAgentClient("a:1", { timeoutMs: 0 })).toThrow(ConfigError);
    await using agent = await startBareAgent();
    await using client = new GrpcAgentClient(agent.address);
    await expect(client(hi, { timeoutMs: -1 })).rejects.toMatchObject({
      name: "ConfigError",
      field: "timeoutMs",
    });
    const bad: object = { content: 5 };
    await expect(client([bad])).rejects.toThrow(TypeError);
    await expect(collect(client.stream([bad]))).rejects.toThrow(TypeError);
    expect(agent.requests).toEqual([]);
  });
});

describe("looks", () => {
  test("S9 health and capabilities are what the agent says", async () => {
    const skill = {
      name: "s",
      description: "d",
      tags: ["t"],
      inputModes: ["i"],
      outputModes: [],
      version: "1",
    };
    await using agent = await startAgent({
      healthCheck: () => ({ healthy: true, message: "OK" }),
      getCapabilities: () => ({
        name: "n",
        description: "d",
        version: "1",
        supportsStreaming: true,
        skills: [skill],
      }),
    });
    await using client = new GrpcAgentClient(agent.address);
    expect(await client.healthCheck()).toBe(true);
    expect(await client.getCapabilities()).toEqual({
      name: "n",
      description: "d",
      version: "1",
      supportsStreaming: true,
      skills: [{ ...skill, author: "", rawContent: "", format: "" }],
    });
  });

  test("S9 an agent that is unwell, gone, silent or of another kind is false and null within 5 seconds", async () => {
    await using unwell = await startAgent({ healthCheck: () => ({ healthy: false }) });
    await using silent = await startAgent({
      healthCheck: (_, { signal }) => never(signal),
      getCapabilities: (_, { signal }) => never(signal),
    });
    for (const address of [unwell.address, silent.address, "localhost:1"]) {
      await using client = new GrpcAgentClient(address);
      const started = performance.now();
      expect(await Promise.all([client.healthCheck(), client.getCapabilities()])).toEqual([false, null]);
      expect(performance.now() - started).toBeLessThan(5_500);
    }
  }, 15_000);

  test("S10 a client that was closed twice connects again", async () => {
    await using leaks = trackLeaks();
    await using agent = await startAgent({ handleMessages: () => ({ content: "yes" }) });
    const client = new GrpcAgentClient(agent.address);
    await client.close();
    expect(await client(hi)).toBe("yes");
    await Promise.all([client.close(), client.close()]);
    expect(await client(hi)).toBe("yes");
    await client.close();
    await agent[Symbol.asyncDispose]();
    await leaks.expectNoLeaks();
  });
});

describe("streams", () => {
  test("S11 the call begins with the first piece, and pieces are converted one by one", async () => {
    let calls = 0;
    await using agent = await startAgent({
      async *handleMessagesStream({ taskId }) {
        calls += 1;
        yield { content: "a" };
        yield { content: `ab${taskId}` };
        yield { state: "input-required", prompt: "q", metadata: { k: "v" } };
      },
    });
    await using client = new GrpcAgentClient(agent.address, { useStreaming: true });
    const stream = client(hi, { taskId: "t" });
    expect(calls).toBe(0);
    expect(await collect(stream)).toEqual(["a", "abt", { state: "input-required", prompt: "q", k: "v" }]);
    expect(calls).toBe(1);
    await using unary = new GrpcAgentClient(agent.address);
    expect(await collect(unary.stream(hi))).toHaveLength(3);
  });

  test("S11 an empty stream has no pieces", async () => {
    await using agent = await startAgent({ async *handleMessagesStream() {} });
    await using client = new GrpcAgentClient(agent.address);
    expect(await collect(client.stream(hi))).toEqual([]);
  });

  test("S11 leaving the loop ends the call, also while a piece is waited for", async () => {
    let open = 0;
    await using agent = await startAgent({
      async *handleMessagesStream(_, { signal }) {
        open += 1;
        try {
          yield { content: "a" };
          await never(signal);
        } finally {
          open -= 1;
        }
      },
    });
    await using client = new GrpcAgentClient(agent.address);
    const controller = new AbortController();
    for await (const _ of client.stream(hi, { signal: controller.signal })) {
      expect(open).toBe(1);
      break;
    }
    await waitUntil(() => open === 0);
    const stream = client.stream(hi);
    await stream.next();
    const waiting = stream.next().catch((error: unknown) => error);
    await waitUntil(() => open === 1);
    await stream.return();
    expect(await waiting).toBeInstanceOf(AgentCancelledError);
    await waitUntil(() => open === 0);
    const aborted = collect(client.stream(hi, { signal: controller.signal }));
    await waitUntil(() => open === 1);
    controller.abort();
    await expect(aborted).rejects.toThrow(AgentCancelledError);
  });

  test("S6 the time of a stream covers all of it", async () => {
    await using agent = await startAgent({
      async *handleMessagesStream(_, { signal }) {
        yield { content: "a" };
        yield { content: "b" };
        await never(signal);
      },
    });
    await using client = new GrpcAgentClient(agent.address);
    const pieces: AgentResult[] = [];
    const reading = (async () => {
      for await (const piece of client.stream(hi, { timeoutMs: 200 })) {
        pieces.push(piece);
      }
    })();
    await expect(reading).rejects.toThrow(AgentTimeoutError);
    expect(pieces).toEqual(["a", "b"]);
  });
});
