// Bodies of every kind over real sockets: when they are read, how much of them, and who is let in by what they say.

import { createHash } from "node:crypto";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { z } from "zod";
import { pythonJson } from "../../../src/index.ts";
import {
  bytes,
  defineRoute,
  empty,
  form,
  HttpProblem,
  type HttpRequest,
  type HttpRoute,
  json,
  jsonText,
  rawBytes,
  writtenJson,
} from "../../../src/service/http/index.ts";
import { openApiDocument } from "../../../src/service/http/openapi.ts";
import { trackLeaks, waitUntil } from "../../../src/testing/index.ts";
import { startKit } from "./fixture.ts";

const doc = { operationId: "test", summary: "A route of a test", answers: {} };
const everyByte = Buffer.from(Uint8Array.from({ length: 256 }, (_, index) => index));
const sha256 = (value: string | Uint8Array): string => createHash("sha256").update(value).digest("hex");

const post = (url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(url, { method: "POST", body, headers });

/** Lets in who sends the hash of the body's bytes, as a stand-in for a signature over them. */
async function admitSigned(request: HttpRequest): Promise<string> {
  if (sha256(await request.body.bytes()) !== request.header("x-signature")) {
    throw new HttpProblem(401, "bad_signature", "this is not signed");
  }
  return "signer";
}

const signed: HttpRoute = defineRoute({
  method: "POST",
  path: "/signed",
  doc,
  maxBodyBytes: 1_000,
  admit: (request) => admitSigned(request),
  body: writtenJson(z.object({ x: z.number() })),
  handle: ({ caller, body }) =>
    json(200, { caller, canonical: pythonJson(body.value), text: body.text, x: body.shape.x }),
});

const echoed: HttpRoute = defineRoute({
  method: "POST",
  path: "/echo",
  doc,
  admit: () => undefined,
  body: rawBytes(),
  handle: ({ body }) => bytes(200, "application/octet-stream", body),
});

test("an admission sees the bytes of the body, and the body is parsed once with its numbers as written", async () => {
  await using kit = await startKit([signed]);
  const body = '{ "x": 1.50, "n": 123456789012345678901 }';
  const answer = await post(`${kit.url}/signed`, body, { "x-signature": sha256(body) });
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { caller: "signer", canonical: '{"x": 1.5, "n": 123456789012345678901}', text: body, x: 1.5 },
  ]);
  const forged = await post(`${kit.url}/signed`, `${body} `, { "x-signature": sha256(body) });
  expect([forged.status, await forged.json()]).toMatchObject([401, { error: "bad_signature" }]);
});

test("an admission that refuses later is an answer like any other, and one that breaks a fault", async () => {
  const refusing = (path: string, error: unknown): HttpRoute =>
    defineRoute({
      method: "POST",
      path,
      doc,
      admit: async ({ body }) => {
        await body.bytes();
        throw error;
      },
      handle: () => empty(204),
    });
  const defect = new Error("secret of the house");
  await using kit = await startKit([
    refusing("/no", new HttpProblem(403, "no", "no")),
    refusing("/defect", defect),
  ]);
  expect((await post(`${kit.url}/no`, "{}")).status).toBe(403);
  expect((await post(`${kit.url}/defect`, "{}")).status).toBe(500);
  expect(kit.faults).toEqual([defect]);
});

test("the limit of a route holds for an admission that reads, with the length announced or not", async () => {
  await using kit = await startKit([signed]);
  const announced = await post(`${kit.url}/signed`, "x".repeat(1_001), { "x-signature": "any" });
  expect([announced.status, await announced.json()]).toMatchObject([413, { error: "too_large" }]);
  // Announced and never sent.
  const head = "POST /signed HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1001\r\n\r\n";
  expect(await kit.raw(head)).toMatch(/^HTTP\/1\.1 413 /);
  const chunk = "x".repeat(600);
  const chunked = await kit.raw(
    "POST /signed HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
      `258\r\n${chunk}\r\n258\r\n${chunk}\r\n0\r\n\r\n`,
  );
  expect(chunked).toMatch(/^HTTP\/1\.1 413 /);
});

test("a route's own limit may also lie above the surface's", async () => {
  const large = defineRoute({
    method: "POST",
    path: "/large",
    doc,
    maxBodyBytes: 300_000,
    admit: () => undefined,
    body: rawBytes(),
    handle: ({ body }) => json(200, { length: body.length }),
  });
  await using kit = await startKit([large], { maxBodyBytes: 10 });
  expect(await (await post(`${kit.url}/large`, "x".repeat(300_000))).json()).toEqual({ length: 300_000 });
  expect((await post(`${kit.url}/large`, "x".repeat(300_001))).status).toBe(413);
});

test("who is refused by a header costs nothing of the body, and who sends another type neither", async () => {
  let handled = 0;
  const guarded = defineRoute({
    method: "POST",
    path: "/guarded",
    doc,
    admit(request) {
      if (request.header("authorization") === undefined) {
        throw new HttpProblem(401, "missing_api_key", "no key");
      }
    },
    acceptsType: (type) => type === "application/json",
    body: rawBytes(),
    handle: () => {
      handled++;
      return empty(204);
    },
  });
  await using kit = await startKit([guarded]);
  // Announced and never sent: an answer comes only if nobody waits for the body.
  const head = (more: string): string =>
    `POST /guarded HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 200000\r\n${more}\r\n`;
  expect(await kit.raw(head("Content-Type: application/json\r\n"))).toMatch(/^HTTP\/1\.1 401 /);
  expect(await kit.raw(head("Authorization: a\r\nContent-Type: text/plain\r\n"))).toMatch(/^HTTP\/1\.1 415 /);
  expect(await kit.raw(head("Authorization: a\r\n"))).toMatch(/unsupported_media_type/);
  const taken = await post(`${kit.url}/guarded`, "{}", {
    authorization: "a",
    "content-type": "Application/JSON; charset=utf-8",
  });
  expect([taken.status, handled]).toEqual([204, 1]);
});

test("a client that asks before it sends is told to only by who reads the body", async () => {
  await using kit = await startKit([signed, echoed]);
  const ask = (path: string): string =>
    `POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`;
  expect(await kit.raw(ask("/nowhere"))).toMatch(/^HTTP\/1\.1 404 /);
  const socket = connect(kit.server.port, "127.0.0.1");
  let got = "";
  socket.setEncoding("latin1").on("data", (piece: string) => {
    got += piece;
    if (got === "HTTP/1.1 100 Continue\r\n\r\n") {
      socket.write("{}");
    }
  });
  socket.write(ask("/echo"));
  await new Promise((resolve) => socket.once("close", resolve));
  expect(got).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 [\s\S]*\r\n\r\n\{\}$/);
});

test("of an endless body that nobody wants only so much is taken as lets its sender read the answer", async () => {
  await using _leaks = trackLeaks();
  await using kit = await startKit([signed]);
  const socket = connect(kit.server.port, "127.0.0.1");
  let answer = "";
  socket.setEncoding("latin1").on("data", (piece: string) => {
    answer += piece;
  });
  socket.on("error", () => {});
  socket.write("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000000\r\n\r\n");
  const piece = Buffer.alloc(1024 * 1024);
  socket.write(piece);
  // Read before more is sent: a system may throw away what it has received once its own sending is refused.
  await waitUntil(() => answer.startsWith("HTTP/1.1 404 "));
  let sent = 1;
  // A piece that comes after the server's end is refused by the socket itself, and nobody has taken it.
  const send = (refused?: Error | null): void => {
    if (!refused && !socket.destroyed && sent < 200) {
      sent++;
      socket.write(piece, send);
    }
  };
  const closed = new Promise((resolve) => socket.once("close", resolve));
  send();
  await closed;
  expect(sent).toBeLessThan(100);
});

test("a body that comes too slowly is 408 and no call", async () => {
  await using _leaks = trackLeaks();
  await using kit = await startKit([signed], { requestTimeoutMs: 100 });
  const answer = await kit.raw("POST /signed HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{");
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('"error":"request_timeout"');
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  await waitUntil(() => kit.server.openRequests === 0);
  expect(kit.faults).toEqual([]);
});

test.each([
  ["before its body is read", 100, rawBytes()],
  ["with its body on the way", 2, rawBytes()],
  ["to a route that reads none", 2, undefined],
])(
  "a client that goes while it is being admitted, %s, is neither served nor a fault",
  async (_when, announced, body) => {
    await using _leaks = trackLeaks();
    const gate = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    let handled = 0;
    let admitting = 0;
    const route = defineRoute({
      method: "POST",
      path: "/",
      doc,
      async admit() {
        admitting++;
        await gate.promise;
      },
      ...(body === undefined ? {} : { body }),
      handle: () => {
        handled++;
        return empty(204);
      },
    });
    await using kit = await startKit([route], { onAnswer: (answered) => seen.push(answered) });
    const socket = connect(kit.server.port, "127.0.0.1");
    socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${announced}\r\n\r\n{}`);
    await waitUntil(() => admitting === 1);
    socket.destroy();
    await waitUntil(() => kit.server.openRequests === 0);
    gate.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    expect([handled, seen, kit.faults]).toEqual([0, [], []]);
  },
);

test("an admission that reads only after its client has gone ends", async () => {
  await using _leaks = trackLeaks();
  const gate = Promise.withResolvers<void>();
  let ended: unknown;
  let admitting = 0;
  const route = defineRoute({
    method: "POST",
    path: "/",
    doc,
    async admit({ body }) {
      admitting++;
      await gate.promise;
      await body.bytes().catch((error: unknown) => {
        ended = error;
        throw error;
      });
    },
    handle: () => empty(204),
  });
  await using kit = await startKit([route]);
  const socket = connect(kit.server.port, "127.0.0.1");
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}");
  await waitUntil(() => admitting === 1);
  socket.destroy();
  await waitUntil(() => kit.server.openRequests === 0);
  gate.resolve();
  await waitUntil(() => ended !== undefined);
  expect(kit.faults).toEqual([]);
});

test("an admission that reads and whose client goes within the body ends", async () => {
  await using _leaks = trackLeaks();
  let ended: unknown;
  const route = defineRoute({
    method: "POST",
    path: "/",
    doc,
    admit: ({ body }) =>
      body.bytes().catch((error: unknown) => {
        ended = error;
        throw error;
      }),
    handle: () => empty(204),
  });
  await using kit = await startKit([route]);
  const socket = connect(kit.server.port, "127.0.0.1");
  socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{}");
  await waitUntil(() => kit.server.openRequests === 1);
  socket.destroy();
  await waitUntil(() => ended !== undefined);
  expect(kit.faults).toEqual([]);
});

test.each([
  ["no JSON", `{"x": `, "malformed_json"],
  ["nothing", "", "malformed_json"],
  ["bytes that are no UTF-8", Buffer.from(`{"x":1,"y":"\xff"}`, "latin1"), "malformed_json"],
  ["a byte order mark", '\ufeff{"x":1}', "malformed_json"],
  ["a name twice with one value", '{"x":1,"x":1}', "duplicate_member"],
  ["a name twice by an escape", '{"x":1,"\\u0078":2}', "duplicate_member"],
  ["a number beyond every double", '{"x":1e400}', "bad_number"],
  ["half of a pair of surrogates", '{"x":1,"y":"\\ud800"}', "bad_string"],
  ["too many levels", `{"x":1,"y":${"[".repeat(64)}${"]".repeat(64)}}`, "too_deep"],
  ["of another shape", '{"x":"1"}', "invalid_request"],
])("JSON that must be unambiguous is 400 when it is %s", async (_what, body, error) => {
  await using kit = await startKit([signed]);
  const answer = await post(`${kit.url}/signed`, body, { "x-signature": sha256(body) });
  expect([answer.status, await answer.json()]).toMatchObject([400, { error }]);
  expect(kit.faults).toEqual([]);
});

test("where that does not matter, the last of equal names counts, also with numbers as written", async () => {
  const lenient = defineRoute({
    method: "POST",
    path: "/",
    doc,
    admit: () => undefined,
    body: writtenJson(undefined, { strict: false }),
    handle: ({ body }) => jsonText(200, pythonJson(body.value)),
  });
  await using kit = await startKit([lenient]);
  expect(await (await post(kit.url, '{"x":1,"x":2.0}')).text()).toBe('{"x": 2.0}');
});

test("bytes go in and come out as they are", async () => {
  const file = defineRoute({
    method: "POST",
    path: "/file",
    doc,
    admit: () => undefined,
    body: rawBytes(),
    handle: ({ body }) => bytes(201, "image/png", body, { "content-disposition": "attachment" }),
  });
  await using kit = await startKit([file]);
  const answer = await post(`${kit.url}/file`, everyByte);
  expect([answer.status, answer.headers.get("content-type"), answer.headers.get("content-length")]).toEqual([
    201,
    "image/png",
    "256",
  ]);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  expect(Buffer.from(await answer.arrayBuffer())).toEqual(everyByte);
});

const signIn: HttpRoute = defineRoute({
  method: "POST",
  path: "/claim",
  doc,
  admit: () => undefined,
  body: form(z.object({ code: z.string(), owner: z.string().optional() })),
  handle: ({ body }) => json(200, body),
});

test("a form is read as browsers send it", async () => {
  await using kit = await startKit([signIn]);
  const browser = await fetch(`${kit.url}/claim`, {
    method: "POST",
    body: new URLSearchParams({ code: "AB+C &é=", owner: "__proto__" }),
  });
  expect(await browser.json()).toEqual({ code: "AB+C &é=", owner: "__proto__" });
  const type = { "content-type": "application/x-www-form-urlencoded" };
  const twice = await post(`${kit.url}/claim`, "code=a&code=a", type);
  expect([twice.status, await twice.json()]).toMatchObject([
    400,
    { error: "duplicate_member", field: "code" },
  ]);
  const less = await post(`${kit.url}/claim`, "__proto__=x&constructor=y", type);
  expect([less.status, await less.json()]).toMatchObject([400, { field: "code" }]);
  expect(
    (await post(`${kit.url}/claim`, '{"code":"a"}', { "content-type": "application/json" })).status,
  ).toBe(415);
  expect((await post(`${kit.url}/claim`, Buffer.from("code=\xff", "latin1"), type)).status).toBe(400);
});

test("the document tells the type and the shape of every kind of body", async () => {
  const document = await openApiDocument([signIn, signed, echoed], {
    title: "Bodies",
    version: "1",
    errorSchema: z.object({ error: z.string() }),
  });
  expect(document.paths).toMatchObject({
    "/claim": {
      post: {
        requestBody: {
          content: { "application/x-www-form-urlencoded": { schema: { required: ["code"] } } },
        },
      },
    },
    "/signed": {
      post: { requestBody: { content: { "application/json": { schema: { required: ["x"] } } } } },
    },
    "/echo": { post: { requestBody: { content: { "application/octet-stream": {} } } } },
  });
});
