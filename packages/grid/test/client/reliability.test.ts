import { createFakeClock, trackLeaks, waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import {
  GridA2AError,
  type GridClient,
  GridError,
  GridNetworkError,
  GridServerError,
  GridTimeoutError,
} from "../../src/index.ts";
import { vectors } from "../wire/vector-file.ts";
import {
  answer,
  node,
  peer,
  type Received,
  refusal,
  result,
  type Script,
  startScripted,
  task,
} from "./fixture.ts";

const knowsRepeats = { "x-grid-server": "x-grid/1.0.0; dedupe=1" };

/** Breaks the first attempt in one way, then answers. */
const failingOnce =
  (fail: Script, then: Script): Script =>
  (request, response, index) =>
    (index === 0 ? fail : then)(request, response, index);

const taskResult: Script = (request, response) => result(request, response, task({ state: "completed" }));
const nodeResult: Script = (_, response) => answer(response, 200, node());
const reset: Script = (_, response) => response.destroy();
const status =
  (code: number, headers: Record<string, string> = {}): Script =>
  (_, response) =>
    answer(response, code, "<html>down</html>", { "content-type": "text/html", ...headers });

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("G61 a call that failed is repeated", () => {
  const always: readonly (readonly [string, (client: GridClient) => Promise<unknown>, Script])[] = [
    ["a read", (c) => c.getTask("t1"), taskResult],
    ["a read by REST", (c) => c.status(), nodeResult],
    ["completeTask", (c) => c.completeTask("t1", { message: "thanks" }), taskResult],
    ["rejectTask", (c) => c.rejectTask("t1", "no"), taskResult],
    ["cancelTask", (c) => c.cancelTask("t1"), taskResult],
    ["setStatus", (c) => c.setStatus("busy"), nodeResult],
    ["heartbeat", (c) => c.heartbeat(), nodeResult],
  ];
  for (const [name, call, then] of always) {
    it.each([
      ["a reset", reset],
      ["502", status(502)],
      ["503", status(503)],
      ["504", status(504)],
    ])(`G61 G17 where it is ${name}, after %s, with a nonce of its own`, async (_, fail) => {
      await using server = await startScripted(failingOnce(fail, then));
      await call(server.client);
      const nonces = server.requests.map(({ nonce }) => nonce);
      expect(nonces.length).toBe(2);
      expect(new Set(nonces).size).toBe(2);
      expect(nonces).not.toContain("");
    });
  }

  it("G61 never where it writes and the server does not say that it knows repeats", async () => {
    await using server = await startScripted(reset);
    const error = await caught(server.client.sendTask(peer, "a", { messageId: "m" }));
    expect(error).toBeInstanceOf(GridNetworkError);
    expect(error).toMatchObject({ messageId: "m", attempts: 1, retryable: true });
    expect(server.requests.length).toBe(1);
  });

  it("G61 G98 G124 where it carries a messageId and the server knows repeats: the same id, a new nonce", async () => {
    await using server = await startScripted((request, response, index) => {
      if (index === 0) answer(response, 200, node(), knowsRepeats);
      else if (index === 1) response.destroy();
      else result(request, response, task());
    });
    await server.client.status();
    await server.client.sendTask(peer, "a");
    const sent = server.requests.slice(1);
    const ids = sent.map(({ payload }) => (payload.message as Record<string, unknown>).messageId);
    expect(ids.length).toBe(2);
    expect(ids[0]).toBe(ids[1]);
    expect(sent[0]?.nonce).not.toBe(sent[1]?.nonce);
  });

  it("G98 what a refusal says of its server counts, too", async () => {
    await using server = await startScripted((request, response, index) => {
      if (index === 0) answer(response, 404, { error: { code: "node_not_found" } }, knowsRepeats);
      else if (index === 1) response.destroy();
      else result(request, response, task());
    });
    await caught(server.client.getNode(peer));
    await server.client.sendTask(peer, "a");
    expect(server.requests.length).toBe(3);
  });

  it("G61 G59 createRoom and createSchedule keep their requestId", async () => {
    await using server = await startScripted(
      failingOnce(reset, (request, response) => result(request, response, { id: "r1" })),
      { profile: { switches: { dedupe: true } } },
    );
    await server.client.createRoom([peer]);
    const [first, second] = server.requests.map(({ payload }) => payload.requestId);
    expect(first).toMatch(/^.{36}$/);
    expect(second).toBe(first);
  });

  it.each([
    ["readTask", (c: GridClient) => c.readTask("t1")],
    ["readRoom", (c: GridClient) => c.readRoom("r1")],
  ])("G141 never where it is %s, whose second answer would be empty", async (_, call) => {
    await using server = await startScripted(reset);
    expect(await caught(call(server.client))).toBeInstanceOf(GridNetworkError);
    expect(server.requests.length).toBe(1);
  });

  it("G61 always where the server wants it later, however it says so", async () => {
    const limits: readonly Script[] = [
      status(429, { "retry-after": "0" }),
      status(503, { "retry-after": "0" }),
      (request, response) => refusal(request, response, -32029, "rate_limited", { retryAfterMs: 1 }),
      (request, response) => refusal(request, response, -32029, "rate_limited", { retryAfterMs: 1 }, 429),
    ];
    for (const limit of limits) {
      await using server = await startScripted(
        failingOnce(limit, (request, response) => result(request, response, task())),
      );
      await server.client.sendTask(peer, "a");
      expect(server.requests.length).toBe(2);
    }
  });

  it("G61 three times at most, and as often as the caller says", async () => {
    await using server = await startScripted(status(502));
    expect(await caught(server.client.getTask("t1"))).toMatchObject({ attempts: 3, status: 502 });
    expect(await caught(server.connect({ retry: { tries: 1 } }).getTask("t1"))).toMatchObject({
      attempts: 1,
    });
    expect(server.requests.length).toBe(4);
  });

  it("G61 never after a refusal", async () => {
    await using server = await startScripted((request, response) =>
      refusal(request, response, -32001, "task_not_found"),
    );
    expect(await caught(server.client.getTask("t1"))).toMatchObject({ code: -32001, retryable: false });
    expect(server.requests.length).toBe(1);
  });

  it("G45 an end whose first answer was lost is one where the task has ended so, and not where it has ended otherwise", async () => {
    const ended =
      (state: string): Script =>
      (request, response, index) => {
        if (index === 0) response.destroy();
        else if (request.rpc === "task/get") result(request, response, task({ state }));
        else refusal(request, response, -32002, "task_terminal", { state });
      };
    await using same = await startScripted(ended("completed"));
    expect((await same.client.completeTask("t1", { message: "thanks" })).state).toBe("completed");
    await using other = await startScripted(ended("canceled"));
    expect((await other.client.cancelTask("t1")).state).toBe("canceled");
    await using crossed = await startScripted(ended("canceled"));
    expect(await caught(crossed.client.completeTask("t1"))).toMatchObject({ reason: "task_terminal" });
    await using first = await startScripted((request, response) =>
      refusal(request, response, -32002, "task_terminal", { state: "completed" }),
    );
    expect(await caught(first.client.completeTask("t1"))).toMatchObject({ reason: "task_terminal" });
  });
});

describe("G19 a clock that is wrong", () => {
  /** A server whose clock is ten minutes ahead. */
  const ahead =
    (nowMs: () => number, refuse: Script): Script =>
    (request, response, index) => {
      const isFresh = Math.abs(Date.parse(String(request.payload.timestamp)) - nowMs()) <= 300_000;
      (isFresh ? (request.rpc === "" ? nodeResult : taskResult) : refuse)(request, response, index);
    };
  const serverNow = (): number => Date.now() + 600_000;
  const serverTime = (): string => new Date(serverNow()).toISOString();

  it("G19 G135 is corrected by what the server says, once, and stays so", async () => {
    const says: readonly Script[] = [
      (request, response) =>
        refusal(request, response, -32010, "stale_timestamp", { serverTime: serverTime() }),
      (_, response) =>
        answer(response, 401, {
          error: { code: "stale_timestamp", message: "stale", data: { serverTime: serverTime() } },
        }),
      (_, response) =>
        answer(response, 401, "no", {
          "content-type": "text/plain",
          date: new Date(serverNow()).toUTCString(),
        }),
    ];
    for (const say of says) {
      await using server = await startScripted(ahead(serverNow, say));
      await server.client.getTask("t1");
      await server.client.status();
      expect(server.requests.length).toBe(3);
    }
  });

  it("G19 is an error when the second try fails, too", async () => {
    await using server = await startScripted((request, response) =>
      refusal(request, response, -32010, "stale_timestamp", { serverTime: serverTime() }),
    );
    expect(await caught(server.client.getTask("t1"))).toMatchObject({
      code: -32010,
      reason: "stale_timestamp",
    });
    expect(server.requests.length).toBe(2);
  });

  it("G19 is not suspected where a 401 has a date like ours", async () => {
    await using server = await startScripted((_, response) =>
      answer(response, 401, { error: { code: "bad_signature" } }),
    );
    expect(await caught(server.client.status())).toMatchObject({ code: "bad_signature" });
    expect(server.requests.length).toBe(1);
  });
});

describe("G111 the time of a call", () => {
  it("G111 is that of the whole, where a method asks more than once", async () => {
    const clock = createFakeClock({ wall: Date.now() });
    await using server = await startScripted(
      (_, response, index) => {
        // The first answer takes 400 ms of the time.
        if (index === 0) {
          void clock.advance(400).then(() => answer(response, 409, { error: { code: "node_exists" } }));
        }
      },
      { clock },
    );
    const call = caught(server.client.register({ name: "A", timeoutMs: 1_000 }));
    await server.received(2);
    await waitUntil(() => clock.nextTimerMs === 600);
    await clock.advance(600);
    expect(await call).toMatchObject({ name: "GridTimeoutError" });
  });
});

describe("G112 a fetch of the caller's", () => {
  it("G112 carries calls and events", async () => {
    await using _leaks = trackLeaks();
    await using server = await startScripted(
      (request, response) => {
        if (request.line.startsWith("GET")) {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.write('event: task_notify\ndata: {"taskId":"t1"}\n\n');
        } else {
          result(request, response, request.rpc === "task/get" ? task() : []);
        }
      },
      { fetch: (url, init) => fetch(url, init) },
    );
    expect((await server.client.getTask("t1")).id).toBe("t1");
    for await (const event of server.client.events()) {
      expect(event).toMatchObject({ event: "task_notify", data: { taskId: "t1" } });
      break;
    }
  });
});

describe("G105 errors", () => {
  it("G105 a client that is closed", async () => {
    await using server = await startScripted(() => undefined);
    const call = caught(server.client.getTask("t1"));
    await server.received(1);
    await server.client.close();
    expect(await call).toMatchObject({ name: "GridError", reason: "cancelled" });
    expect(await caught(server.client.getTask("t1"))).toMatchObject({
      name: "GridError",
      reason: "cancelled",
    });
  });

  it("G105 a server that is not there", async () => {
    await using server = await startScripted(taskResult);
    const client = server.connect({ url: "http://127.0.0.1:1" });
    const error = await caught(client.getTask("t1"));
    expect(error).toBeInstanceOf(GridNetworkError);
    expect(error).not.toBeInstanceOf(GridTimeoutError);
    expect(error).toMatchObject({
      phase: "connect",
      method: "getTask",
      attempts: 3,
      cause: expect.anything(),
    });
  });

  it("G105 a connection that breaks in the answer", async () => {
    await using server = await startScripted((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{", () => response.destroy());
    });
    expect(await caught(server.client.readTask("t1"))).toMatchObject({ phase: "receive" });
  });

  it("G111 a server that does not answer in time, in its headers or in its body", async () => {
    const silent: readonly Script[] = [
      () => undefined,
      (_, response) => void response.writeHead(200, { "content-length": "9" }).write("{"),
    ];
    for (const script of silent) {
      await using _leaks = trackLeaks();
      await using server = await startScripted(script);
      const error = await caught(server.client.getTask("t1", { timeoutMs: 50 }));
      expect(error).toBeInstanceOf(GridTimeoutError);
      expect(error).toBeInstanceOf(GridNetworkError);
      expect(error).toMatchObject({ timeoutMs: 50, reason: "timeout" });
    }
  });

  it("G111 the caller's signal ends a call with its own reason, before, in the request and in a pause", async () => {
    await using _leaks = trackLeaks();
    const reason = new Error("enough");
    await using server = await startScripted(() => undefined);
    expect(await caught(server.client.getTask("t1", { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(server.requests.length).toBe(0);
    const controller = new AbortController();
    const call = caught(server.client.getTask("t1", { signal: controller.signal }));
    await server.received(1);
    controller.abort(reason);
    expect(await call).toBe(reason);

    const clock = createFakeClock();
    await using down = await startScripted(status(502), { clock, retry: { baseMs: 10_000, capMs: 10_000 } });
    const second = new AbortController();
    const pausing = caught(down.client.getTask("t1", { signal: second.signal }));
    await down.received(1);
    // The time of the call is 30 s, a pause at most 10 s.
    await waitUntil(() => (clock.nextTimerMs ?? Infinity) <= 10_000);
    second.abort(reason);
    expect(await pausing).toBe(reason);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each<[string, number, (request: Received) => unknown]>([
    ["a JSON-RPC error", 200, ({ id }) => ({ jsonrpc: "2.0", id, error: { code: -32001, message: "m" } })],
    ["an error of HTTP", 404, () => ({ error: { code: "not_found", message: "m" } })],
    ["an answer of another call", 200, () => ({ jsonrpc: "2.0", id: "other", result: {} })],
  ])("G105 %s has the id of its request", async (_, status, body) => {
    await using server = await startScripted((request, response) =>
      answer(response, status, body(request), { "x-request-id": "req_1" }),
    );
    expect(await caught(server.client.getTask("t1"))).toMatchObject({
      requestId: "req_1",
      method: "getTask",
    });
  });

  it("G107 an error of JSON-RPC is the same with any HTTP status", async () => {
    for (const code of [200, 400]) {
      await using server = await startScripted((request, response) =>
        refusal(request, response, -32012, "not_claimed", { hint: "claim it" }, code),
      );
      const error = await caught(server.client.getTask("t1"));
      expect(error).toBeInstanceOf(GridA2AError);
      expect(error).toMatchObject({
        code: -32012,
        reason: "not_claimed",
        status: code,
        data: { hint: "claim it" },
      });
    }
  });

  it("G134 an answer of a proxy is a server error with its status and a cut text", async () => {
    await using server = await startScripted((_, response) =>
      answer(response, 503, `<html>${"x".repeat(1_000)}</html>`, { "content-type": "text/html" }),
    );
    const error = await caught(server.client.sendTask(peer, "a"));
    expect(error).toBeInstanceOf(GridServerError);
    expect(error).toMatchObject({ status: 503, retryable: true });
    expect((error as GridServerError).bodyText.length).toBe(500);
  });

  const nonsense: readonly (readonly [string, (id: unknown) => unknown])[] = [
    ["no JSON", () => "<html>"],
    ["no object", () => []],
    ["another id", () => ({ jsonrpc: "2.0", id: "other", result: task() })],
    ["both result and error", (id) => ({ id, result: task(), error: { code: 1, message: "" } })],
    ["neither of them", (id) => ({ id })],
    ["an error that is none", (id) => ({ id, error: "no" })],
    ["a task without id", (id) => ({ id, result: {} })],
  ];
  it.each(nonsense)("G105 an answer with %s is a bad response", async (_, body) => {
    await using server = await startScripted((request, response) => answer(response, 200, body(request.id)));
    const error = await caught(server.client.sendMessage("t1", "a"));
    expect(error).toBeInstanceOf(GridServerError);
    expect(error).toMatchObject({ code: "bad_response", method: "sendMessage" });
    expect(server.requests.length).toBe(1);
  });

  const shapes: readonly (readonly [unknown, string, string])[] = [
    [
      { error: { code: "unknown_field", message: "no such member", data: { field: "x" } } },
      "unknown_field",
      "no such member",
    ],
    [{ detail: "not allowed" }, "http_422", "not allowed"],
    [
      { detail: [{ loc: ["body", "name"], msg: "field required", type: "missing" }] },
      "http_422",
      "body.name: field required",
    ],
    [{ message: "wrong" }, "http_422", "wrong"],
    [{ error: "wrong again" }, "http_422", "wrong again"],
    ["plain words", "http_422", "plain words"],
  ];
  it.each(shapes)("G106 a body of the shape %j is understood", async (body, code, words) => {
    await using server = await startScripted((_, response) => answer(response, 422, body));
    const error = await caught(server.client.patchNode({ name: "a" }));
    expect(error).toMatchObject({ status: 422, code, message: expect.stringContaining(words) });
  });

  it("G105 are known over copies of the package", () => {
    class Copy extends Error {}
    Object.setPrototypeOf(Copy.prototype, GridNetworkError.prototype);
    const foreign = new GridServerError("x", { code: "a", status: 500 });
    expect(GridError.is(foreign)).toBe(true);
    expect(GridError.is(new Copy())).toBe(true);
    expect(GridError.is(new Error("x"))).toBe(false);
    expect(foreign).toBeInstanceOf(GridError);
    expect(foreign).not.toBeInstanceOf(GridNetworkError);
  });

  it("G7 G105 of a call show no key, whoever gave it", async () => {
    const { seed } = vectors.constants;
    await using server = await startScripted((_, response) =>
      answer(response, 500, {
        error: { code: "internal", message: `privateKey: ${seed}`, data: { privateKey: seed } },
      }),
    );
    const error = await caught(server.client.status());
    expect(JSON.stringify(error) + String(error)).not.toContain(seed);
    const wrong = await caught(
      Promise.resolve().then(() => server.connect({ identity: `${seed}00` }).status()),
    );
    expect(wrong).toMatchObject({ reason: "bad_identity" });
    expect(JSON.stringify(wrong) + String(wrong)).not.toContain(seed);
  });
});
