// A real HTTP server for one test, and a client of it.
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { createHttpClient, type HttpClient, type HttpClientOptions } from "../../src/index.ts";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly bytes: Buffer;
}

export interface HttpFixture extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly server: Server;
  readonly received: readonly Received[];
  readonly client: HttpClient;
  /** One more client of the same server, closed with the fixture. */
  connect(options?: Partial<HttpClientOptions>): HttpClient;
}

/** Answers the n-th request (from 0) with what the function does. */
export type Answering = (response: ServerResponse, request: Received, index: number) => void;

export async function startHttp(
  answering: Answering,
  options: Partial<HttpClientOptions> = {},
): Promise<HttpFixture> {
  const received: Received[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const bytes = Buffer.concat(chunks);
      const one: Received = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: bytes.toString(),
        bytes,
      };
      received.push(one);
      answering(response, one, received.length - 1);
    });
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const clients: HttpClient[] = [];
  const connect = (more: Partial<HttpClientOptions> = {}): HttpClient => {
    const client = createHttpClient({
      service: "test",
      baseUrl: url,
      backoff: { baseMs: 0 },
      ...options,
      ...more,
    });
    clients.push(client);
    return client;
  };
  return {
    url,
    port,
    server,
    received,
    client: connect(),
    connect,
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export function answerJson(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
