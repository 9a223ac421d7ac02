// The agents that Find ranks, indexed by stem and word, so that a query costs what it matches and not what is registered.
import { lowerBound } from "../lists/lower-bound.ts";
import { compareUtf8 } from "../lists/utf8-order.ts";
import { type Document, documentOf, type PerField, type RankedCard } from "./document.ts";
import { addTo, removeFrom } from "./postings.ts";
import {
  rarity,
  roundScore,
  stemScore,
  typoMinimumLength,
  typoMinimumLikeness,
  typoWeight,
} from "./score.ts";
import { stem } from "./stem.ts";
import { tokenize } from "./tokens.ts";
import { createVocabulary } from "./vocabulary.ts";

/** What ranking reads of an agent. */
export interface RankedAgent {
  readonly agentId: string;
  /** Time of registration; only its order counts. */
  readonly registeredAt: number;
  readonly card: RankedCard;
}

/** An agent and its score, rounded to 6 decimals; 0 is no likeness at all. */
export interface Ranked<Agent extends RankedAgent> {
  readonly agent: Agent;
  readonly score: number;
}

export interface AgentIndex<Agent extends RankedAgent> {
  readonly size: number;
  /** Adds an agent, or replaces the one with its id. The card must not change while it is in the index. */
  add(agent: Agent): void;
  /** Takes an agent out; false if it was not in. */
  remove(agentId: string): boolean;
  /**
   * Agents, the best match first; equal scores by registration, then by id. Nobody is dropped for a score of 0. What a search
   * costs grows with the number of agents, and with no product of it and the words of queries and cards: of a query that asks for
   * more, the rarest words count.
   */
  search(query: string, options?: SearchOptions<Agent>): Ranked<Agent>[];
}

/** What to search. */
export interface SearchOptions<Agent extends RankedAgent> {
  /** The agents among whom rarity is counted, and who are answered. @default all */
  readonly among?: (agent: Agent) => boolean;
  /** Who of these is answered. @default all */
  readonly accept?: (agent: Agent) => boolean;
  /** How many are answered. @default all */
  readonly limit?: number;
  /** Counts the steps of the work, for tests. */
  readonly meter?: { steps: number };
}

/** Steps that a search may spend on words that agents use; the rarest word of a query counts at any price. */
const wordSteps = 200_000;
/** Steps that a search may spend on words that are alike. */
const typoSteps = 200_000;

interface Entry<Agent extends RankedAgent> {
  readonly agent: Agent;
  readonly document: Document;
}

export function createAgentIndex<Agent extends RankedAgent>(): AgentIndex<Agent> {
  const entries = new Map<string, Entry<Agent>>();
  /** The same entries by age, the order of those that score alike. */
  const byAge: Entry<Agent>[] = [];
  const byStem = new Map<string, Set<Entry<Agent>>>();
  const vocabulary = createVocabulary<Entry<Agent>>();

  const index: AgentIndex<Agent> = {
    get size() {
      return entries.size;
    },

    add(agent) {
      index.remove(agent.agentId);
      const entry = { agent, document: documentOf(agent.card) };
      entries.set(agent.agentId, entry);
      byAge.splice(positionByAge(byAge, entry), 0, entry);
      for (const root of entry.document.counts.keys()) addTo(byStem, root, entry);
      for (const word of entry.document.words) vocabulary.add(word, entry);
    },

    remove(agentId) {
      const entry = entries.get(agentId);
      if (entry === undefined) return false;
      entries.delete(agentId);
      byAge.splice(positionByAge(byAge, entry), 1);
      for (const root of entry.document.counts.keys()) removeFrom(byStem, root, entry);
      for (const word of entry.document.words) vocabulary.remove(word, entry);
      return true;
    },

    search(query, { among = everybody, accept = everybody, limit = Infinity, meter = { steps: 0 } } = {}) {
      const searched = byAge.filter(({ agent }) => among(agent));
      meter.steps += byAge.length;
      const scores = scoresFor(query, searched, among, meter);
      const best: Ranked<Agent>[] = [];
      for (const [{ agent }, score] of scores) {
        if (roundScore(score) > 0 && accept(agent)) best.push({ agent, score: roundScore(score) });
        // Only the best are wanted: what cannot be among them is not sorted again.
        if (best.length > 2 * limit + 1_024) best.sort(byScoreThenAge).splice(limit);
      }
      best.sort(byScoreThenAge);
      for (const entry of searched) {
        if (best.length >= limit) break;
        if (roundScore(scores.get(entry) ?? 0) === 0 && accept(entry.agent)) {
          best.push({ agent: entry.agent, score: 0 });
        }
      }
      return best.slice(0, limit);
    },
  };

  /** The score of each agent that has one. */
  function scoresFor(
    query: string,
    searched: readonly Entry<Agent>[],
    among: (agent: Agent) => boolean,
    meter: { steps: number },
  ): Map<Entry<Agent>, number> {
    const scores = new Map<Entry<Agent>, number>();
    const tokens = new Set(tokenize(query));
    const totals: PerField = [0, 0, 0];
    for (const { document } of searched) addLengths(totals, document);
    const averages: PerField = [
      totals[0] / searched.length,
      totals[1] / searched.length,
      totals[2] / searched.length,
    ];
    let left = wordSteps;
    for (const [root, users] of rarestFirst(tokens)) {
      if (users.size > left && left < wordSteps) break;
      left -= users.size;
      meter.steps += users.size;
      const holders = [...users].filter(({ agent }) => among(agent));
      const rarityOfStem = rarity(holders.length, searched.length);
      for (const entry of holders) {
        const counts = entry.document.counts.get(root);
        if (counts === undefined) continue;
        addScore(scores, entry, stemScore(rarityOfStem, counts, entry.document.lengths, averages));
      }
    }
    addTypos(scores, tokens, among, meter);
    return scores;
  }

  /** The stems of a query that somebody has, each with who has it. */
  function rarestFirst(tokens: ReadonlySet<string>): (readonly [string, ReadonlySet<Entry<Agent>>])[] {
    const held: (readonly [string, ReadonlySet<Entry<Agent>>])[] = [];
    for (const root of new Set([...tokens].map(stem))) {
      const users = byStem.get(root);
      if (users !== undefined) held.push([root, users]);
    }
    return held.sort(([, a], [, b]) => a.size - b.size);
  }

  /** Half a point at most for each query token whose stem an agent lacks, and of which it uses a likeness. */
  function addTypos(
    scores: Map<Entry<Agent>, number>,
    tokens: ReadonlySet<string>,
    among: (agent: Agent) => boolean,
    meter: { steps: number },
  ): void {
    const long = [...tokens].filter((token) => [...token].length >= typoMinimumLength);
    // A word that nobody has is the likeliest to be misspelled.
    const missing = long.filter((token) => !byStem.has(stem(token)));
    let left = typoSteps;
    for (const token of new Set([...missing, ...long])) {
      // Looking up the trigrams is work too, however few have them.
      left -= token.length;
      meter.steps += token.length;
      if (left < 0) break;
      const cost = vocabulary.costOf(token);
      if (cost > left) continue;
      left -= cost;
      meter.steps += cost;
      const best = new Map<Entry<Agent>, number>();
      const root = stem(token);
      for (const { likeness, users } of vocabulary.alike(token, typoMinimumLikeness)) {
        if (users.size > left) continue;
        left -= users.size;
        meter.steps += users.size;
        for (const entry of users) {
          if (entry.document.counts.has(root) || !among(entry.agent)) continue;
          if (likeness > (best.get(entry) ?? 0)) best.set(entry, likeness);
        }
      }
      for (const [entry, likeness] of best) addScore(scores, entry, typoWeight * likeness);
    }
  }

  return index;
}

function addScore<Key>(scores: Map<Key, number>, key: Key, score: number): void {
  scores.set(key, (scores.get(key) ?? 0) + score);
}

function addLengths(totals: PerField, { lengths }: Document): void {
  totals[0] += lengths[0];
  totals[1] += lengths[1];
  totals[2] += lengths[2];
}

const everybody = (): boolean => true;

function byScoreThenAge(a: Ranked<RankedAgent>, b: Ranked<RankedAgent>): number {
  return b.score - a.score || compareAge(a.agent, b.agent);
}

function compareAge(a: RankedAgent, b: RankedAgent): number {
  return a.registeredAt - b.registeredAt || compareUtf8(a.agentId, b.agentId);
}

/** Where an entry stands in the list by age, or belongs if it is not in it. */
function positionByAge<Agent extends RankedAgent>(
  byAge: readonly Entry<Agent>[],
  { agent }: Entry<Agent>,
): number {
  return lowerBound(byAge, (other) => compareAge(other.agent, agent) < 0);
}
