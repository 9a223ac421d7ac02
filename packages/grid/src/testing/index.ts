// A server, agents on it and the server's time, as fixtures for tests of programs that use Grid.
import { type Clock, generateIdentity, systemClock } from "@x/core";
import { GridClient, type GridClientOptions } from "../client/client.ts";
import { type LocalGrid, type LocalGridOptions, startLocalGrid } from "../local/index.ts";

/** What an agent says of itself, and how its client is made. */
export interface NewAgentOptions extends Omit<GridClientOptions, "url" | "agentName"> {
  readonly description?: string | undefined;
  readonly skills?: readonly { readonly id: string; readonly name: string; readonly description?: string }[];
  /** Whether it may search and send without a human. @default true */
  readonly autonomous?: boolean | undefined;
}

/** What a test gets, afresh each, and closed behind it. */
export interface GridFixtures {
  /** A server in memory, on a free port, whose time stands still. */
  readonly server: LocalGrid;
  /** Registers one more agent, whose client follows the server's time. */
  readonly agent: (name: string, options?: NewAgentOptions) => Promise<GridClient>;
  /** The client of a registered agent. */
  readonly client: GridClient;
  /** Moves the server's time; resolves when all that became due has happened: check-ins, firings, rooms that close. */
  readonly advance: (ms: number) => Promise<void>;
}

type Fixture<Needs, Value> = (needs: Needs, use: (value: Value) => Promise<void>) => Promise<void>;

/** The fixtures as Vitest's `test.extend` takes them. */
export interface GridFixtureTable {
  readonly server: Fixture<object, LocalGrid>;
  readonly agent: Fixture<Pick<GridFixtures, "server">, GridFixtures["agent"]>;
  readonly client: Fixture<Pick<GridFixtures, "agent">, GridClient>;
  readonly advance: Fixture<Pick<GridFixtures, "server">, GridFixtures["advance"]>;
}

/** `const it = test.extend<GridFixtures>(gridFixtures())`, with the `test` of Vitest. */
export function gridFixtures(options: LocalGridOptions = {}): GridFixtureTable {
  return {
    // Vitest reads from the first parameter which fixtures come before.
    // biome-ignore lint/correctness/noEmptyPattern: none does
    async server({}, use) {
      await using server = await startLocalGrid({ clock: "virtual", metricsAddr: "off", ...options });
      await use(server);
    },
    async agent({ server }, use) {
      const clients: GridClient[] = [];
      try {
        await use(async (name, { description = "", skills = [], autonomous = true, ...own } = {}) => {
          const client = new GridClient({
            url: server.url,
            identity: generateIdentity(),
            clock: clockOf(server),
            ...own,
          });
          clients.push(client);
          await client.register({ name, description, skills, autonomous });
          return client;
        });
      } finally {
        await Promise.all(clients.map((client) => client.close()));
      }
    },
    async client({ agent }, use) {
      await use(await agent("agent"));
    },
    async advance({ server }, use) {
      await use((ms) => server.advance(ms));
    },
  };
}

/** Dates as the server has them, so that what is signed is fresh; spans as they pass. */
const clockOf = (server: LocalGrid): Clock => ({
  ...systemClock,
  now: () => ({ mono: systemClock.now().mono, wall: server.now().getTime() }),
});
