// JSON-RPC 2.0 over real sockets: envelopes, ids, batches, notifications, errors, streams.
import { expect, test } from "vitest";
import { z } from "zod";
import { type JsonObject, pythonJson } from "../../../src/index.ts";
import {
  HttpProblem,
  type HttpRoute,
  type JsonRpcSpec,
  json,
  jsonRpc,
  rpcMethod,
  rpcStream,
  writtenResult,
} from "../../../src/service/http/index.ts";
import { KernelError } from "../../../src/service/kernel/kernel-error.ts";
import { trackLeaks, waitUntil } from "../../../src/testing/index.ts";
import { type Kit, startKit } from "./fixture.ts";

const doc = { operationId: "rpc", summary: "All methods", answers: {} };
const defect = new Error("secret of the house");

interface Service {
  readonly route: HttpRoute;
  /** Methods that were carried out, in order. */
  readonly done: string[];
}

function service(more: Partial<JsonRpcSpec<string>> = {}): Service {
  const done: string[] = [];
  const method = rpcMethod<string>;
  const route = jsonRpc<string>({
    path: "/rpc",
    doc,
    admit(_request, { params }) {
      const from = (params as JsonObject | undefined)?.from;
      if (from === "nobody") {
        throw new HttpProblem(401, "bad_signature", "this is not signed");
      }
      return typeof from === "string" ? from : "anyone";
    },
    methods: {
      echo: rpcMethod({
        params: z.object({ text: z.string().optional() }),
        handle: ({ caller, params, envelope }) => {
          done.push(`echo ${params.text}`);
          return { caller, ...params, method: envelope.method };
        },
      }),
      add: rpcMethod({
        params: z.tuple([z.number(), z.number()]),
        handle: ({ params: [a, b] }) => a + b,
      }),
      written: method({ handle: ({ envelope }) => writtenResult(pythonJson(envelope.params)) }),
      nothing: method({ handle: () => undefined }),
      missing: method({
        handle: () => {
          throw new HttpProblem(404, "task_not_found", "there is no such task", { fields: { taskId: "t" } });
        },
      }),
      unlisted: method({
        handle: () => Promise.reject(new HttpProblem(409, "odd", "nobody gave it a number")),
      }),
      down: method({
        handle: () => Promise.reject(new KernelError("store_unavailable", "the store is down")),
      }),
      defect: method({ handle: () => Promise.reject(defect) }),
      unwritable: method({ handle: () => ({ n: 1n }) }),
      count: rpcStream({
        params: z.object({ to: z.number().max(9), failsAt: z.number().optional() }),
        open: ({ params, resultText }) => ({
          async *open() {
            for (let n = 1; n <= params.to; n++) {
              if (n === params.failsAt) {
                throw new HttpProblem(404, "task_not_found", "gone on the way");
              }
              yield { id: String(n), data: resultText(n) };
            }
          },
        }),
      }),
    },
    codes: { task_not_found: -32001, bad_signature: -32010 },
    ...more,
  });
  return { route, done };
}

async function call(kit: Kit, body: string): Promise<[status: number, body: string]> {
  const answer = await fetch(`${kit.url}/rpc`, { method: "POST", body });
  return [answer.status, await answer.text()];
}

const request = (method: string, params: unknown = {}, id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

test("a call is admitted, checked, carried out and answered under its id", async () => {
  await using kit = await startKit([service().route]);
  const answer = await fetch(`${kit.url}/rpc`, {
    method: "POST",
    body: request("echo", { from: "a", text: "é" }, "x"),
  });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  expect(await answer.text()).toBe(
    '{"jsonrpc":"2.0","id":"x","result":{"caller":"a","text":"é","method":"echo"}}',
  );
  expect(await call(kit, request("nothing"))).toEqual([200, '{"jsonrpc":"2.0","id":1,"result":null}']);
});

test.each([
  "1",
  "1.0",
  "1e3",
  "-0",
  "123456789012345678901234567890",
  '"text"',
  '""',
  "null",
  "0",
  '"\\u0031"',
])("the id %s is answered as it was written", async (id) => {
  await using kit = await startKit([service().route]);
  const [status, text] = await call(kit, `{"jsonrpc":"2.0","id":${id},"method":"nothing"}`);
  expect([status, text]).toEqual([
    200,
    `{"jsonrpc":"2.0","id":${id === '"\\u0031"' ? '"1"' : id},"result":null}`,
  ]);
});

test("a service may write ids in a form of its own, in results and in errors", async () => {
  const echo = (id: unknown) => (typeof id === "string" ? id.toLowerCase() : null);
  await using kit = await startKit([service({ echo }).route]);
  expect((await call(kit, request("nothing", {}, "AB")))[1]).toBe(
    '{"jsonrpc":"2.0","id":"ab","result":null}',
  );
  expect((await call(kit, request("missing", {}, "AB")))[1]).toContain('"id":"ab"');
});

test.each([
  ["no JSON", "{", null, -32700, "malformed_json"],
  ["nothing", "", null, -32700, "malformed_json"],
  ["a name twice", '{"jsonrpc":"2.0","id":1,"id":1,"method":"nothing"}', null, -32700, "duplicate_member"],
  [
    "too deep",
    `{"jsonrpc":"2.0","id":1,"method":"nothing","params":${"[".repeat(64)}${"]".repeat(64)}}`,
    null,
    -32700,
    "too_deep",
  ],
  ["a text", '"echo"', null, -32600, "invalid_request"],
  ["a number", "1", null, -32600, "invalid_request"],
  ["null", "null", null, -32600, "invalid_request"],
  ["an empty object", "{}", null, -32600, "invalid_request"],
  ["of another version", '{"jsonrpc":"1.0","id":7,"method":"nothing"}', 7, -32600, "invalid_request"],
  [
    "of a version that is a number",
    '{"jsonrpc":2.0,"id":7,"method":"nothing"}',
    7,
    -32600,
    "invalid_request",
  ],
  ["without a method", '{"jsonrpc":"2.0","id":7}', 7, -32600, "invalid_request"],
  ["of a method that is no text", '{"jsonrpc":"2.0","id":7,"method":7}', 7, -32600, "invalid_request"],
  [
    "of inherited members",
    '{"__proto__":{"jsonrpc":"2.0","method":"nothing"},"id":7}',
    7,
    -32600,
    "invalid_request",
  ],
  ["named by true", '{"jsonrpc":"2.0","id":true,"method":"nothing"}', null, -32600, "invalid_request"],
  ["named by an object", '{"jsonrpc":"2.0","id":{},"method":"nothing"}', null, -32600, "invalid_request"],
  ["named by an array", '{"jsonrpc":"2.0","id":[1],"method":"nothing"}', null, -32600, "invalid_request"],
  ["of an unknown method", '{"jsonrpc":"2.0","id":7,"method":"toString"}', 7, -32601, "method_not_found"],
  [
    "with params that are a text",
    '{"jsonrpc":"2.0","id":7,"method":"echo","params":"x"}',
    7,
    -32602,
    "invalid_params",
  ],
  [
    "with params that are a number",
    '{"jsonrpc":"2.0","id":7,"method":"echo","params":5}',
    7,
    -32602,
    "invalid_params",
  ],
  [
    "with params by position",
    '{"jsonrpc":"2.0","id":7,"method":"add","params":[1,2]}',
    7,
    -32602,
    "invalid_params",
  ],
  [
    "with params of another shape",
    '{"jsonrpc":"2.0","id":7,"method":"echo","params":{"text":1}}',
    7,
    -32602,
    "invalid_params",
  ],
  [
    "of somebody who may not",
    '{"jsonrpc":"2.0","id":7,"method":"toString","params":{"from":"nobody"}}',
    7,
    -32010,
    "bad_signature",
  ],
  ["refused by its method", '{"jsonrpc":"2.0","id":7,"method":"missing"}', 7, -32001, "task_not_found"],
  ["one that breaks", '{"jsonrpc":"2.0","id":7,"method":"defect"}', 7, -32603, "internal"],
  ["one whose result is no JSON", '{"jsonrpc":"2.0","id":7,"method":"unwritable"}', 7, -32603, "internal"],
])("a call that is %s is an error with HTTP 200", async (_what, body, id, code, reason) => {
  await using kit = await startKit([service().route]);
  const [status, text] = await call(kit, body);
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual({
    jsonrpc: "2.0",
    id,
    error: { code, message: expect.any(String), data: expect.objectContaining({ reason }) },
  });
  expect(text).not.toContain("secret");
  expect(kit.faults).toHaveLength(code === -32603 ? 1 : 0);
});

test("errors carry the fields of their problem", async () => {
  await using kit = await startKit([service().route]);
  const [, shape] = await call(kit, request("echo", { text: 1 }));
  expect(JSON.parse(shape).error.data).toEqual({ reason: "invalid_params", field: "text" });
  const [, missing] = await call(kit, request("missing"));
  expect(JSON.parse(missing).error).toEqual({
    code: -32001,
    message: "there is no such task",
    data: { reason: "task_not_found", taskId: "t" },
  });
});

test("absent and null params are an empty object to the shape, and by position they come where they may", async () => {
  await using kit = await startKit([service({ arrayParams: true }).route]);
  for (const params of ["", ',"params":null', ',"params":{}']) {
    expect(await call(kit, `{"jsonrpc":"2.0","id":1,"method":"echo"${params}}`)).toMatchObject([
      200,
      /"result":\{"caller"/,
    ]);
  }
  expect(await call(kit, request("add", [1, 2]))).toEqual([200, '{"jsonrpc":"2.0","id":1,"result":3}']);
  expect((await call(kit, request("add", [1])))[1]).toContain("-32602");
  expect((await call(kit, request("add")))[1]).toContain("-32602");
});

test("numbers reach a method as they were written, and leave it so", async () => {
  await using kit = await startKit([service().route]);
  const params = '{"a": 1.0, "b": 1e22, "c": 123456789012345678901}';
  expect(await call(kit, `{"jsonrpc":"2.0","id":1,"method":"written","params":${params}}`)).toEqual([
    200,
    '{"jsonrpc":"2.0","id":1,"result":{"a": 1.0, "b": 1e+22, "c": 123456789012345678901}}',
  ]);
});

test("a problem without a number is answered as on any other route, and so is a body that is too long", async () => {
  await using kit = await startKit([service({ maxBodyBytes: 100 }).route]);
  const [odd, oddText] = await call(kit, request("unlisted"));
  expect([odd, JSON.parse(oddText)]).toMatchObject([409, { error: "odd" }]);
  const down = await fetch(`${kit.url}/rpc`, { method: "POST", body: request("down") });
  expect([down.status, down.headers.get("retry-after"), await down.json()]).toMatchObject([
    503,
    "1",
    { error: "unavailable" },
  ]);
  const [long, longText] = await call(kit, request("echo", { text: "x".repeat(100) }));
  expect([long, JSON.parse(longText)]).toMatchObject([413, { error: "too_large" }]);
});

test("the service has the last word on numbers, data, ids and HTTP statuses", async () => {
  const seen: unknown[] = [];
  await using kit = await startKit([
    service({
      maxBodyBytes: 100,
      codes: { too_large: -32600, unavailable: -32603 },
      failure(problem, made, method) {
        seen.push([problem.code, made?.code, method]);
        return problem.code === "method_not_found"
          ? { code: -32700, message: "no", status: 400, id: null }
          : made && { ...made, status: problem.status >= 500 ? 500 : 200, data: undefined };
      },
    }).route,
  ]);
  expect(await call(kit, request("toString"))).toEqual([
    400,
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no"}}',
  ]);
  const down = await fetch(`${kit.url}/rpc`, { method: "POST", body: request("down") });
  expect([down.status, down.headers.get("retry-after"), await down.text()]).toEqual([
    500,
    "1",
    '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"the store is down"}}',
  ]);
  expect((await call(kit, "x".repeat(101)))[1]).toContain('"id":null,"error":{"code":-32600,');
  expect(seen).toEqual([
    ["method_not_found", -32601, "toString"],
    ["unavailable", -32603, "down"],
    ["too_large", -32600, undefined],
  ]);
});

test("what the headers say is looked at before the body is read", async () => {
  await using kit = await startKit([
    service({
      screen(request) {
        if (request.header("content-type") !== "application/json") {
          throw new HttpProblem(415, "unsupported_media_type", "send JSON");
        }
      },
    }).route,
  ]);
  const answer = await kit.raw(
    "POST /rpc HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n",
  );
  expect(answer).toMatch(/^HTTP\/1\.1 415 [\s\S]*unsupported_media_type/);
});

const notification = (method: string, params: unknown = {}): string =>
  JSON.stringify({ jsonrpc: "2.0", method, params });

test("a call without an id is carried out and not answered, whatever becomes of it", async () => {
  const { route, done } = service();
  await using kit = await startKit([route]);
  expect(await call(kit, notification("echo", { text: "a" }))).toEqual([204, ""]);
  expect(done).toEqual(["echo a"]);
  for (const silent of [
    notification("missing"),
    notification("toString"),
    notification("echo", { text: 1 }),
    notification("echo", { from: "nobody" }),
    notification("count", { to: 1 }),
    notification("defect"),
  ]) {
    expect(await call(kit, silent), silent).toEqual([204, ""]);
  }
  expect([done, kit.faults]).toEqual([["echo a"], [defect]]);
  // What is no call at all is no notification either.
  expect((await call(kit, '{"method":"echo"}'))[1]).toContain("-32600");
});

test("or with another status, or under the id null, as the service has it", async () => {
  await using accepting = await startKit([service({ notificationStatus: 202 }).route]);
  expect(await call(accepting, notification("nothing"))).toEqual([202, ""]);
  await using answering = await startKit([service({ withoutId: "null" }).route]);
  expect(await call(answering, notification("nothing"))).toEqual([
    200,
    '{"jsonrpc":"2.0","id":null,"result":null}',
  ]);
  expect((await call(answering, notification("missing")))[1]).toContain('"id":null,"error":{"code":-32001');
});

test("a batch is refused where there is none, an empty one too", async () => {
  const { route, done } = service();
  await using kit = await startKit([route]);
  for (const batch of ["[]", `[${request("echo")}]`]) {
    const [status, text] = await call(kit, batch);
    expect([status, JSON.parse(text)]).toMatchObject([
      200,
      { id: null, error: { code: -32600, data: { reason: "batch_not_supported" } } },
    ]);
  }
  expect(done).toEqual([]);
});

test("a batch is carried out in its order, each call for itself, and notifications are left out of the answer", async () => {
  const { route, done } = service({ batch: { most: 9 } });
  await using kit = await startKit([route]);
  const [status, text] = await call(
    kit,
    `[${[
      request("echo", { text: "a" }, "one"),
      notification("echo", { text: "b" }),
      "1",
      request("missing", {}, 2),
      request("unlisted", {}, 3),
      request("defect", {}, 4),
      request("count", { to: 1 }, 5),
      request("echo", { from: "nobody" }, 6),
      request("echo", { text: "c" }, 7.5),
    ].join(",")}]`,
  );
  expect(status).toBe(200);
  expect(
    (JSON.parse(text) as { id: unknown; error?: { code: number } }[]).map(({ id, error }) => [
      id,
      error?.code,
    ]),
  ).toEqual([
    ["one", undefined],
    [null, -32600],
    [2, -32001],
    [3, -32603],
    [4, -32603],
    [5, -32600],
    [6, -32010],
    [7.5, undefined],
  ]);
  expect(done).toEqual(["echo a", "echo b", "echo c"]);
});

test("a batch has a bound, and one of notifications alone no answer", async () => {
  const { route, done } = service({ batch: { most: 2 } });
  await using kit = await startKit([route]);
  const one = notification("echo", { text: "a" });
  expect(await call(kit, `[${one},${one}]`)).toEqual([204, ""]);
  expect((await call(kit, `[${one},${one},${one}]`))[1]).toContain('"id":null,"error":{"code":-32600');
  expect((await call(kit, "[]"))[1]).toContain('"code":-32600');
  expect(done).toEqual(["echo a", "echo a"]);
});

test("a method may answer a stream; what it refuses before is an ordinary error, what it fails at later its last event", async () => {
  await using kit = await startKit([service().route]);
  const answer = await fetch(`${kit.url}/rpc`, {
    method: "POST",
    body: '{"jsonrpc":"2.0","id":1.0,"method":"count","params":{"to":2}}',
  });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  expect(await answer.text()).toBe(
    'id: 1\ndata: {"jsonrpc":"2.0","id":1.0,"result":1}\n\nid: 2\ndata: {"jsonrpc":"2.0","id":1.0,"result":2}\n\n',
  );
  const refused = await fetch(`${kit.url}/rpc`, { method: "POST", body: request("count", { to: 10 }) });
  expect(refused.headers.get("content-type")).toBe("application/json");
  expect(await refused.json()).toMatchObject({ id: 1, error: { code: -32602 } });
  const [, failing] = await call(kit, request("count", { to: 9, failsAt: 2 }));
  expect(failing).toBe(
    'id: 1\ndata: {"jsonrpc":"2.0","id":1,"result":1}\n\n' +
      'data: {"jsonrpc":"2.0","id":1,"error":{"code":-32001,"message":"gone on the way","data":{"reason":"task_not_found"}}}\n\n',
  );
});

test("a client that goes while its call is admitted is not served", async () => {
  await using _leaks = trackLeaks();
  const gate = Promise.withResolvers<string>();
  let admitting = 0;
  const { route, done } = service({
    admit: () => {
      admitting++;
      return gate.promise;
    },
  });
  await using kit = await startKit([route]);
  const leaving = new AbortController();
  const going = fetch(`${kit.url}/rpc`, { method: "POST", body: request("echo"), signal: leaving.signal });
  await waitUntil(() => admitting === 1);
  leaving.abort();
  await expect(going).rejects.toThrow();
  await waitUntil(() => kit.server.openRequests === 0);
  gate.resolve("late");
  await new Promise((resolve) => setImmediate(resolve));
  expect([done, kit.faults]).toEqual([[], []]);
});

test("a JSON-RPC path takes POST alone, and errors below it have the shape of the route", async () => {
  await using kit = await startKit([
    service({ maxBodyBytes: 10, problem: ({ status, code }) => json(status, { error: { code } }) }).route,
  ]);
  expect((await fetch(`${kit.url}/rpc`)).status).toBe(405);
  const [status, text] = await call(kit, request("echo"));
  expect([status, text]).toEqual([413, '{"error":{"code":"too_large"}}']);
});
