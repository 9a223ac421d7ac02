// Requests over real sockets: routes, shapes, limits, and the one shape of errors.
import { expect, test } from "vitest";
import { z } from "zod";
import {
  defineRoute,
  HttpProblem,
  type HttpRoute,
  json,
  startHttpServer,
} from "../../../src/service/http/index.ts";
import { KernelError } from "../../../src/service/kernel/kernel-error.ts";
import { startKit } from "./fixture.ts";

const doc = { operationId: "test", summary: "A route of a test", answers: {} };

const echo: HttpRoute = defineRoute({
  method: "POST",
  path: "/v1/things/{id}",
  doc,
  admit: () => "anyone",
  params: z.object({ id: z.string() }),
  query: z.object({ size: z.coerce.number().max(10).optional() }),
  body: z.object({ name: z.string(), deep: z.unknown().optional() }),
  handle: ({ caller, params, query, body, bodyText }) => json(201, { caller, params, query, body, bodyText }),
});

const post = (url: string, body: string | Buffer<ArrayBuffer>): Promise<Response> =>
  fetch(url, { method: "POST", body });

test("a handler sees path, query, body and the body's text", async () => {
  await using kit = await startKit([echo]);
  const answer = await post(`${kit.url}/v1/things/a%20b?size=3`, `{"name": "é", "more": 1.0}`);
  expect(answer.status).toBe(201);
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(await answer.json()).toEqual({
    caller: "anyone",
    params: { id: "a b" },
    query: { size: 3 },
    body: { name: "é" },
    bodyText: `{"name": "é", "more": 1.0}`,
  });
});

test("every answer has a request id of its own, and errors repeat it", async () => {
  await using kit = await startKit([echo]);
  const found = await post(`${kit.url}/v1/things/a`, `{"name":"n"}`);
  const missing = await fetch(`${kit.url}/nowhere`);
  const id = missing.headers.get("x-request-id");
  expect(id).toMatch(/^req_[0-9A-HJKMNP-TV-Z]{26}$/);
  expect(await missing.json()).toMatchObject({ error: "not_found", request_id: id });
  expect(found.headers.get("x-request-id")).not.toBe(id);
});

test("a path with a trailing slash is 404 and no redirect; another method 405 with what is allowed", async () => {
  const read = defineRoute({
    method: "GET",
    path: "/v1/things/{id}",
    doc,
    admit: () => undefined,
    handle: () => json(200, { ok: true }),
  });
  await using kit = await startKit([echo, read]);
  const slash = await fetch(`${kit.url}/v1/things/a/`, { redirect: "manual" });
  expect([slash.status, await slash.json()]).toMatchObject([404, { error: "not_found" }]);
  const patch = await fetch(`${kit.url}/v1/things/a`, { method: "PATCH" });
  expect(patch.status).toBe(405);
  expect(patch.headers.get("allow")).toBe("POST, GET, HEAD");
  expect(await patch.json()).toMatchObject({ error: "method_not_allowed" });
  const head = await fetch(`${kit.url}/v1/things/a`, { method: "HEAD" });
  expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "11", ""]);
});

test("a path without parameters wins over one that would also fit", async () => {
  const named = (path: string): HttpRoute =>
    defineRoute({ method: "GET", path, doc, admit: () => undefined, handle: () => json(200, { path }) });
  await using kit = await startKit([named("/v1/audit/{event_id}"), named("/v1/audit/head")]);
  expect(await (await fetch(`${kit.url}/v1/audit/head`)).json()).toEqual({ path: "/v1/audit/head" });
  expect(await (await fetch(`${kit.url}/v1/audit/x`)).json()).toEqual({ path: "/v1/audit/{event_id}" });
});

test.each([
  ["no JSON", `{"name": `, undefined],
  ["nothing", ``, undefined],
  ["an array", `["name"]`, undefined],
  ["a member of another type", `{"name": 1}`, "name"],
  ["bytes that are no UTF-8", Buffer.from(`{"name":"\xff"}`, "latin1"), undefined],
  ["a byte order mark", "\ufeff{}", undefined],
])("a body that is %s is 400", async (_what, body, field) => {
  await using kit = await startKit([echo]);
  const answer = await post(`${kit.url}/v1/things/a`, body);
  expect(answer.status).toBe(400);
  const problem: unknown = await answer.json();
  expect(problem).toMatchObject({ error: "invalid_request", ...(field === undefined ? {} : { field }) });
  expect(kit.faults).toEqual([]);
});

test("a query of another shape is 400 and names its member", async () => {
  await using kit = await startKit([echo]);
  const answer = await post(`${kit.url}/v1/things/a?size=11`, `{"name":"n"}`);
  expect([answer.status, await answer.json()]).toMatchObject([400, { field: "size" }]);
});

test("JSON nested deeper than the limit is 400, however deep; brackets in strings do not count", async () => {
  await using kit = await startKit([echo], { maxJsonDepth: 10 });
  const nested = (depth: number): string => `{"name":"n","deep":${"[".repeat(depth)}${"]".repeat(depth)}}`;
  expect((await post(`${kit.url}/v1/things/a`, nested(9))).status).toBe(201);
  expect((await post(`${kit.url}/v1/things/a`, nested(10))).status).toBe(400);
  expect((await post(`${kit.url}/v1/things/a`, nested(100_000))).status).toBe(400);
  const brackets = JSON.stringify({ name: `\\"${"[".repeat(50)}` });
  expect((await post(`${kit.url}/v1/things/a`, brackets)).status).toBe(201);
});

test("a body above the limit is 413, with its length announced or not", async () => {
  await using kit = await startKit([echo], { maxBodyBytes: 1_000 });
  const exact = `{"name":"${"x".repeat(989)}"}`;
  expect(exact.length).toBe(1_000);
  expect((await post(`${kit.url}/v1/things/a`, exact)).status).toBe(201);
  const announced = await post(`${kit.url}/v1/things/a`, `${exact} `);
  expect([announced.status, await announced.json()]).toMatchObject([413, { error: "too_large" }]);
  const chunk = "x".repeat(600);
  const chunked = await kit.raw(
    "POST /v1/things/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
      `258\r\n${chunk}\r\n258\r\n${chunk}\r\n0\r\n\r\n`,
  );
  expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
});

test("who may not call is told before the body is looked at", async () => {
  const closed = defineRoute({
    method: "POST",
    path: "/v1/closed",
    doc,
    admit: () => {
      throw new HttpProblem(401, "missing_api_key", "no key");
    },
    body: z.object({}),
    handle: () => json(200, {}),
  });
  await using kit = await startKit([closed], { maxBodyBytes: 10 });
  const answer = await post(`${kit.url}/v1/closed`, "x".repeat(100));
  expect([answer.status, await answer.json()]).toMatchObject([401, { error: "missing_api_key" }]);
});

test("a handler's failure is 500 without its message, a store that is down 503 with a whole Retry-After", async () => {
  const failing = (path: string, error: Error): HttpRoute =>
    defineRoute({ method: "GET", path, doc, admit: () => undefined, handle: () => Promise.reject(error) });
  const defect = new Error("secret of the house");
  await using kit = await startKit([
    failing("/defect", defect),
    failing("/store", new KernelError("store_unavailable", "the store cannot be written")),
  ]);
  const broken = await fetch(`${kit.url}/defect`);
  const body = await broken.text();
  expect(broken.status).toBe(500);
  expect(body).not.toContain("secret");
  expect(JSON.parse(body)).toMatchObject({ error: "internal" });
  expect(kit.faults).toEqual([defect]);
  const down = await fetch(`${kit.url}/store`);
  expect([down.status, down.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await down.json()).toMatchObject({ error: "unavailable" });
});

test("what is no HTTP, has too long headers or no usable host gets the same shape", async () => {
  await using kit = await startKit([echo]);
  for (const [bytes, status] of [
    ["nonsense\r\n\r\n", 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`, 431],
    ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\nConnection: close\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
  ] as const) {
    const answer = await kit.raw(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    const id = /x-request-id: (req_\w+)/i.exec(answer)?.[1];
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4))).toMatchObject({ request_id: id });
  }
});

test("a path without parameters is found however its request is spelled, and only it", async () => {
  const fixed = defineRoute({
    method: "GET",
    path: "/v1/fixed",
    doc: { operationId: "fixed", summary: "Fixed", answers: { 200: { description: "ok" } } },
    admit: () => undefined,
    query: z.object({ a: z.string().optional() }),
    handle: ({ query }) => json(200, { a: query.a ?? null }),
  });
  await using kit = await startKit([echo, fixed]);
  for (const [line, host, status, body] of [
    ["GET /v1/fixed", "x", 200, { a: null }],
    ["GET /v1/fixed?a=1&a=2", "x:80", 200, { a: "2" }],
    ["GET /v1/fixed?", "[::1]:80", 200, { a: null }],
    ["GET /v1/f%69xed", "x", 200, { a: null }],
    ["GET http://elsewhere/v1/fixed?a=1", "x", 200, { a: "1" }],
    ["GET /v1/fixed", "a b", 400, {}],
    ["GET /v1/fixed/", "x", 404, {}],
    ["GET //v1/fixed", "x", 404, {}],
    ["GET /V1/fixed", "x", 404, {}],
    ["PUT /v1/fixed", "x", 405, {}],
  ] as const) {
    const answer = await kit.raw(`${line} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(answer, line).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4)), line).toMatchObject(body);
  }
});

test("answers are told to the observer with the route and not the path", async () => {
  const seen: unknown[] = [];
  await using kit = await startKit([echo], {
    onAnswer: ({ method, route, status }) => seen.push([method, route, status]),
  });
  await post(`${kit.url}/v1/things/a`, `{"name":"n"}`);
  await post(`${kit.url}/v1/things/b`, `{}`);
  await fetch(`${kit.url}/v1/unheard-of/c`);
  expect(seen).toEqual([
    ["POST", "/v1/things/{id}", 201],
    ["POST", "/v1/things/{id}", 400],
    ["GET", "unknown", 404],
  ]);
});

test("answers are told to the observer with how long request and answer are", async () => {
  const seen: [number, number][] = [];
  await using kit = await startKit([echo], {
    onAnswer: ({ requestBytes, answerBytes }) => seen.push([requestBytes, answerBytes]),
  });
  const body = `{"name":"n\u00fc"}`;
  const answer = await (await post(`${kit.url}/v1/things/a`, body)).text();
  await fetch(`${kit.url}/v1/unheard-of/c`, { method: "HEAD" });
  expect(seen[0]).toEqual([Buffer.byteLength(body), Buffer.byteLength(answer)]);
  expect(seen[1]?.[0]).toBe(0);
});

test("two routes of one method and path are refused at the start", async () => {
  await expect(startKit([echo, echo])).rejects.toThrow("defined twice");
});

test("a port that is taken is the error of the bind", async () => {
  await using kit = await startKit([echo]);
  const address = { hosts: ["127.0.0.1"], port: kit.server.port };
  await expect(startHttpServer({ address, routes: [], problem: () => json(500, {}) })).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});
