import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import type { Client } from "@modelcontextprotocol/client";
import { describe, expect, it } from "vitest";
import { createFakeClock, waitUntil } from "../../src/testing/index.ts";
import { type Connected, type Era, startServed } from "./fixture.ts";

const eras = ["2025", "2026"] as const satisfies readonly Era[];

interface Raw {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request as no client would send it. */
function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  body = "",
  method = "POST",
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const initialize = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
});
const plain = { "content-type": "application/json", accept: "application/json, text/event-stream" };

const textOf = ({ content }: Awaited<ReturnType<Client["callTool"]>>): string => {
  const [first] = content;
  return first?.type === "text" ? first.text : "";
};

describe.each(eras)("tools over HTTP, to a client of %s", (era) => {
  it("are listed with their shapes and hints, and answer text and structure that agree", async () => {
    await using served = await startServed();
    const { client } = await served.connect(era);
    const { tools } = await client.listTools();
    expect(tools.find(({ name }) => name === "echo")).toMatchObject({
      description: "Answers its arguments.",
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
      inputSchema: { type: "object", additionalProperties: false, required: ["text"] },
    });
    expect(client.getServerVersion()).toMatchObject({ name: "test", version: "1.2.3" });
    expect(client.getInstructions()).toBe("Call echo.");

    const answer = await client.callTool({ name: "echo", arguments: { text: "hello" } });
    expect(answer.isError).toBeUndefined();
    expect(answer.structuredContent).toEqual({ text: "hello", times: 1 });
    expect(JSON.parse(textOf(answer))).toEqual(answer.structuredContent);
  });

  it("cut a long list between items, and lead on", async () => {
    await using served = await startServed();
    const { client } = await served.connect(era);
    const seen: unknown[] = [];
    let cursor: unknown = 0;
    while (cursor !== null) {
      const page = await client.callTool({ name: "count", arguments: { to: 200, cursor } });
      expect(textOf(page).length).toBeLessThanOrEqual(1_000);
      expect(JSON.parse(textOf(page))).toEqual(page.structuredContent);
      const shown = page.structuredContent as { readonly numbers: unknown[]; readonly next_cursor: unknown };
      seen.push(...shown.numbers);
      cursor = shown.next_cursor;
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, number) => ({ number: String(number) })));
  });

  it("answer a wrong argument with an error that names it, and what was meant", async () => {
    await using served = await startServed();
    const { client } = await served.connect(era);
    const answer = await client.callTool({ name: "echo", arguments: { txt: "hello", times: 9 } });
    expect(answer.isError).toBe(true);
    expect(answer.structuredContent).toEqual({
      error: {
        code: "invalid_argument",
        message: textOf(answer).replace(" (invalid_argument)", ""),
        retryable: false,
        details: {
          problems: [
            { argument: "text", problem: expect.stringContaining("expected string") },
            { argument: "times", problem: expect.stringContaining("<=3") },
            { argument: "txt", problem: "there is no such argument; did you mean text?" },
          ],
        },
      },
    });
    const missing = await client.callTool({ name: "echo" });
    expect(missing.isError).toBe(true);
  });

  it("tell a refusal by code and details, without secrets", async () => {
    await using served = await startServed();
    const { client } = await served.connect(era);
    const answer = await client.callTool({ name: "refuse" });
    expect(answer.isError).toBe(true);
    expect(textOf(answer)).toBe("refuse: not now, api_key=... (not_now)");
    expect(answer.structuredContent).toEqual({
      error: {
        code: "not_now",
        message: "refuse: not now, api_key=...",
        retryable: false,
        details: { until: "5", password: "[redacted]" },
      },
    });
  });

  it("tell nothing of a defect but that it is one; the log knows", async () => {
    await using served = await startServed();
    const { client } = await served.connect(era);
    const answer = await client.callTool({ name: "break" });
    expect(answer.isError).toBe(true);
    expect(JSON.stringify(answer)).not.toMatch(/secret-of-the-defect|tools\.ts/);
    expect(answer.structuredContent).toMatchObject({ error: { code: "internal" } });
    expect(JSON.stringify(served.logged)).toMatch(/secret-of-the-defect.*tools\.ts/);
  });

  it("that do not exist are an error of the protocol", async () => {
    await using served = await startServed();
    const { client } = await served.connect(era);
    await expect(client.callTool({ name: "nothing" })).rejects.toMatchObject({ code: -32_602 });
  });

  it("report progress while they run, and end when their caller cancels", async () => {
    await using served = await startServed();
    const { client } = await served.connect(era);
    const notes: unknown[] = [];
    const cancel = new AbortController();
    const call = client.callTool(
      { name: "wait" },
      { signal: cancel.signal, onprogress: (note) => notes.push(note) },
    );
    const failed = expect(call).rejects.toThrow();
    await waitUntil(() => notes.length === 2);
    expect(notes).toMatchObject([
      { message: "waiting for the end of time", total: 60 },
      { message: "still waiting", total: 60 },
    ]);
    cancel.abort();
    await failed;
    await waitUntil(() => served.seen.aborted === 1);
  });

  it("end when the server closes", async () => {
    await using served = await startServed();
    const { client } = await served.connect(era);
    const call = client.callTool({ name: "wait" });
    const failed = expect(call).rejects.toThrow();
    await waitUntil(() => served.seen.waiting === 1);
    await served.server.close();
    expect(served.seen).toMatchObject({ waiting: 0, aborted: 1 });
    await client.close();
    await failed;
  });
});

describe("sessions", () => {
  it("end by DELETE, with the calls that run in them", async () => {
    await using served = await startServed();
    const { client, transport } = await served.connect();
    client.callTool({ name: "wait" }).catch(() => undefined);
    await waitUntil(() => served.seen.waiting === 1);
    expect(served.server.sessions).toBe(1);
    const { sessionId = "" } = transport;
    await transport.terminateSession();
    expect(served.server.sessions).toBe(0);
    await waitUntil(() => served.seen.aborted === 1);
    const later = await send(served.server.url, { ...plain, "mcp-session-id": sessionId }, initialize);
    expect(later.status).toBe(404);
    expect(JSON.parse(later.body)).toMatchObject({ error: { code: -32_001 } });
  });

  it("are bounded: the one that was idle longest gives way, and one in use never does", async () => {
    await using served = await startServed({ maxSessions: 2 });
    const open = async (): Promise<string> => {
      const { status, headers } = await send(served.server.url, plain, initialize);
      expect(status).toBe(200);
      return String(headers["mcp-session-id"]);
    };
    const isOpen = async (id: string): Promise<boolean> => {
      const ping = '{"jsonrpc":"2.0","id":7,"method":"ping"}';
      return (await send(served.server.url, { ...plain, "mcp-session-id": id }, ping)).status === 200;
    };
    const [first, second] = [await open(), await open()];
    expect(await isOpen(first)).toBe(true);
    const third = await open();
    expect([await isOpen(second), await isOpen(first), await isOpen(third)]).toEqual([false, true, true]);

    const streams = [first, third].map((id) => {
      const stream = request(served.server.url, {
        headers: { accept: "text/event-stream", "mcp-session-id": id },
      });
      stream.on("error", () => undefined);
      return new Promise<typeof stream>((resolve) => stream.on("response", () => resolve(stream)).end());
    });
    const held = await Promise.all(streams);
    const refused = await send(served.server.url, plain, initialize);
    expect([refused.status, refused.headers["retry-after"]]).toEqual([503, "5"]);
    expect(served.server.sessions).toBe(2);
    for (const stream of held) {
      stream.destroy();
    }
  });

  it("that nobody uses end after half an hour; those with an open stream stay", async () => {
    const clock = createFakeClock();
    await using served = await startServed({ clock });
    await send(served.server.url, plain, initialize);
    const { client } = await served.connect();
    await clock.advance(20 * 60_000);
    expect(served.server.sessions).toBe(2);
    await clock.advance(30 * 60_000);
    expect(served.server.sessions).toBe(1);
    await client.ping();
  });

  it("give an answer to a client whose connection broke while it waited", async () => {
    await using served = await startServed();
    const { url } = served.server;
    const session = String((await send(url, plain, initialize)).headers["mcp-session-id"]);
    const headers = { ...plain, "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" };
    const asking = request(url, { method: "POST", headers, agent: false });
    asking.on("error", () => undefined);
    const first = await new Promise<string>((resolve) => {
      asking.on("response", (response) =>
        response
          .setEncoding("utf8")
          .once("data", resolve)
          .on("error", () => {}),
      );
      asking.end('{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"gate"}}');
    });
    const [, last = ""] = /^id: (\S+)$/m.exec(first) ?? [];
    expect(first).toContain("retry: 1000");
    asking.destroy();
    await waitUntil(() => asking.closed);
    served.seen.open();

    const again = request(url, { headers: { ...headers, "last-event-id": last }, agent: false });
    again.on("error", () => undefined);
    let missed = "";
    again.on("response", (response) => {
      response.setEncoding("utf8").on("error", () => undefined);
      response.on("data", (chunk: string) => {
        missed += chunk;
      });
    });
    again.end();
    await waitUntil(() => missed.includes("\n\n"));
    expect(missed).toContain('"structuredContent":{"passed":true}');
    again.destroy();

    const unknown = await send(
      url,
      { ...headers, accept: "text/event-stream", "last-event-id": "x" },
      "",
      "GET",
    );
    expect(unknown.status).toBe(400);
  });

  it("are not left behind by requests that open none", async () => {
    await using served = await startServed();
    const { status } = await send(served.server.url, plain, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    expect(status).toBe(400);
    expect((await send(served.server.url, plain, "{")).status).toBe(400);
    expect(served.server.sessions).toBe(0);
  });
});

describe("who may speak", () => {
  const port = (url: string): string => new URL(url).port;

  it("on loopback: names and pages of this machine, so that no page elsewhere reaches it by a name of its own", async () => {
    await using served = await startServed();
    const { url } = served.server;
    const status = async (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
      (await send(url, { ...plain, ...headers }, initialize)).status;
    expect(await status({ host: `localhost:${port(url)}` })).toBe(200);
    expect(await status({ origin: "http://localhost:6274" })).toBe(200);
    expect(await status({ host: "evil.example.com" })).toBe(403);
    expect(await status({ origin: "http://evil.example.com" })).toBe(403);
    expect(await status({ host: "evil.example.com", origin: "http://evil.example.com" })).toBe(403);
    expect(await status({ origin: "null" })).toBe(403);
  });

  it("nobody who names two hosts: one may be meant for a proxy, and the other for the server", async () => {
    await using served = await startServed();
    const { url } = served.server;
    const socket = connect(Number(port(url)), "127.0.0.1");
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: localhost:${port(url)}\r\nHost: evil.example.com\r\nContent-Length: 0\r\n\r\n`,
    );
    const [head] = await once(socket, "data");
    socket.destroy();
    expect(String(head)).toMatch(/^HTTP\/1\.1 403 /);
  });

  it("with a token: who sends it", async () => {
    await using served = await startServed({ token: "open-sesame" });
    const { url } = served.server;
    const missing = await send(url, plain, initialize);
    expect([missing.status, missing.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    const wrong = await send(url, { ...plain, authorization: "Bearer open-barley" }, initialize);
    expect([wrong.status, wrong.headers["www-authenticate"]]).toEqual([401, 'Bearer error="invalid_token"']);
    for (const era of eras) {
      const { client } = await served.connect(era, { authorization: "Bearer open-sesame" });
      expect((await client.listTools()).tools).toHaveLength(6);
    }
  });

  it("where other machines reach it: no page but its own", async () => {
    await using served = await startServed({
      address: { hosts: ["0.0.0.0"], port: 0 },
      token: "open-sesame",
    });
    const url = `http://127.0.0.1:${port(served.server.url)}/mcp`;
    const headers = { ...plain, authorization: "Bearer open-sesame", host: "tools.example.com" };
    expect((await send(url, headers, initialize)).status).toBe(200);
    expect((await send(url, { ...headers, origin: "https://tools.example.com" }, initialize)).status).toBe(
      200,
    );
    expect((await send(url, { ...headers, origin: "https://evil.example.com" }, initialize)).status).toBe(
      403,
    );
  });

  it("takes no more than 4 MiB, only JSON, and only on its path", async () => {
    await using served = await startServed();
    const { url } = served.server;
    expect((await send(url, plain, `"${"x".repeat(4 * 1_024 * 1_024)}"`)).status).toBe(413);
    expect((await send(url, { ...plain, "content-type": "text/plain" }, initialize)).status).toBe(415);
    expect((await send(new URL("/", url).href, plain, initialize)).status).toBe(404);
  });
});

it("a port that is taken is an error of the start", async () => {
  await using served = await startServed();
  const taken = { hosts: ["127.0.0.1"], port: Number(new URL(served.server.url).port) };
  await expect(startServed({ address: taken })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

it("many clients at once are served side by side", async () => {
  await using served = await startServed();
  const clients: Connected[] = await Promise.all(Array.from({ length: 20 }, () => served.connect()));
  const answers = await Promise.all(
    clients.map(({ client }, index) => client.callTool({ name: "echo", arguments: { text: String(index) } })),
  );
  expect(answers.map(({ structuredContent }) => structuredContent)).toEqual(
    clients.map((_, index) => ({ text: String(index), times: 1 })),
  );
  expect(served.server.sessions).toBe(20);
});
