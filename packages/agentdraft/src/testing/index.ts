// A server, its calendar's owner, an agent's client and the server's time, as fixtures for tests of programs that use AgentDraft.
import { AgentDraft } from "../client/client.ts";
import {
  type LocalAgentDraft,
  type LocalAgentDraftOptions,
  type LocalOwner,
  startLocalAgentDraft,
} from "../local/index.ts";

/** What a test gets, afresh each, and closed behind it. */
export interface AgentDraftFixtures {
  /** A server in memory, on a free port, whose time stands still. */
  readonly server: LocalAgentDraft;
  /** The owner of a calendar: makes more agents, and decides what they ask. */
  readonly owner: LocalOwner;
  /** A client of an agent of that calendar, with every scope. */
  readonly client: AgentDraft;
  /** Moves the server's time; resolves when all that became due has happened: expired holds, windows, retries. */
  readonly advance: (ms: number) => Promise<void>;
}

type Fixture<Needs, Value> = (needs: Needs, use: (value: Value) => Promise<void>) => Promise<void>;

/** The fixtures as Vitest's `test.extend` takes them. */
export interface AgentDraftFixtureTable {
  readonly server: Fixture<object, LocalAgentDraft>;
  readonly owner: Fixture<Pick<AgentDraftFixtures, "server">, LocalOwner>;
  readonly client: Fixture<Pick<AgentDraftFixtures, "server" | "owner">, AgentDraft>;
  readonly advance: Fixture<Pick<AgentDraftFixtures, "server">, AgentDraftFixtures["advance"]>;
}

/**
 * `const it = test.extend<AgentDraftFixtures>(agentDraftFixtures())`, with the `test` of Vitest.
 *
 * Commits are decided at once; with `arbitrationMs` they wait until the time is moved.
 */
export function agentDraftFixtures(options: LocalAgentDraftOptions = {}): AgentDraftFixtureTable {
  return {
    // Vitest reads from the first parameter which fixtures come before.
    // biome-ignore lint/correctness/noEmptyPattern: none does
    async server({}, use) {
      await using server = await startLocalAgentDraft({
        clock: "virtual",
        metricsAddr: "off",
        dev: true,
        arbitrationMs: 0,
        ...options,
      });
      await use(server);
    },
    async owner({ server }, use) {
      await use(await server.owner("owner@example.com"));
    },
    async client({ server, owner }, use) {
      const { apiKey } = await owner.createAgent({ name: "agent" });
      await using client = new AgentDraft({ apiKey, baseUrl: server.url });
      await use(client);
    },
    async advance({ server }, use) {
      await use((ms) => server.advance(ms));
    },
  };
}
