// The test tools behind a listening server, and official clients of it.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { type HttpFace, type ServedHttp, serveHttp } from "../../src/mcp/serve-http.ts";
import { silentLog } from "../../src/service/shared/logger.ts";
import { loopback } from "../../src/service/start/address.ts";
import { nothingSeen, type Seen, testTools } from "./tools.ts";

export type Era = "2025" | "2026";

export interface Connected {
  readonly client: Client;
  readonly transport: StreamableHTTPClientTransport;
}

export interface Served extends AsyncDisposable {
  readonly server: ServedHttp;
  readonly seen: Seen;
  /** What was logged as an error. */
  readonly logged: readonly unknown[];
  connect(era?: Era, headers?: Readonly<Record<string, string>>): Promise<Connected>;
}

const newest = { mode: { pin: "2026-07-28" } } as const;

export async function startServed(face: Partial<HttpFace> = {}): Promise<Served> {
  const seen = nothingSeen();
  const logged: unknown[] = [];
  const log = {
    ...silentLog,
    error: (what: unknown) => void logged.push(what),
    debug: () => {},
    warn: () => {},
  };
  const server = await serveHttp(
    {
      name: "test",
      version: "1.2.3",
      instructions: "Call echo.",
      tools: testTools(seen),
      maxAnswerChars: 1_000,
      log: log as typeof silentLog,
    },
    { address: loopback(0), token: undefined, maxSessions: 100, ...face },
  );
  const clients: Client[] = [];
  return {
    server,
    seen,
    logged,
    async connect(era = "2025", headers = {}): Promise<Connected> {
      const client = new Client(
        { name: "tester", version: "1" },
        era === "2026" ? { versionNegotiation: newest } : {},
      );
      const transport = new StreamableHTTPClientTransport(new URL(server.url), { requestInit: { headers } });
      await client.connect(transport);
      clients.push(client);
      return { client, transport };
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      await server.close();
    },
  };
}
