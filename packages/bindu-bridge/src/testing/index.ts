// A core, agents on it, a client of one and the core's time, as fixtures for tests of programs that use agents.
import { A2AClient } from "../client/a2a/client.ts";
import { type LocalBindu, type LocalBinduOptions, startCore } from "../local/index.ts";
import { bindufy } from "../sdk/bindufy.ts";
import type { Handler } from "../sdk/handler.ts";
import type { RunningAgent } from "../sdk/running-agent.ts";

/** What a test gets, afresh each, and closed behind it. */
export interface BinduFixtures {
  /** A core in memory, on a free port, whose time stands still; that of agents and webhooks goes on. */
  readonly core: LocalBindu;
  /** Makes an agent of a handler, on a free port. */
  readonly agent: (handler: Handler, config?: Readonly<Record<string, unknown>>) => Promise<RunningAgent>;
  /** A client of an agent. */
  readonly clientOf: (agent: Pick<RunningAgent, "agentUrl">) => A2AClient;
  /** Moves the core's time; resolves when all that became due has happened: retries of webhooks, the end of kept tasks. */
  readonly advance: (ms: number) => Promise<void>;
}

type Fixture<Needs, Value> = (needs: Needs, use: (value: Value) => Promise<void>) => Promise<void>;

/** The fixtures as Vitest's `test.extend` takes them. */
export interface BinduFixtureTable {
  readonly core: Fixture<object, LocalBindu>;
  readonly agent: Fixture<Pick<BinduFixtures, "core">, BinduFixtures["agent"]>;
  readonly clientOf: Fixture<object, BinduFixtures["clientOf"]>;
  readonly advance: Fixture<Pick<BinduFixtures, "core">, BinduFixtures["advance"]>;
}

/** `const it = test.extend<BinduFixtures>(binduFixtures())`, with the `test` of Vitest. */
export function binduFixtures(options: LocalBinduOptions = {}): BinduFixtureTable {
  return {
    // Vitest reads from the first parameter which fixtures come before.
    // biome-ignore lint/correctness/noEmptyPattern: none does
    async core({}, use) {
      await using core = await startCore({ clock: "virtual", metricsAddr: "off", ...options });
      await use(core);
    },
    async agent({ core }, use) {
      const agents: RunningAgent[] = [];
      try {
        await use(async (handler, config = {}) => {
          const agent = await bindufy(
            {
              author: "test@example.com",
              name: `agent-${agents.length + 1}`,
              deployment: { url: "http://127.0.0.1:0" },
              capabilities: { push_notifications: true },
              ...config,
            },
            handler,
            { core: "attach", coreAddress: core.addr, callbackPort: 0 },
          );
          agents.push(agent);
          return agent;
        });
      } finally {
        await Promise.all(agents.map((agent) => agent.close()));
      }
    },
    // biome-ignore lint/correctness/noEmptyPattern: none does
    async clientOf({}, use) {
      const clients: A2AClient[] = [];
      try {
        await use(({ agentUrl }) => {
          const client = new A2AClient(agentUrl);
          clients.push(client);
          return client;
        });
      } finally {
        await Promise.all(clients.map((client) => client.close()));
      }
    },
    async advance({ core }, use) {
      await use((ms) => core.advance(ms));
    },
  };
}
