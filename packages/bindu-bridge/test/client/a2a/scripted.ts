// A foreign agent: answers what a test wants, and remembers what it was asked.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { A2AClient, type A2AClientOptions } from "../../../src/a2a/index.ts";

/** One request, as it came. */
export interface Asked {
  /** Verb and path with its query. */
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
  /** The JSON-RPC method; empty for others. */
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

export type Script = (asked: Asked, response: ServerResponse, index: number) => void;

export interface Scripted extends AsyncDisposable {
  readonly url: string;
  readonly client: A2AClient;
  /** All but the cards. */
  readonly asked: readonly Asked[];
  connect(options?: A2AClientOptions, path?: string): A2AClient;
}

/** A card of 1.0 with its interface at `/a2a`, over JSON-RPC. */
export const card = (changes: object = {}): object => ({
  name: "foreign",
  description: "an agent",
  version: "1",
  supportedInterfaces: [{ url: "/a2a", protocolBinding: "JSONRPC", protocolVersion: "1.0" }],
  capabilities: { streaming: true },
  skills: [],
  ...changes,
});

export const restCard = (changes: object = {}): object =>
  card({
    supportedInterfaces: [{ url: "/a2a", protocolBinding: "rest", protocolVersion: "1.0.0" }],
    ...changes,
  });

export const numbered = { streaming: true, extensions: [{ uri: "urn:x:a2a:resume:v1" }] };

/** @param cards by their paths; others are 404 */
export async function startScripted(
  cards: object | Readonly<Record<`/${string}`, object>>,
  script: Script = () => {},
): Promise<Scripted> {
  const asked: Asked[] = [];
  const byPath: Readonly<Record<string, object>> =
    "name" in cards ? { "/.well-known/agent-card.json": cards } : { ...cards };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      if (path.includes("/.well-known/")) {
        const found = byPath[path];
        json(response, found === undefined ? 404 : 200, found ?? "Not Found");
        return;
      }
      const text = Buffer.concat(chunks).toString();
      const body: Record<string, unknown> = text === "" ? {} : JSON.parse(text);
      const { method, params } = body;
      asked.push({
        line: `${request.method} ${path}`,
        headers: request.headers,
        body,
        method: typeof method === "string" ? method : "",
        params: typeof params === "object" && params !== null ? { ...params } : {},
      });
      const last = asked.at(-1);
      if (last !== undefined) {
        script(last, response, asked.length - 1);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: A2AClient[] = [];
  const connect = (options: A2AClientOptions = {}, path = ""): A2AClient => {
    const client = new A2AClient(url + path, options);
    clients.push(client);
    return client;
  };
  return {
    url,
    client: connect(),
    asked,
    connect,
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function json(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** An answer of JSON-RPC. */
export const result = (response: ServerResponse, { body }: Asked, value: unknown): void =>
  json(response, 200, { jsonrpc: "2.0", id: body.id, result: value });

export const refused = (response: ServerResponse, { body }: Asked, error: unknown, status = 200): void =>
  json(response, status, { jsonrpc: "2.0", id: body.id, error });

/** The text of an event of JSON-RPC. */
export const event = ({ body }: Asked, value: unknown, id?: number): string =>
  `${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify({ jsonrpc: "2.0", id: body.id, result: value })}\n\n`;

/** Sends pieces of a stream and leaves it open, or ends it. */
export function stream(
  response: ServerResponse,
  pieces: readonly string[],
  end: "end" | "open" | "cut" = "end",
): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(pieces.join(""), () => {
    if (end === "cut") {
      response.destroy();
    }
  });
  if (end === "end") {
    response.end();
  }
}

/** An event that no client takes. */
export const tooLong: string = `data: ${"x".repeat(9 * 1024 * 1024)}\n\n`;

export const task = (state: string, changes: object = {}): object => ({
  id: "t",
  contextId: "c",
  status: { state: `TASK_STATE_${state}`, timestamp: "2026-01-31T12:00:00Z" },
  ...changes,
});

export const done = (text = "Paris"): object =>
  task("COMPLETED", { artifacts: [{ artifactId: "a", parts: [{ text }] }] });

export const status = (state: string, changes: object = {}): object => ({
  statusUpdate: { taskId: "t", contextId: "c", status: { state: `TASK_STATE_${state}`, ...changes } },
});

export const piece = (text: string, changes: object = {}): object => ({
  artifactUpdate: {
    taskId: "t",
    contextId: "c",
    artifact: { artifactId: "a", parts: [{ text }] },
    ...changes,
  },
});
