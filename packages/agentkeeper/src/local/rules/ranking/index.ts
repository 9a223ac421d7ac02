// Find's ranking: agents ordered by how well their cards fit a query. Lexical: it knows words and endings, no meaning.
import { createAgentIndex, type Ranked, type RankedAgent } from "./agent-index.ts";

export { type AgentIndex, createAgentIndex, type Ranked, type RankedAgent } from "./agent-index.ts";
export type { RankedCard } from "./document.ts";

/**
 * Ranks a list of agents once: all of them, the best match first, equal scores by registration and then by id.
 * Rarity is counted within the list. Where the same agents are searched again and again, keep an `AgentIndex`.
 */
export function rank<Agent extends RankedAgent>(query: string, agents: readonly Agent[]): Ranked<Agent>[] {
  const index = createAgentIndex<Agent>();
  for (const agent of agents) index.add(agent);
  return index.search(query);
}
