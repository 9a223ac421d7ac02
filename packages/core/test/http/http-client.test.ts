import { getEventListeners } from "node:events";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  CancelledError,
  createHttpClient,
  DeadlineExceededError,
  NotFoundError,
  ResourceExhaustedError,
  UnavailableError,
} from "../../src/index.ts";
import { createFakeClock, startFaultProxy, trackLeaks, waitUntil } from "../../src/testing/index.ts";
import { answerJson, startHttp } from "./fixture.ts";

const get = { operation: "read", method: "GET", path: "/thing" } as const;

describe("a call", () => {
  it("sends method, path, query, headers and body, and answers status, headers and text", async () => {
    await using _leaks = trackLeaks();
    await using http = await startHttp((response) => answerJson(response, { é: 1 }, 201, { "x-one": "1" }), {
      headers: { authorization: "Bearer abc", "user-agent": "tester" },
    });
    const answer = await http.client.send({
      operation: "write",
      method: "POST",
      path: "/a/b",
      query: { at: "2030-01-07T10:00:00+00:00", none: undefined, n: 1, yes: true },
      headers: { "x-extra": "e" },
      body: '{"ü":1}',
    });
    expect(answer).toMatchObject({ status: 201, text: '{"é":1}' });
    expect(answer.header("X-One")).toBe("1");
    expect(http.received).toMatchObject([
      {
        method: "POST",
        url: "/a/b?at=2030-01-07T10%3A00%3A00%2B00%3A00&n=1&yes=true",
        body: '{"ü":1}',
        headers: {
          authorization: "Bearer abc",
          "user-agent": "tester",
          "x-extra": "e",
          accept: "application/json",
          "content-type": "application/json",
        },
      },
    ]);
  });

  it("takes an answer without a body", async () => {
    await using http = await startHttp((response) => response.writeHead(204).end());
    expect(await http.client.send(get)).toMatchObject({ status: 204, text: "" });
  });

  it("keeps its connection for the next call", async () => {
    await using http = await startHttp((response) => answerJson(response, {}));
    await using proxy = await startFaultProxy({ port: http.port });
    const client = http.connect({ baseUrl: `http://127.0.0.1:${proxy.port}/` });
    await client.send(get);
    await client.send(get);
    expect(proxy.accepted).toBe(1);
  });

  it("does not follow redirects", async () => {
    await using http = await startHttp((response) => response.writeHead(302, { location: "/else" }).end());
    await expect(http.client.send(get)).rejects.toMatchObject({ status: 302 });
    expect(http.received).toHaveLength(1);
  });

  it("uses the caller's own fetch", async () => {
    const seen: string[] = [];
    await using client = createHttpClient({
      service: "test",
      baseUrl: "http://nowhere.invalid",
      fetch: async (url, { method }) => {
        seen.push(`${method} ${url}`);
        return new Response("{}");
      },
    });
    expect((await client.send(get)).text).toBe("{}");
    expect(seen).toEqual(["GET http://nowhere.invalid/thing"]);
  });

  it("works on the global fetch as well, as browsers have it", async () => {
    await using http = await startHttp((response) => answerJson(response, { ok: true }));
    const client = http.connect({ fetch: globalThis.fetch });
    expect((await client.send({ ...get, method: "POST", body: "{}" })).text).toBe('{"ok":true}');
    expect(http.received[0]).toMatchObject({ method: "POST", body: "{}" });
  });

  it("refuses a base URL that is none", () => {
    for (const baseUrl of ["", "localhost:80", "ftp://x", "http://u:p@x", "http://x?y=1"]) {
      expect(() => createHttpClient({ service: "test", baseUrl })).toThrow(
        expect.objectContaining({ code: "invalid_base_url" }),
      );
    }
  });
});

describe("repeats", () => {
  it("repeats a read after 503, and tells how often it was sent", async () => {
    await using http = await startHttp((response, _, index) =>
      answerJson(response, {}, index < 2 ? 503 : 200),
    );
    await http.client.send(get);
    expect(http.received).toHaveLength(3);
  });

  it("gives up after maxRetries with the last failure", async () => {
    await using http = await startHttp((response) =>
      answerJson(response, {}, 503, { "x-request-id": "req_1" }),
    );
    const error: unknown = await http.client.send({ ...get, maxRetries: 1 }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({ status: 503, attempts: 2, requestId: "req_1", operation: "read" });
  });

  it("repeats a write only with an idempotency key, and sends the same key each time", async () => {
    await using http = await startHttp((response, _, index) =>
      answerJson(response, {}, index === 1 ? 200 : 503),
    );
    const write = { operation: "write", method: "POST", path: "/", body: "{}" } as const;
    await expect(http.client.send(write)).rejects.toMatchObject({ status: 503, attempts: 1 });
    await expect(http.client.send({ ...write, idempotencyKey: "k1" })).resolves.toMatchObject({
      status: 200,
    });
    await expect(http.client.send({ ...write, idempotencyKey: "k2" })).rejects.toMatchObject({ attempts: 3 });
    expect(http.received.map(({ headers }) => headers["idempotency-key"])).toEqual([
      undefined,
      "k1",
      "k2",
      "k2",
      "k2",
    ]);
  });

  it("refuses a key that cannot travel, before anything is sent", async () => {
    await using http = await startHttp((response) => answerJson(response, {}));
    await expect(http.client.send({ ...get, idempotencyKey: "a b" })).rejects.toMatchObject({
      code: "invalid_idempotency_key",
    });
    expect(http.received).toHaveLength(0);
  });

  it("waits as long as Retry-After asks", async () => {
    const clock = createFakeClock();
    await using http = await startHttp((response, _, index) =>
      index === 0 ? answerJson(response, {}, 429, { "retry-after": "7" }) : answerJson(response, {}),
    );
    const pauses: number[] = [];
    const client = http.connect({
      clock,
      random: () => 0,
      hooks: { onRetry: ({ delayMs }) => pauses.push(delayMs) },
    });
    const call = client.send(get);
    await waitUntil(() => pauses.length === 1);
    await clock.advance(7_000);
    await call;
    expect(pauses).toEqual([7_000]);
  });

  it("ends the call when Retry-After cannot be read, or is absurd, also without a deadline", async () => {
    for (const wish of ["-5", "soon", "", "7200", "Fri, 01 Jan 2199 00:00:00 GMT"]) {
      await using http = await startHttp(
        (response) => answerJson(response, {}, 503, { "retry-after": wish }),
        {
          timeoutMs: Infinity,
        },
      );
      await expect(http.client.send(get)).rejects.toMatchObject({ status: 503, attempts: 1 });
    }
  });

  it("an answer that is none ends the call at once, and is not asked for again", async () => {
    await using http = await startHttp((response) => {
      response.socket?.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n");
    });
    await expect(http.client.send(get)).rejects.toMatchObject({
      code: "invalid_answer",
      status: 101,
      attempts: 1,
    });
    expect(http.received).toHaveLength(1);
  });

  it("asks for no encoding; one that comes all the same leaves the status, and is final", async () => {
    await using http = await startHttp((response, { url }) => {
      response.writeHead(Number(url.slice(1)), { "content-encoding": "gzip" });
      response.end(gzipSync('{"error":"x"}'));
    });
    for (const [status, error] of [
      [200, { code: "invalid_answer", status: 200 }],
      [409, { code: "conflict", status: 409 }],
      [503, { code: "unavailable", status: 503, attempts: 3 }],
    ] as const) {
      await expect(http.client.send({ ...get, path: `/${status}` })).rejects.toMatchObject(error);
    }
    expect(http.received.map(({ headers }) => headers["accept-encoding"])).toEqual(Array(5).fill("identity"));
  });

  it("a refusal whose body breaks off is a refusal, and is not sent again", async () => {
    await using http = await startHttp((response) => {
      response.writeHead(409, { "content-length": "100" });
      response.write("{");
      response.socket?.end();
    });
    await expect(http.client.send({ ...get, method: "POST", idempotencyKey: "k" })).rejects.toMatchObject({
      code: "conflict",
      attempts: 1,
    });
    expect(http.received).toHaveLength(1);
  });

  it("never repeats a conflict", async () => {
    await using http = await startHttp((response) => answerJson(response, {}, 409));
    await expect(http.client.send(get)).rejects.toMatchObject({ code: "conflict", attempts: 1 });
  });

  it("repeats even a write when no connection came about", async () => {
    await using http = await startHttp((response) => answerJson(response, {}));
    await using proxy = await startFaultProxy({ port: http.port });
    await proxy.refuse();
    const attempts: number[] = [];
    const client = http.connect({
      baseUrl: `http://127.0.0.1:${proxy.port}`,
      hooks: { onAttempt: ({ attempt }) => attempts.push(attempt) },
    });
    const error: unknown = await client
      .send({ operation: "write", method: "POST", path: "/", body: "{}" })
      .catch((thrown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(attempts).toEqual([1, 2, 3]);
  });

  it("does not repeat a write whose connection was cut, and repeats a read", async () => {
    await using http = await startHttp((response) => response.socket?.resetAndDestroy());
    await expect(
      http.client.send({ operation: "write", method: "POST", path: "/", body: "{}" }),
    ).rejects.toMatchObject({ code: "unavailable", attempts: 1 });
    await expect(http.client.send(get)).rejects.toMatchObject({ code: "unavailable", attempts: 3 });
  });
});

describe("ends", () => {
  it("a body that stalls ends at the deadline", async () => {
    const clock = createFakeClock();
    await using http = await startHttp((response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("12345");
    });
    const client = http.connect({ clock, timeoutMs: 1_000 });
    const call = client.send(get).catch((thrown: unknown) => thrown);
    await waitUntil(() => http.received.length === 1);
    await clock.advance(1_000);
    const error = await call;
    expect(error).toBeInstanceOf(DeadlineExceededError);
    expect(error).toMatchObject({ attempts: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("so does a foreign fetch that ignores its signal", async () => {
    const clock = createFakeClock();
    await using client = createHttpClient({
      service: "test",
      baseUrl: "http://x",
      clock,
      timeoutMs: 50,
      fetch: () => new Promise(() => {}),
    });
    const call = client.send(get).catch((thrown: unknown) => thrown);
    await waitUntil(() => clock.pendingTimers === 1);
    await clock.advance(50);
    expect(await call).toBeInstanceOf(DeadlineExceededError);
  });

  it("a body that is cut is a failure, not a short answer", async () => {
    await using http = await startHttp((response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("12345", () => response.socket?.resetAndDestroy());
    });
    await expect(http.client.send({ ...get, maxRetries: 0 })).rejects.toMatchObject({ code: "unavailable" });
  });

  it("the caller's signal ends it at once, and keeps no listener", async () => {
    await using http = await startHttp(() => {});
    const controller = new AbortController();
    const call = http.client.send({ ...get, signal: controller.signal }).catch((thrown: unknown) => thrown);
    await waitUntil(() => http.received.length === 1);
    controller.abort(new Error("no more"));
    expect(await call).toBeInstanceOf(CancelledError);
    expect(getEventListeners(controller.signal, "abort")).toHaveLength(0);
  });

  it("a call that went well keeps no listener and no timer either", async () => {
    const clock = createFakeClock();
    await using http = await startHttp((response) => answerJson(response, {}), { clock, timeoutMs: 1_000 });
    const { signal } = new AbortController();
    await http.client.send({ ...get, signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it("close() ends what is under way, and what comes after it", async () => {
    await using http = await startHttp(() => {});
    const client = http.connect();
    const call = client.send(get).catch((thrown: unknown) => thrown);
    await waitUntil(() => http.received.length === 1);
    await client.close();
    const ended = await call;
    expect(ended).toBeInstanceOf(CancelledError);
    // Each call has an error of its own, for it carries what that call met.
    expect(ended).toMatchObject({ operation: get.operation, attempts: 1 });
    const after: unknown = await client
      .send({ ...get, operation: "later" })
      .catch((thrown: unknown) => thrown);
    expect(after).toBeInstanceOf(CancelledError);
    expect(after).toMatchObject({ operation: "later" });
    expect(http.received).toHaveLength(1);
  });

  it("an answer beyond the bound is refused", async () => {
    await using http = await startHttp((response) => response.end("x".repeat(1_001)), {
      maxResponseBytes: 1_000,
    });
    const error: unknown = await http.client.send(get).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(ResourceExhaustedError);
    expect(error).toMatchObject({ code: "response_too_large", attempts: 1 });
    await using enough = await startHttp((response) => response.end("x".repeat(1_000)), {
      maxResponseBytes: 1_000,
    });
    expect((await enough.client.send(get)).text).toHaveLength(1_000);
  });

  it("a character that is cut between two pieces comes through whole", async () => {
    const bytes = Buffer.from("a😀b");
    await using http = await startHttp((response) => {
      response.write(bytes.subarray(0, 3), () => setImmediate(() => response.end(bytes.subarray(3))));
    });
    expect((await http.client.send(get)).text).toBe("a😀b");
  });
});

describe("errors", () => {
  it("are made by the service where it wants to", async () => {
    await using http = await startHttp((response) => answerJson(response, { why: "because" }, 404), {
      toError: (failure, call) =>
        new NotFoundError(failure.kind === "answer" ? failure.answer.text : failure.kind, call),
    });
    await expect(http.client.send(get)).rejects.toThrow('{"why":"because"}');
  });

  it("say what the system said, and not the secrets of the request", async () => {
    await using client = createHttpClient({
      service: "test",
      baseUrl: "http://127.0.0.1:1",
      headers: { authorization: "Bearer avs_live_verysecret" },
      maxRetries: 0,
    });
    const error: unknown = await client.send(get).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining("ECONNREFUSED") });
    expect(JSON.stringify(error)).not.toContain("verysecret");
  });
});

describe("a connection that fails", () => {
  it("says whether nothing was sent, no answer began, or it broke off", async () => {
    const phases: unknown[] = [];
    const call = async (script: Parameters<typeof startHttp>[0], baseUrl?: string): Promise<void> => {
      await using http = await startHttp(script, {
        maxRetries: 0,
        toError: (failure, failed) => {
          phases.push(failure.kind === "connection" ? failure.phase : failure.kind);
          return new UnavailableError("failed", failed);
        },
        ...(baseUrl === undefined ? {} : { baseUrl }),
      });
      await expect(http.client.send(get)).rejects.toThrow("failed");
    };
    await call((response) => answerJson(response, {}), "http://127.0.0.1:1/");
    await call((response) => response.destroy());
    await call((response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("12345", () => response.destroy());
    });
    expect(phases).toEqual(["connect", "send", "receive"]);
  });
});
