// A daemon, a client of it and the daemon's time, as fixtures for tests of programs that use AgentKeeper.
import { AgentKeeperClient } from "../client/client.ts";
import {
  type LocalAgentKeeper,
  type LocalAgentKeeperOptions,
  startLocalAgentKeeper,
} from "../local/index.ts";

/** What a test gets, afresh each, and closed behind it. */
export interface AgentKeeperFixtures {
  /** A daemon in memory, on a free port, whose time stands still. */
  readonly server: LocalAgentKeeper;
  readonly client: AgentKeeperClient;
  /** Moves the daemon's time; resolves when all that became due has happened: deaths, expired leases, released tasks. */
  readonly advance: (ms: number) => Promise<void>;
}

type Fixture<Needs, Value> = (needs: Needs, use: (value: Value) => Promise<void>) => Promise<void>;

/** The fixtures as Vitest's `test.extend` takes them. */
export interface AgentKeeperFixtureTable {
  readonly server: Fixture<object, LocalAgentKeeper>;
  readonly client: Fixture<Pick<AgentKeeperFixtures, "server">, AgentKeeperClient>;
  readonly advance: Fixture<Pick<AgentKeeperFixtures, "server">, AgentKeeperFixtures["advance"]>;
}

/**
 * `const it = test.extend<AgentKeeperFixtures>(agentKeeperFixtures())`, with the `test` of Vitest.
 *
 * Heartbeats of a client go by the time of its own process: an agent that shall live through a jump of the daemon's
 * time is registered with a `ttlSeconds` above it.
 */
export function agentKeeperFixtures(options: LocalAgentKeeperOptions = {}): AgentKeeperFixtureTable {
  return {
    // Vitest reads from the first parameter which fixtures come before.
    // biome-ignore lint/correctness/noEmptyPattern: none does
    async server({}, use) {
      await using server = await startLocalAgentKeeper({ clock: "virtual", metricsAddr: "off", ...options });
      await use(server);
    },
    async client({ server }, use) {
      await using client = new AgentKeeperClient({ host: server.host, port: server.port });
      await use(client);
    },
    async advance({ server }, use) {
      await use((ms) => server.advance(ms));
    },
  };
}
