// A call that is made afresh for each attempt, bodies and answers of bytes, and answers of 2xx that are failures.

import { describe, expect, it } from "vitest";
import {
  CancelledError,
  ConflictError,
  DeadlineExceededError,
  type HttpClientOptions,
  PermissionDeniedError,
  readSse,
  UnavailableError,
} from "../../src/index.ts";
import { createFakeClock, trackLeaks, waitUntil } from "../../src/testing/index.ts";
import { answerJson, startHttp } from "./fixture.ts";

const get = { operation: "read", method: "GET", path: "/thing" } as const;
const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);

// Node's own engine, and ky over the standard fetch, as every other runtime has it.
const engines: readonly (readonly [string, Partial<HttpClientOptions>])[] = [
  ["node:http", {}],
  ["ky over fetch", { fetch: globalThis.fetch }],
];

describe.each(engines)("over %s", (_, options) => {
  it("query, body and headers are made afresh for each attempt, before it and not before its time", async () => {
    await using _leaks = trackLeaks();
    await using http = await startHttp(
      (response, __, index) => answerJson(response, {}, index < 2 ? 503 : 200),
      options,
    );
    const answer = await http.client.send({
      operation: "write",
      method: "PUT",
      path: "/thing",
      query: { fixed: "never sent" },
      body: "never sent",
      headers: { "x-fixed": "yes", "x-attempt": "never sent" },
      async prepare({ attempt, signal }) {
        await Promise.resolve();
        return {
          query: { nonce: attempt },
          body: JSON.stringify({ attempt, aborted: signal?.aborted, sentBefore: http.received.length }),
          headers: { "x-attempt": String(attempt) },
        };
      },
    });
    expect(answer.status).toBe(200);
    expect(
      http.received.map(({ url, body, headers }) => [url, body, headers["x-attempt"], headers["x-fixed"]]),
    ).toEqual(
      [1, 2, 3].map((attempt) => [
        `/thing?nonce=${attempt}`,
        `{"attempt":${attempt},"aborted":false,"sentBefore":${attempt - 1}}`,
        String(attempt),
        "yes",
      ]),
    );
  });

  it("what is not prepared is the call's own", async () => {
    await using http = await startHttp((response) => answerJson(response, {}), options);
    await http.client.send({ ...get, method: "POST", query: { a: 1 }, body: "{}", prepare: () => ({}) });
    expect(http.received).toMatchObject([{ url: "/thing?a=1", body: "{}" }]);
  });

  it("bytes go out and come back as they are, with their type and length", async () => {
    await using http = await startHttp((response, { headers }) => {
      response.writeHead(200, {
        "x-type": String(headers["content-type"]),
        "x-length": String(headers["content-length"]),
      });
      response.write(everyByte.subarray(0, 200), () =>
        setImmediate(() => response.end(everyByte.subarray(200))),
      );
    }, options);
    const answer = await http.client.send({ ...get, method: "POST", body: everyByte });
    expect(Buffer.from(answer.bytes)).toEqual(Buffer.from(everyByte));
    expect([answer.header("x-type"), answer.header("x-length")]).toEqual(["application/octet-stream", "256"]);
    expect(http.received[0]?.bytes).toEqual(Buffer.from(everyByte));
    const typed = await http.client.send({
      ...get,
      method: "POST",
      body: everyByte,
      headers: { "content-type": "image/png" },
    });
    expect(typed.header("x-type")).toBe("image/png");
  });

  it("a stream is prepared as well", async () => {
    await using http = await startHttp((response) => response.end("data: one\n\n"), options);
    const { signal } = new AbortController();
    const stream = await http.client.open({
      ...get,
      signal,
      prepare: async () => ({ query: { nonce: "n" } }),
    });
    const events: string[] = [];
    for await (const { data } of readSse(stream.chunks())) {
      events.push(data);
    }
    expect([events, http.received[0]?.url]).toEqual([["one"], "/thing?nonce=n"]);
  });
});

describe("preparing", () => {
  it("counts against the deadline, and its signal says so", async () => {
    await using _leaks = trackLeaks();
    const clock = createFakeClock();
    await using http = await startHttp((response) => answerJson(response, {}), { clock, timeoutMs: 1_000 });
    let told: AbortSignal | undefined;
    const call = http.client
      .send({
        ...get,
        prepare({ signal }) {
          told = signal;
          return new Promise(() => {});
        },
      })
      .catch((thrown: unknown) => thrown);
    await waitUntil(() => told !== undefined);
    await clock.advance(1_000);
    expect(await call).toBeInstanceOf(DeadlineExceededError);
    expect(told?.aborted).toBe(true);
    expect([http.received.length, clock.pendingTimers]).toEqual([0, 0]);
  });

  it("ends with the caller's signal, and with the client", async () => {
    await using http = await startHttp((response) => answerJson(response, {}));
    const hanging = { ...get, prepare: () => new Promise<never>(() => {}) };
    const controller = new AbortController();
    const aborted = http.client
      .send({ ...hanging, signal: controller.signal })
      .catch((thrown: unknown) => thrown);
    controller.abort();
    expect(await aborted).toBeInstanceOf(CancelledError);
    const client = http.connect();
    const closed = client.send(hanging).catch((thrown: unknown) => thrown);
    const opened = client
      .open({ ...hanging, signal: new AbortController().signal })
      .catch((thrown: unknown) => thrown);
    await client.close();
    expect([await closed, await opened]).toEqual([expect.any(CancelledError), expect.any(CancelledError)]);
  });

  it("that fails ends the call without a repeat and without a request", async () => {
    await using http = await startHttp((response) => answerJson(response, {}));
    for (const prepare of [
      () => {
        throw new Error("no key");
      },
      () => Promise.reject(new Error("no key")),
    ]) {
      await expect(http.client.send({ ...get, prepare })).rejects.toMatchObject({
        code: "prepare_failed",
        attempts: 1,
        retryable: false,
        message: "read: the request could not be prepared: no key",
      });
    }
    const own = new PermissionDeniedError("locked", { service: "test", operation: "read" });
    await expect(http.client.send({ ...get, prepare: () => Promise.reject(own) })).rejects.toBe(own);
    expect(http.received).toHaveLength(0);
  });
});

describe("an answer of 2xx that is a failure", () => {
  it("is the error that the service makes of it, and is repeated where that may be", async () => {
    await using http = await startHttp((response, __, index) =>
      answerJson(response, index === 0 ? { error: "busy" } : index === 1 ? { error: "taken" } : {}),
    );
    const refuse: Parameters<typeof http.client.send>[0]["refuse"] = ({ text }, call) =>
      text.includes("busy")
        ? new UnavailableError("busy", { ...call, retryable: true })
        : text.includes("taken")
          ? new ConflictError("taken", call)
          : undefined;
    await expect(http.client.send({ ...get, refuse })).rejects.toMatchObject({
      message: "taken",
      attempts: 2,
    });
    expect(await http.client.send({ ...get, refuse })).toMatchObject({ status: 200, text: "{}" });
  });
});
