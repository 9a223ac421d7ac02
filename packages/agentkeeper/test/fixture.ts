// A daemon and a client of it, over a real socket, for one test.
import { AgentKeeperClient, type AgentKeeperClientOptions, type WatchEvent } from "../src/index.ts";
import {
  type LocalAgentKeeper,
  type LocalAgentKeeperOptions,
  startLocalAgentKeeper,
} from "../src/local/index.ts";

export interface Keeper extends AsyncDisposable {
  readonly server: LocalAgentKeeper;
  readonly client: AgentKeeperClient;
  /** One more client of the same daemon, closed with the fixture. */
  connect(options?: AgentKeeperClientOptions): AgentKeeperClient;
  /** Registers an agent under the client. */
  agent(name?: string, tools?: readonly string[]): Promise<string>;
}

export async function startKeeper(
  options: LocalAgentKeeperOptions & { readonly client?: AgentKeeperClientOptions } = {},
): Promise<Keeper> {
  const { client: clientOptions, ...serverOptions } = options;
  const server = await startLocalAgentKeeper(serverOptions);
  const clients: AgentKeeperClient[] = [];
  const connect = (more: AgentKeeperClientOptions = {}): AgentKeeperClient => {
    const client = new AgentKeeperClient({ host: server.host, port: server.port, ...more });
    clients.push(client);
    return client;
  };
  const client = connect(clientOptions);
  return {
    server,
    client,
    connect,
    async agent(name = "agent", tools = []): Promise<string> {
      const handle = await client.register({ name, description: "", version: "1", tools, ttlSeconds: 600 });
      return handle.agentId;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(clients.map((each) => each.close()));
      await server.close();
    },
  };
}

/** Reads events until one satisfies the condition, and answers all of them, that one included. */
export async function eventsUntil(
  events: AsyncIterable<WatchEvent>,
  isLast: (event: WatchEvent) => boolean,
): Promise<WatchEvent[]> {
  const seen: WatchEvent[] = [];
  for await (const event of events) {
    seen.push(event);
    if (isLast(event)) {
      return seen;
    }
  }
  throw new Error(`the stream ended after ${seen.map(({ topic }) => topic).join(", ")}`);
}
