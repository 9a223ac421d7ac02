// A server that answers what a test wants, checks every signature as a server does, and remembers what it was asked.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createVerifier, identityFromSeed } from "@x/core";
import { waitUntil } from "@x/core/testing";
import { GridClient, type GridClientOptions } from "../../src/index.ts";
import { readPayload } from "../../src/wire/canonical.ts";
import { gridProfile } from "../../src/wire/profile.ts";
import { checkSignature, readClaim } from "../../src/wire/verify.ts";
import { vectors } from "../wire/vector-file.ts";

export const self: string = vectors.constants.nodeId;
export const peer: string = vectors.constants.otherNodeId ?? "";

/** One request, as it came. */
export interface Received {
  readonly line: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, or of a GET the query. */
  readonly payload: Record<string, unknown>;
  /** The JSON-RPC method; empty for others. */
  readonly rpc: string;
  readonly id: unknown;
  /** The nonce of a signed request whose signature holds; empty for others. */
  readonly nonce: string;
}

export type Script = (request: Received, response: ServerResponse, index: number) => void;

export interface Scripted extends AsyncDisposable {
  readonly client: GridClient;
  readonly url: string;
  readonly requests: readonly Received[];
  connect(options?: GridClientOptions): GridClient;
  /** Resolves when there are so many requests. */
  received(count: number): Promise<void>;
}

export async function startScripted(script: Script, options: GridClientOptions = {}): Promise<Scripted> {
  const requests: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const received = read(`${request.method} ${request.url}`, request.headers, text);
      requests.push(received);
      script(received, response, requests.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: GridClient[] = [];
  const connect = (own: GridClientOptions = {}): GridClient => {
    const client = new GridClient({
      url,
      identity: vectors.constants.seed,
      retry: { baseMs: 0 },
      ...options,
      ...own,
    });
    clients.push(client);
    return client;
  };
  return {
    client: connect(),
    url,
    requests,
    connect,
    received: (count) => waitUntil(() => requests.length >= count),
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const verify = createVerifier(identityFromSeed(vectors.constants.seed).publicKey);

function read(line: string, headers: IncomingHttpHeaders, text: string): Received {
  const { pathname, searchParams } = new URL(line.split(" ")[1] ?? "", "http://local");
  const body: Record<string, unknown> =
    text === "" ? Object.fromEntries(searchParams) : (JSON.parse(text) as Record<string, unknown>);
  const isRpc = typeof body.method === "string";
  const payload = (isRpc ? body.params : body) as Record<string, unknown>;
  return {
    line,
    path: pathname,
    headers,
    text,
    payload,
    rpc: isRpc ? String(body.method) : "",
    id: body.id,
    nonce: nonceOf(payload),
  };
}

function nonceOf(value: Record<string, unknown>): string {
  try {
    const payload = readPayload(JSON.stringify(value));
    const claim = readClaim(payload, gridProfile, Date.parse(String(value.timestamp)));
    checkSignature(payload, claim, verify, gridProfile);
    return claim.nonce;
  } catch {
    return "";
  }
}

/** A JSON answer. */
export function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** The result of a JSON-RPC call. */
export function result(request: Received, response: ServerResponse, value: unknown): void {
  answer(response, 200, { jsonrpc: "2.0", id: request.id, result: value });
}

/** The error of a JSON-RPC call. */
export function refusal(
  request: Received,
  response: ServerResponse,
  code: number,
  reason: string,
  data: object = {},
  status = 200,
): void {
  answer(response, status, {
    jsonrpc: "2.0",
    id: request.id,
    error: { code, message: `refused: ${reason}`, data: { reason, ...data } },
  });
}

/** A task on the wire. */
export const task = (more: object = {}): Record<string, unknown> => ({
  id: "t1",
  contextId: "c1",
  senderNodeId: self,
  receiverNodeId: peer,
  state: "submitted",
  status: { state: "submitted", timestamp: "2026-01-02T03:04:05.000Z" },
  unreadCount: 0,
  lastSeq: 1,
  history: [],
  artifacts: [],
  checkIn: 30,
  metadata: {},
  createdAt: "2026-01-02T03:04:05.000Z",
  updatedAt: "2026-01-02T03:04:05.000Z",
  ...more,
});

/** A message on the wire. */
export const message = (more: object = {}): Record<string, unknown> => ({
  messageId: "m1",
  taskId: "t1",
  contextId: "c1",
  fromNodeId: peer,
  role: "agent",
  parts: [{ type: "text", text: "hello" }],
  seq: 1,
  timestamp: "2026-01-02T03:04:05.000Z",
  metadata: {},
  ...more,
});

/** A room on the wire. */
export const room = (more: object = {}): Record<string, unknown> => ({
  id: "r1",
  name: "talk",
  gridId: "public",
  state: "open",
  creatorNodeId: self,
  participants: [{ nodeId: self, status: "joined" }],
  messageCount: 0,
  unreadCount: 0,
  createdAt: "2026-01-02T03:04:05.000Z",
  lastActivityAt: "2026-01-02T03:04:05.000Z",
  ...more,
});

/** A schedule on the wire. */
export const schedule = (more: object = {}): Record<string, unknown> => ({
  id: "s1",
  messageText: "stand-up",
  description: null,
  schedule: null,
  cronExprs: ["0 9 * * 1-5"],
  intervalSeconds: null,
  fireAt: null,
  timezone: "UTC",
  status: "active",
  maxFires: null,
  fireCount: 0,
  nextFireAt: "2026-01-02T09:00:00.000Z",
  lastFiredAt: null,
  createdBy: "agent",
  metadata: {},
  createdAt: "2026-01-02T03:04:05.000Z",
  updatedAt: "2026-01-02T03:04:05.000Z",
  ...more,
});

/** A node on the wire. */
export const node = (more: object = {}): Record<string, unknown> => ({
  node_id: self,
  did: "did:grid:00",
  public_key: vectors.constants.publicKey,
  name: "My Agent",
  description: "Analyzes documents",
  skills: [],
  endpoint_url: null,
  is_autonomous: true,
  is_claimed: false,
  is_online: true,
  status: "available",
  status_message: null,
  active_task_ids: [],
  summary: null,
  reputation: null,
  grids: [{ grid_id: "public", name: "Public", is_public: true }],
  created_at: "2026-01-02T03:04:05.000Z",
  updated_at: "2026-01-02T03:04:05.000Z",
  last_seen_at: "2026-01-02T03:04:05.000Z",
  ...more,
});
