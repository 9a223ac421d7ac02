// A server, its owner and clients of its agents, for one test; and a server that answers whatever a test wants.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { AgentDraft, type AgentDraftOptions } from "../../src/index.ts";
import type { LocalAgentDraftOptions } from "../../src/local/index.ts";
import { type Draft, type Owner, startDraft, type TestAgent } from "../http/fixture.ts";

export interface AgentClient {
  readonly agent: TestAgent;
  readonly client: AgentDraft;
}

export interface ClientFixture extends AsyncDisposable {
  readonly draft: Draft;
  readonly owner: Owner;
  /** A new agent of the owner's calendar, and its client. */
  agent(priority?: number, more?: object, options?: AgentDraftOptions): Promise<AgentClient>;
  connect(options: AgentDraftOptions): AgentDraft;
}

export async function startClients(options: LocalAgentDraftOptions = {}): Promise<ClientFixture> {
  const draft = await startDraft(options);
  const owner = await draft.signIn();
  const clients: AgentDraft[] = [];
  const connect = (own: AgentDraftOptions): AgentDraft => {
    const client = new AgentDraft({ baseUrl: draft.url, ...own });
    clients.push(client);
    return client;
  };
  return {
    draft,
    owner,
    connect,
    async agent(priority, more, own): Promise<AgentClient> {
      const agent = await owner.agent(priority, more);
      return { agent, client: connect({ apiKey: agent.key, ...own }) };
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      await draft[Symbol.asyncDispose]();
    },
  };
}

export interface Scripted extends AsyncDisposable {
  readonly client: AgentDraft;
  readonly url: string;
  readonly requests: readonly { readonly line: string; readonly headers: IncomingMessage["headers"] }[];
}

/** Answers the n-th request (from 0) with what the function does. */
export async function startScripted(
  answer: (response: ServerResponse, index: number) => void,
  options: AgentDraftOptions = {},
): Promise<Scripted> {
  const requests: { line: string; headers: IncomingMessage["headers"] }[] = [];
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
      answer(response, requests.length - 1);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = new AgentDraft({ baseUrl: url, apiKey: "avs_live_test", ...options });
  return {
    client,
    url,
    requests,
    async [Symbol.asyncDispose](): Promise<void> {
      await client.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** A JSON answer. */
export function answerJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

/** The members that have a value: a pin that is named without one is refused. */
export function given<Members extends object>(
  members: Members,
): { readonly [Name in keyof Members]?: Exclude<Members[Name], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
}
