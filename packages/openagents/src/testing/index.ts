// A server, agents on it and the server's time, as fixtures for tests of programs that use OpenAgents.
import { AgentClient } from "../client/client.ts";
import type { AgentClientOptions, ConnectOptions } from "../client/options.ts";
import { type LocalOpenAgents, type LocalOpenAgentsOptions, startLocalOpenAgents } from "../local/index.ts";

/** How an agent is made and connects. */
export interface NewAgentOptions extends Omit<ConnectOptions, "host" | "port" | "url"> {
  /** What its client is made with, beside its id. */
  readonly client?: Omit<AgentClientOptions, "agentId"> | undefined;
}

/** What a test gets, afresh each, and closed behind it. */
export interface OpenAgentsFixtures {
  /** A server in memory, on a free port, whose time stands still. */
  readonly server: LocalOpenAgents;
  /** Connects one more agent: to the network, or with `transport: "workspace"` to its workspace. */
  readonly agent: (agentId: string, options?: NewAgentOptions) => Promise<AgentClient>;
  /** An agent that is connected, called `tester`. */
  readonly client: AgentClient;
  /** Moves the server's time; resolves when all that became due has happened: agents that are silent, bans that end. */
  readonly advance: (ms: number) => Promise<void>;
}

type Fixture<Needs, Value> = (needs: Needs, use: (value: Value) => Promise<void>) => Promise<void>;

/** The fixtures as Vitest's `test.extend` takes them. */
export interface OpenAgentsFixtureTable {
  readonly server: Fixture<object, LocalOpenAgents>;
  readonly agent: Fixture<Pick<OpenAgentsFixtures, "server">, OpenAgentsFixtures["agent"]>;
  readonly client: Fixture<Pick<OpenAgentsFixtures, "agent">, AgentClient>;
  readonly advance: Fixture<Pick<OpenAgentsFixtures, "server">, OpenAgentsFixtures["advance"]>;
}

/** `const it = test.extend<OpenAgentsFixtures>(openAgentsFixtures())`, with the `test` of Vitest. */
export function openAgentsFixtures(options: LocalOpenAgentsOptions = {}): OpenAgentsFixtureTable {
  return {
    // Vitest reads from the first parameter which fixtures come before.
    // biome-ignore lint/correctness/noEmptyPattern: none does
    async server({}, use) {
      await using server = await startLocalOpenAgents({ clock: "virtual", metricsAddr: "off", ...options });
      await use(server);
    },
    async agent({ server }, use) {
      const clients: AgentClient[] = [];
      try {
        await use(async (agentId, { client: own = {}, ...connection } = {}) => {
          const client = new AgentClient({ ...own, agentId });
          clients.push(client);
          const isWorkspace = connection.transport === "workspace";
          await client.connectToServer({
            url: server.url,
            throwOnError: true,
            ...(isWorkspace ? { token: server.workspaceToken } : {}),
            ...connection,
          });
          return client;
        });
      } finally {
        await Promise.all(clients.map((client) => client.disconnect()));
      }
    },
    async client({ agent }, use) {
      await use(await agent("tester"));
    },
    async advance({ server }, use) {
      await use((ms) => server.advance(ms));
    },
  };
}
