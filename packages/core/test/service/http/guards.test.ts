// Rate limits, cookies, origins, pages and the document.
import { expect, test } from "vitest";
import { z } from "zod";
import {
  clearCookie,
  createRateLimit,
  defineRoute,
  demandOwnOrigin,
  fileRoute,
  type HttpRoute,
  html,
  json,
  openApiRoute,
  page,
  rateHeaders,
  rateLimited,
  setCookie,
  ulid,
} from "../../../src/service/http/index.ts";
import { createFakeClock } from "../../../src/testing/index.ts";
import { startKit } from "./fixture.ts";

const doc = { operationId: "test", summary: "A route of a test", answers: {} };

test("a bucket gives its burst at once and then so many per second, each key by itself", async () => {
  const clock = createFakeClock();
  const limit = createRateLimit({ perSecond: 2, burst: 3, clock });
  expect([1, 2, 3].map(() => limit.take("a").allowed)).toEqual([true, true, true]);
  expect(limit.take("a")).toEqual({
    allowed: false,
    limit: 3,
    remaining: 0,
    resetSeconds: 2,
    retryAfterSeconds: 0.5,
  });
  expect(limit.take("b").allowed).toBe(true);
  await clock.advance(499);
  expect(limit.take("a").allowed).toBe(false);
  await clock.advance(1);
  expect(limit.take("a").allowed).toBe(true);
  await clock.advance(60_000);
  expect(limit.take("a").remaining).toBe(2);
});

test("a limit remembers no more keys than it may, and forgets idle ones first", async () => {
  const clock = createFakeClock();
  const limit = createRateLimit({ perSecond: 1, burst: 1, clock, maxKeys: 3 });
  limit.take("idle");
  await clock.advance(1_000);
  for (const key of ["a", "b", "c"]) {
    limit.take(key);
  }
  expect(limit.size).toBe(3);
  expect(limit.take("a").allowed).toBe(false);
  for (let index = 0; index < 1_000; index++) {
    limit.take(`stranger ${index}`);
  }
  expect(limit.size).toBe(3);
});

test("a limited request gets 429, whole seconds in the header and exact ones in the body", async () => {
  const clock = createFakeClock();
  const limit = createRateLimit({ perSecond: 4, burst: 1, clock });
  const limited = defineRoute({
    method: "GET",
    path: "/",
    doc,
    admit(request) {
      const verdict = limit.take("key");
      for (const [name, value] of Object.entries(rateHeaders(verdict))) {
        request.setHeader(name, value);
      }
      if (!verdict.allowed) {
        throw rateLimited(verdict);
      }
    },
    handle: () => json(200, {}),
  });
  await using kit = await startKit([limited]);
  const first = await fetch(kit.url);
  expect([first.status, first.headers.get("x-ratelimit-remaining")]).toEqual([200, "0"]);
  const second = await fetch(kit.url);
  expect(second.status).toBe(429);
  expect(second.headers.get("retry-after")).toBe("1");
  expect(second.headers.get("x-ratelimit-limit")).toBe("1");
  expect(await second.json()).toMatchObject({ error: "rate_limited", retry_after_seconds: 0.25 });
});

test("cookies are HttpOnly, same-site and without a domain; the first of a name is read", async () => {
  expect(setCookie("s", "abc", { maxAgeSeconds: 60 })).toBe(
    "s=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60",
  );
  expect(clearCookie("s")).toContain("Max-Age=0");
  expect(() => setCookie("s", "a; Domain=evil")).toThrow(TypeError);
  const reading = defineRoute({
    method: "GET",
    path: "/",
    doc,
    admit: (request) => request.cookie("s") ?? null,
    handle: ({ caller }) => json(200, { caller }),
  });
  await using kit = await startKit([reading]);
  const read = async (cookie: string): Promise<unknown> =>
    (await fetch(kit.url, { headers: { cookie } })).json();
  expect(await read("x=1; s=abc; s=def")).toEqual({ caller: "abc" });
  expect(await read("xs=1; S=2")).toEqual({ caller: null });
});

test("what changes something must be JSON and come from no other origin", async () => {
  const guarded = defineRoute({
    method: "POST",
    path: "/",
    doc,
    admit: demandOwnOrigin,
    handle: () => json(200, {}),
  });
  await using kit = await startKit([guarded]);
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(kit.url, { method: "POST", headers, body: "{}" })).status;
  const type = "application/json; charset=utf-8";
  expect(await status({ "content-type": type })).toBe(200);
  expect(await status({ "content-type": type, origin: kit.url })).toBe(200);
  expect(await status({ "content-type": type, origin: "https://evil.example" })).toBe(403);
  expect(await status({ "content-type": type, origin: "null" })).toBe(403);
  expect(await status({ "content-type": type, "sec-fetch-site": "cross-site" })).toBe(403);
  expect(await status({ "content-type": "text/plain" })).toBe(400);
});

test("a page may load its own files and nothing else, and cannot be broken out of", async () => {
  const shown = defineRoute({
    method: "GET",
    path: "/page",
    doc,
    admit: () => undefined,
    handle: () =>
      page(
        200,
        html`<b title="${`"><script>`}">${"<i>&'\u202e\u200f\u200b\u0000\u{e0041}"}</b>${"👩‍💻\n"}`.markup,
      ),
  });
  await using kit = await startKit([shown, fileRoute("/page.js", "text/javascript", "1;")]);
  const answer = await fetch(`${kit.url}/page`);
  expect(answer.headers.get("content-security-policy")).toMatch(/default-src 'none'.*script-src 'self'/);
  expect(answer.headers.get("content-security-policy")).not.toContain("unsafe");
  // With less, a browser's form comes back with `Origin: null`, which is refused.
  expect(answer.headers.get("referrer-policy")).toBe("same-origin");
  expect(await answer.text()).toBe(
    `<b title="&quot;&gt;&lt;script&gt;">&lt;i&gt;&amp;&#39;[U+202E][U+200F][U+200B][U+0000][U+E0041]</b>👩‍💻\n`,
  );
  const script = await fetch(`${kit.url}/page.js`);
  const etag = script.headers.get("etag") ?? "";
  expect(await script.text()).toBe("1;");
  const again = await fetch(`${kit.url}/page.js`, { headers: { "if-none-match": etag } });
  expect(again.status).toBe(304);
});

test("the document describes the routes by the shapes that they check", async () => {
  const Thing = z.object({ id: z.string(), size: z.int().max(9).optional() }).meta({ id: "Thing" });
  const make: HttpRoute = defineRoute({
    method: "POST",
    path: "/v1/things/{id}",
    doc: {
      operationId: "makeThing",
      summary: "Makes a thing",
      security: "key",
      headers: { "Idempotency-Key": z.string().max(255) },
      answers: { 201: { description: "The thing", schema: Thing } },
    },
    admit: () => undefined,
    params: z.object({ id: z.string() }),
    query: z.object({ dry: z.enum(["true", "false"]).optional() }),
    body: z.object({ things: z.array(Thing) }),
    handle: () => json(201, {}),
  });
  const document = openApiRoute("/openapi.json", [make], {
    title: "Things",
    version: "1",
    securitySchemes: { key: { type: "http", scheme: "bearer" } },
    errorSchema: z.object({ error: z.string() }).meta({ id: "Problem" }),
  });
  await using kit = await startKit([make, document]);
  const openApi = (await (await fetch(`${kit.url}/openapi.json`)).json()) as Record<string, unknown>;
  expect(openApi).toMatchObject({
    openapi: "3.1.0",
    paths: {
      "/v1/things/{id}": {
        post: {
          operationId: "makeThing",
          security: [{ key: [] }],
          parameters: [
            { name: "id", in: "path", required: true },
            { name: "dry", in: "query", required: false, schema: { enum: ["true", "false"] } },
            { name: "Idempotency-Key", in: "header" },
          ],
          requestBody: {
            content: {
              "application/json": {
                schema: { properties: { things: { items: { $ref: "#/components/schemas/Thing" } } } },
              },
            },
          },
          responses: {
            201: { content: { "application/json": { schema: { $ref: "#/components/schemas/Thing" } } } },
            default: {
              content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
            },
          },
        },
      },
    },
    components: {
      schemas: { Thing: { properties: { size: { maximum: 9 } } }, Problem: { required: ["error"] } },
    },
  });
  expect(JSON.stringify(openApi)).not.toContain("$defs");
});

test("ids sort by time and do not repeat", () => {
  expect(ulid(1_000) < ulid(2_000)).toBe(true);
  expect(ulid(1_469_918_176_385)).toMatch(/^01ARYZ6S41[0-9A-HJKMNP-TV-Z]{16}$/);
  expect(new Set(Array.from({ length: 10_000 }, () => ulid(5))).size).toBe(10_000);
});
