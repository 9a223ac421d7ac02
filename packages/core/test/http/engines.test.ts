import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  CancelledError,
  createHttpClient,
  DeadlineExceededError,
  type Fetch,
  type HttpClientOptions,
  readSse,
} from "../../src/index.ts";
import { createFakeClock, waitUntil } from "../../src/testing/index.ts";
import { answerJson, startHttp } from "./fixture.ts";

const get = { operation: "read", method: "GET", path: "/thing" } as const;

/** A fetch as a `Request` around one makes it: once that has been collected, the signal ends nothing any more. */
const forgetful: Fetch = async (url, init) => {
  const own = new AbortController();
  const abort = (): void => own.abort(init.signal?.reason);
  init.signal?.addEventListener("abort", abort);
  try {
    return await globalThis.fetch(url, { ...init, signal: own.signal });
  } finally {
    init.signal?.removeEventListener("abort", abort);
  }
};

// Node's own engine, and ky over the standard fetch, as every other runtime has it.
const engines: readonly (readonly [string, Partial<HttpClientOptions>])[] = [
  ["node:http", {}],
  ["ky over fetch", { fetch: globalThis.fetch }],
  ["ky over a fetch that forgets the signal", { fetch: forgetful }],
];

describe.each(engines)("over %s", (_, options) => {
  it("a call sends and answers the same", async () => {
    await using http = await startHttp(
      (response, { body }) => answerJson(response, { got: body, é: "😀" }, 202, { "X-One": "1" }),
      options,
    );
    const answer = await http.client.send({
      operation: "write",
      method: "POST",
      path: "/a%2Fb",
      query: { q: "ü +" },
      body: '{"ü":1}',
      idempotencyKey: "k",
      headers: { "x-extra": "e" },
    });
    expect(answer).toMatchObject({ status: 202, text: '{"got":"{\\"ü\\":1}","é":"😀"}' });
    expect([answer.header("x-one"), answer.header("X-ONE"), answer.header("x-two")]).toEqual([
      "1",
      "1",
      null,
    ]);
    expect(http.received).toMatchObject([
      {
        method: "POST",
        url: "/a%2Fb?q=%C3%BC%20%2B",
        headers: { "content-type": "application/json", "idempotency-key": "k", "x-extra": "e" },
      },
    ]);
  });

  it("every method goes out, with a body and without", async () => {
    await using http = await startHttp((response) => response.writeHead(204).end(), options);
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"] as const) {
      await http.client.send({ operation: "any", method, path: "/" });
    }
    await http.client.send({ operation: "any", method: "DELETE", path: "/", body: "{}" });
    expect(http.received.map(({ method, body }) => method + body)).toEqual([
      "GET",
      "POST",
      "PUT",
      "PATCH",
      "DELETE",
      "DELETE{}",
    ]);
  });

  it("a URL without a path asks for the root, with its query", async () => {
    await using http = await startHttp((response) => response.end(), options);
    await http.client.send({ ...get, path: "" });
    await http.client.send({ ...get, path: "", query: { a: "b/c" } });
    const below = http.connect({ baseUrl: `${http.url}/base/` });
    await below.send({ ...get, path: "", query: { a: 1 } });
    expect(http.received.map(({ url }) => url)).toEqual(["/", "/?a=b%2Fc", "/base?a=1"]);
  });

  it("a body that is cut is a failure", async () => {
    await using http = await startHttp((response) => {
      response.writeHead(200, { "content-length": "10" });
      response.write("12345", () => response.socket?.resetAndDestroy());
    }, options);
    await expect(http.client.send({ ...get, maxRetries: 0 })).rejects.toMatchObject({ code: "unavailable" });
  });

  it("a body that is longer than allowed is refused, and its connection ended", async () => {
    let isGone = false;
    await using http = await startHttp(
      (response) => {
        response.on("close", () => {
          isGone = true;
        });
        response.write("x".repeat(1_001));
      },
      { ...options, maxResponseBytes: 1_000 },
    );
    await expect(http.client.send(get)).rejects.toMatchObject({ code: "response_too_large", attempts: 1 });
    await waitUntil(() => isGone);
  });

  it("a stalled body ends with the deadline, with the signal and with the client", async () => {
    const clock = createFakeClock();
    await using http = await startHttp(
      (response) => {
        response.writeHead(200, { "content-length": "10" });
        response.write("12345");
      },
      { ...options, clock },
    );
    const controller = new AbortController();
    const ended = (more: object): Promise<unknown> =>
      http.client.send({ ...get, ...more }).catch((thrown: unknown) => thrown);
    const calls = [ended({ timeoutMs: 1_000 }), ended({ signal: controller.signal }), ended({})];
    await waitUntil(() => http.received.length === 3);
    await clock.advance(1_000);
    controller.abort();
    await http.client.close();
    const [first, second, third] = await Promise.all(calls);
    expect(first).toBeInstanceOf(DeadlineExceededError);
    expect(second).toBeInstanceOf(CancelledError);
    expect(third).toBeInstanceOf(CancelledError);
  });

  it("https goes to nobody whose certificate is not trusted", async () => {
    const certs = new URL("../rpc/certs/", import.meta.url);
    let requests = 0;
    const server = createServer(
      { key: readFileSync(new URL("server.key", certs)), cert: readFileSync(new URL("server.pem", certs)) },
      (_request, response) => {
        requests += 1;
        response.end();
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      await using client = createHttpClient({
        service: "test",
        baseUrl: `https://127.0.0.1:${port}`,
        maxRetries: 0,
        ...options,
      });
      await expect(client.send(get)).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringMatching(/certificate/),
      });
      expect(requests).toBe(0);
    } finally {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });

  it("a stream is read while it comes, and ends with its signal", async () => {
    let isGone = false;
    await using http = await startHttp((response) => {
      response.on("close", () => {
        isGone = true;
      });
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: 1\n\n");
    }, options);
    const controller = new AbortController();
    const { signal } = controller;
    const stream = await http.client.open({ ...get, signal });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const { data } of readSse(stream.chunks())) {
        seen.push(data);
      }
    })().catch((error: unknown) => error);
    await waitUntil(() => seen.length === 1);
    controller.abort(new Error("enough"));
    expect(await reading).toEqual(new Error("enough"));
    await waitUntil(() => isGone);
  });

  it("what is no stream after all is read whole, up to the client's bound", async () => {
    await using http = await startHttp((response, { url }) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write(url === "/long" ? "1".repeat(200) : "[1,");
      if (url === "/cut") {
        response.destroy();
      } else if (url === "/") {
        response.end("2]");
      }
    }, options);
    await using client = http.connect({ ...options, maxResponseBytes: 100 });
    const { signal } = new AbortController();
    const whole = async (path: string) => (await client.open({ ...get, path, signal })).whole();
    expect((await whole("/")).text).toBe("[1,2]");
    await expect(whole("/long")).rejects.toMatchObject({ code: "response_too_large", retryable: false });
    await expect(whole("/cut")).rejects.toMatchObject({ code: "unavailable" });
  });

  it("a stream ends when its client is closed, and one that is being opened too", async () => {
    let isGone = false;
    await using http = await startHttp((response, { url }) => {
      if (url === "/never") {
        return;
      }
      response.on("close", () => {
        isGone = true;
      });
      response.writeHead(200);
      response.write("one");
    }, options);
    const { signal } = new AbortController();
    const stream = await http.client.open({ ...get, signal });
    const chunks = stream.chunks()[Symbol.asyncIterator]();
    await chunks.next();
    const reading = Promise.resolve(chunks.next()).catch((error: unknown) => error);
    const opening = http.client.open({ ...get, path: "/never", signal }).catch((error: unknown) => error);
    await waitUntil(() => http.received.length === 2);
    await http.client.close();
    expect(await reading).toBeInstanceOf(CancelledError);
    expect(await opening).toBeInstanceOf(CancelledError);
    await waitUntil(() => isGone);
    await expect(http.client.open({ ...get, signal })).rejects.toBeInstanceOf(CancelledError);
  });
});

it("over node:http, an answer in an encoding that was not asked for is refused by its name", async () => {
  await using http = await startHttp((response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    response.end(gzipSync("{}"));
  });
  await expect(http.client.send({ ...get, maxRetries: 0 })).rejects.toThrow(/encoded as gzip/);
});
