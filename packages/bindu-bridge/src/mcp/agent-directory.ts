// Which agents there are: those of a core, read from its operator's port, and those that were named by their URLs.
import { createHttpClient, InvalidArgumentError, NotFoundError } from "@x/core";
import { didYouMean } from "@x/core/service";
import { z } from "zod";
import { A2AClient } from "../client/a2a/client.ts";

/** An agent that can be asked. */
export interface ListedAgent {
  readonly name: string;
  readonly description: string;
  readonly url: string;
}

export interface AgentDirectory {
  /** All, read afresh; one that does not answer is listed without a description. */
  list(signal: AbortSignal): Promise<readonly ListedAgent[]>;
  /**
   * The client of a listed agent, by its name or URL.
   *
   * @throws NotFoundError with the nearest name; InvalidArgumentError for a name that several have
   */
  client(agent: string, signal: AbortSignal): Promise<A2AClient>;
  close(): Promise<void>;
}

const coreAgents = z.array(z.object({ name: z.string(), description: z.string(), url: z.string() }));

const service = "bindu";

export function createAgentDirectory(options: {
  /** The operator's page of a core. */
  readonly core: string | undefined;
  readonly urls: readonly string[];
}): AgentDirectory {
  const clients = new Map<string, A2AClient>();
  const core =
    options.core === undefined
      ? undefined
      : createHttpClient({ service, baseUrl: options.core, timeoutMs: 10_000 });

  const clientAt = (url: string): A2AClient => {
    const client = clients.get(url) ?? new A2AClient(url);
    clients.set(url, client);
    return client;
  };

  const listCore = async (signal: AbortSignal): Promise<readonly ListedAgent[]> => {
    if (core === undefined) {
      return [];
    }
    const { text } = await core.send({
      operation: "list_agents",
      method: "GET",
      path: "/agents.json",
      idempotent: true,
      signal,
    });
    return coreAgents.parse(JSON.parse(text));
  };

  const look = async (url: string, signal: AbortSignal): Promise<ListedAgent> => {
    try {
      const { name, description } = await clientAt(url).card({ signal });
      return { name, description, url };
    } catch (error) {
      signal.throwIfAborted();
      return { name: url, description: `does not answer: ${String(error).slice(0, 200)}`, url };
    }
  };

  const list = async (signal: AbortSignal): Promise<readonly ListedAgent[]> => {
    const [ofCore, named] = await Promise.all([
      listCore(signal),
      Promise.all(options.urls.map((url) => look(url, signal))),
    ]);
    return [...ofCore, ...named];
  };

  return {
    list,
    async client(agent, signal) {
      const all = await list(signal);
      const found = all.filter(({ name, url }) => name === agent || url === agent);
      const [first] = found;
      const call = { service, operation: "agent" };
      if (first === undefined) {
        const names = all.map(({ name }) => name);
        throw new NotFoundError(`There is no agent ${agent}${didYouMean(agent, names)}`, {
          ...call,
          code: "agent_not_found",
        });
      }
      if (found.some(({ url }) => url !== first.url)) {
        throw new InvalidArgumentError(`Several agents are called ${agent}: name one by its URL`, {
          ...call,
          code: "ambiguous_agent",
        });
      }
      return clientAt(first.url);
    },
    async close() {
      await Promise.all([core?.close(), ...[...clients.values()].map((client) => client.close())]);
    },
  };
}
