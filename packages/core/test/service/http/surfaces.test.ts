// What a surface decides for all of its routes: errors in the shape of each, queries, HEAD, OPTIONS, pages of others.
import { expect, test } from "vitest";
import { z } from "zod";
import {
  defineRoute,
  empty,
  HttpProblem,
  type HttpRoute,
  json,
  type RepeatedNames,
  text,
} from "../../../src/service/http/index.ts";
import { createPathTable } from "../../../src/service/http/paths.ts";
import { startKit } from "./fixture.ts";

const doc = { operationId: "test", summary: "A route of a test", answers: {} };

const named = (method: HttpRoute["method"], path: string): HttpRoute =>
  defineRoute({
    method,
    path,
    doc,
    admit: () => undefined,
    handle: ({ request }) => json(200, { path, ...request.params }),
  });

test("paths are found segment by segment, with a fixed end of a segment too, and decoded once", () => {
  const paths = [
    "/",
    "/tasks",
    "/tasks/{id}",
    "/tasks/{id}:cancel",
    "/tasks/{id}:subscribe",
    "/tasks/{id}/configs/{config}",
    "/tasks/own/configs/{config}",
    "/message:send",
    "/files/{name}.txt",
    "/a2a/",
    "/(x)*",
  ];
  const table = createPathTable(new Map(paths.map((path) => [path, path])));
  const find = (path: string): unknown => {
    const found = table.find(path);
    return found === undefined ? undefined : [found.item, { ...found.params }];
  };
  for (const [path, item, params] of [
    ["/", "/", {}],
    ["/tasks", "/tasks", {}],
    ["/t%61sks", "/tasks", {}],
    ["/tasks/a", "/tasks/{id}", { id: "a" }],
    ["/tasks/a%2Fb%252F%20", "/tasks/{id}", { id: "a/b%2F " }],
    ["/tasks/%E2%82%AC%zz%ff", "/tasks/{id}", { id: "€%zz%ff" }],
    ["/tasks/a:cancel", "/tasks/{id}:cancel", { id: "a" }],
    ["/tasks/a:b:cancel", "/tasks/{id}:cancel", { id: "a:b" }],
    ["/tasks/a:cancel:subscribe", "/tasks/{id}:subscribe", { id: "a:cancel" }],
    ["/tasks/a:other", "/tasks/{id}", { id: "a:other" }],
    ["/tasks/a%3Acancel", "/tasks/{id}", { id: "a:cancel" }],
    ["/tasks/a/configs/b", "/tasks/{id}/configs/{config}", { id: "a", config: "b" }],
    ["/tasks/own/configs/b", "/tasks/own/configs/{config}", { config: "b" }],
    ["/message:send", "/message:send", {}],
    ["/files/a.b.txt", "/files/{name}.txt", { name: "a.b" }],
    ["/a2a/", "/a2a/", {}],
    ["/(x)*", "/(x)*", {}],
  ] as const) {
    expect(find(path), path).toEqual([item, params]);
  }
  for (const path of [
    "",
    "/tasks/",
    "//tasks",
    "/tasks//",
    "/tasks//configs/b",
    "/tasks/a/",
    "/Tasks/a",
    "/a2a",
    "/x",
    "*",
    "/__proto__",
  ]) {
    expect(find(path), path).toBeUndefined();
  }
});

test("errors have the shape of their route, else the surface's, with the problem's headers in any case", async () => {
  const failing = (path: string, more: Partial<HttpRoute> = {}): HttpRoute =>
    defineRoute({
      method: "GET",
      path,
      doc,
      ...("problem" in more && more.problem !== undefined ? { problem: more.problem } : {}),
      admit: () => {
        throw new HttpProblem(429, "rate_limited", "slower", {
          headers: { "retry-after": "7" },
          fields: { more: 1 },
        });
      },
      handle: () => empty(204),
    });
  await using kit = await startKit(
    [
      failing("/enveloped", {
        problem: ({ status, message }, { method }) =>
          json(200, { code: status, message, method, data: null }),
      }),
      failing("/plain"),
    ],
    {
      problem: ({ status, code }, { path }) =>
        path?.startsWith("/v1/") === true
          ? json(status, { detail: "Not Found" })
          : text(status, "text/plain; charset=utf-8", `${status}: ${code} ${path}`),
    },
  );
  const enveloped = await fetch(`${kit.url}/enveloped`);
  expect([enveloped.status, enveloped.headers.get("retry-after")]).toEqual([200, "7"]);
  expect(await enveloped.json()).toEqual({ code: 429, message: "slower", method: "GET", data: null });
  const plain = await fetch(`${kit.url}/plain`);
  expect([plain.status, plain.headers.get("retry-after"), await plain.text()]).toEqual([
    429,
    "7",
    "429: rate_limited /plain",
  ]);
  expect(await (await fetch(`${kit.url}/v1/nowhere`)).json()).toEqual({ detail: "Not Found" });
  expect(await (await fetch(`${kit.url}/nowhere`)).text()).toBe("404: not_found /nowhere");
  const wrongVerb = await fetch(`${kit.url}/plain`, { method: "DELETE" });
  expect([wrongVerb.status, wrongVerb.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect(await kit.raw("nonsense\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*text\/plain[\s\S]*400: invalid_request undefined$/,
  );
});

test("a query name that comes twice is refused, or its first or last counts, as the route says", async () => {
  const asking = (path: string, repeated?: RepeatedNames): HttpRoute =>
    defineRoute({
      method: "GET",
      path,
      doc,
      ...(repeated === undefined ? {} : { repeated }),
      admit: ({ query }) => query.a,
      query: z.object({ a: z.string().optional() }),
      handle: ({ caller, query }) => json(200, [caller, query.a]),
    });
  await using kit = await startKit([asking("/any"), asking("/first", "first"), asking("/refuse", "refuse")]);
  const ask = async (path: string): Promise<unknown> => (await fetch(kit.url + path)).json();
  expect(await ask("/any?a=1&a=2&b=3&b=4")).toEqual(["2", "2"]);
  expect(await ask("/first?a=1&a=2")).toEqual(["1", "1"]);
  expect(await ask("/refuse?a=x+y%2B&b=1")).toEqual(["x y+", "x y+"]);
  expect(await ask("/refuse?a=1&%61=1")).toMatchObject({ error: "duplicate_member", field: "a" });
  expect(await ask("/refuse?a=1&__proto__=1&__proto__=2")).toMatchObject({ field: "__proto__" });
});

test("the target of a request is seen as it was sent", async () => {
  const seen: unknown[] = [];
  const route = defineRoute({
    method: "GET",
    path: "/t/{id}",
    doc,
    admit: ({ target, path, params }) => seen.push([target, path, params.id]),
    handle: () => empty(204),
  });
  await using kit = await startKit([route]);
  await kit.raw("GET /t/%61?b=%2f&c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  await kit.raw("GET http://else:1/t/b?c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  expect(seen).toEqual([
    ["/t/%61?b=%2f&c", "/t/%61", "a"],
    ["/t/b?c", "/t/b", "b"],
  ]);
});

test("an answer may have no body, and says so in the way of its status", async () => {
  const answering = (path: string, status: number, headers = {}): HttpRoute =>
    defineRoute({ method: "GET", path, doc, admit: () => undefined, handle: () => empty(status, headers) });
  await using kit = await startKit(
    [answering("/none", 204), answering("/to", 302, { location: "/none" }), answering("/ok", 200)],
    {
      headers: { "x-server": "kit/1" },
    },
  );
  const raw = (path: string): Promise<string> =>
    kit.raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  const none = await raw("/none");
  expect(none).toMatch(/^HTTP\/1\.1 204 [\s\S]*x-server: kit\/1[\s\S]*\r\n\r\n$/);
  expect(none).not.toMatch(/^(content-length|content-type|transfer-encoding):/im);
  expect(await raw("/to")).toMatch(/^HTTP\/1\.1 302 [\s\S]*location: \/none\r\n[\s\S]*\r\n\r\n$/);
  expect(await raw("/ok")).toMatch(/^HTTP\/1\.1 200 [\s\S]*content-length: 0\r\n[\s\S]*\r\n\r\n$/);
  expect((await fetch(`${kit.url}/nowhere`)).headers.get("x-server")).toBe("kit/1");
});

test("HEAD answers as GET would without its body, unless the surface has none", async () => {
  const request = "HEAD /one HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  await using kit = await startKit([named("GET", "/one"), named("POST", "/two")]);
  const head = await kit.raw(request);
  expect(head).toMatch(/^HTTP\/1\.1 200 [\s\S]*content-length: 15\r\n[\s\S]*\r\n\r\n$/);
  expect((await fetch(`${kit.url}/two`, { method: "HEAD" })).status).toBe(405);
  await using strict = await startKit([named("GET", "/one")], { head: false });
  const refused = await strict.raw(request);
  expect(refused).toMatch(/^HTTP\/1\.1 405 [\s\S]*allow: GET\r\n[\s\S]*\r\n\r\n$/);
});

test("without a policy for other origins OPTIONS is 405 and no answer speaks of them", async () => {
  await using kit = await startKit([named("GET", "/one")]);
  const headers = { origin: "https://app.example" };
  const options = await fetch(`${kit.url}/one`, { method: "OPTIONS", headers });
  expect([options.status, options.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  const one = await fetch(`${kit.url}/one`, { headers });
  expect([...one.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
});

const corsOf = (answer: Response): Record<string, string> =>
  Object.fromEntries([...answer.headers].filter(([name]) => /^(access-control-|vary)/.test(name)));

test("the pages of listed origins may use the surface, and those of others see nothing", async () => {
  await using kit = await startKit([named("GET", "/one")], {
    cors: {
      origins: ["https://app.example"],
      methods: ["GET", "DELETE"],
      headers: ["Authorization", "Content-Type"],
      exposed: ["X-Request-Id"],
      maxAgeSeconds: 600,
      credentials: true,
    },
  });
  const preflight = (origin: string): Promise<Response> =>
    fetch(`${kit.url}/one`, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "DELETE",
        "access-control-request-headers": "x-evil",
      },
    });
  const listed = await preflight("https://app.example");
  expect([listed.status, await listed.text(), corsOf(listed)]).toEqual([
    204,
    "",
    {
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "Authorization, Content-Type",
      "access-control-allow-methods": "GET, DELETE",
      "access-control-allow-origin": "https://app.example",
      "access-control-max-age": "600",
      vary: "origin",
    },
  ]);
  for (const origin of [
    "https://evil.example",
    "https://app.example.evil.example",
    "null",
    "HTTPS://APP.EXAMPLE",
  ]) {
    expect(corsOf(await preflight(origin))).toEqual({ vary: "origin" });
  }
  const readable = {
    "access-control-allow-credentials": "true",
    "access-control-allow-origin": "https://app.example",
    "access-control-expose-headers": "X-Request-Id",
    vary: "origin",
  };
  const headers = { origin: "https://app.example" };
  expect(corsOf(await fetch(`${kit.url}/one`, { headers }))).toEqual(readable);
  // A page must be able to read why it failed.
  expect(corsOf(await fetch(`${kit.url}/nowhere`, { headers }))).toEqual(readable);
  expect(corsOf(await fetch(`${kit.url}/one`))).toEqual({ vary: "origin" });
});

test("a surface for every page says so on every answer, and takes OPTIONS at every path", async () => {
  await using kit = await startKit([named("GET", "/one")], { cors: { origins: "*", preflightStatus: 200 } });
  const preflight = await fetch(`${kit.url}/nowhere`, {
    method: "OPTIONS",
    headers: { origin: "https://any.example", "access-control-request-headers": "x-a, x-b" },
  });
  expect([preflight.status, preflight.headers.get("content-length"), corsOf(preflight)]).toEqual([
    200,
    "0",
    {
      "access-control-allow-headers": "x-a, x-b",
      "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
      "access-control-allow-origin": "*",
    },
  ]);
  expect(corsOf(await fetch(`${kit.url}/one`))).toEqual({ "access-control-allow-origin": "*" });
  await expect(startKit([], { cors: { origins: "*", credentials: true } })).rejects.toThrow(TypeError);
});

test("a foreign Host is refused before OPTIONS and before a path is told from another", async () => {
  await using kit = await startKit([named("GET", "/one")], {
    cors: { origins: "*" },
    isOwnHost: (name) => name === "own",
  });
  for (const line of ["OPTIONS /one", "GET /one", "GET /nowhere"]) {
    const answer = await kit.raw(`${line} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 403 [\s\S]*foreign_host/);
  }
  expect(await kit.raw("GET /one HTTP/1.1\r\nHost: OWN:80\r\nConnection: close\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 200 /,
  );
});
