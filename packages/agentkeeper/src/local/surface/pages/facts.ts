// What the pages of a daemon need to know of it.
import type { Engine } from "../../engine/engine.ts";
import type { KeeperHistory } from "../../engine/history.ts";
import type { State } from "../../rules/model/state.ts";

export interface PageFacts {
  readonly engine: Engine;
  /** How many watches are open. */
  readonly watchers: () => number;
  readonly history: KeeperHistory;
  /** `memory`, or the data directory. */
  readonly store: string;
  /** `HOST:PORT` of gRPC. */
  readonly grpcAddress: () => string;
}

/** The first line of every snippet: a client of this daemon. */
export function connecting({ grpcAddress }: PageFacts): string {
  const address = grpcAddress();
  const cut = address.lastIndexOf(":");
  const host = address.slice(0, cut).replace(/^\[|\]$/g, "");
  return `import { AgentKeeperClient } from "@x/agentkeeper";

const client = new AgentKeeperClient({ host: ${JSON.stringify(host)}, port: ${address.slice(cut + 1)} });`;
}

/** What people call an agent; its id when it is no longer known. */
export function nameOf(state: State, agentId: string): string {
  return state.agents.get(agentId)?.card.name ?? agentId;
}
