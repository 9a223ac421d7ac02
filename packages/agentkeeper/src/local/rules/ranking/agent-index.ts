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
   * All agents, the best match first; equal scores by registration, then by id. Nobody is dropped, so callers filter
   * and stop where they have enough. The index must not change before they stop.
   */
  search(query: string): Iterable<Ranked<Agent>>;
}

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
  const totalLengths: PerField = [0, 0, 0];

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
      addLengths(totalLengths, entry.document, 1);
    },

    remove(agentId) {
      const entry = entries.get(agentId);
      if (entry === undefined) return false;
      entries.delete(agentId);
      byAge.splice(positionByAge(byAge, entry), 1);
      for (const root of entry.document.counts.keys()) removeFrom(byStem, root, entry);
      for (const word of entry.document.words) vocabulary.remove(word, entry);
      addLengths(totalLengths, entry.document, -1);
      return true;
    },

    *search(query) {
      const scores = scoresFor(query);
      const scored: Ranked<Agent>[] = [];
      for (const [{ agent }, score] of scores) {
        if (roundScore(score) > 0) scored.push({ agent, score: roundScore(score) });
      }
      yield* scored.sort(byScoreThenAge);
      for (const entry of byAge) {
        if (roundScore(scores.get(entry) ?? 0) === 0) yield { agent: entry.agent, score: 0 };
      }
    },
  };

  /** The score of each agent that has one. */
  function scoresFor(query: string): Map<Entry<Agent>, number> {
    const scores = new Map<Entry<Agent>, number>();
    const tokens = new Set(tokenize(query));
    const averages: PerField = [
      totalLengths[0] / entries.size,
      totalLengths[1] / entries.size,
      totalLengths[2] / entries.size,
    ];
    for (const root of new Set([...tokens].map(stem))) {
      const holders = byStem.get(root);
      if (holders === undefined) continue;
      const rarityOfStem = rarity(holders.size, entries.size);
      for (const entry of holders) {
        const counts = entry.document.counts.get(root);
        if (counts === undefined) continue;
        addScore(scores, entry, stemScore(rarityOfStem, counts, entry.document.lengths, averages));
      }
    }
    for (const token of tokens) {
      for (const [entry, likeness] of misspellersOf(token)) addScore(scores, entry, typoWeight * likeness);
    }
    return scores;
  }

  /** The agents without a query token's stem that use a word like it, each with its best likeness. */
  function misspellersOf(token: string): Map<Entry<Agent>, number> {
    const best = new Map<Entry<Agent>, number>();
    if ([...token].length < typoMinimumLength) return best;
    const root = stem(token);
    for (const { likeness, users } of vocabulary.alike(token, typoMinimumLikeness)) {
      for (const entry of users) {
        if (entry.document.counts.has(root)) continue;
        if (likeness > (best.get(entry) ?? 0)) best.set(entry, likeness);
      }
    }
    return best;
  }

  return index;
}

function addScore<Key>(scores: Map<Key, number>, key: Key, score: number): void {
  scores.set(key, (scores.get(key) ?? 0) + score);
}

function addLengths(totals: PerField, { lengths }: Document, sign: 1 | -1): void {
  totals[0] += sign * lengths[0];
  totals[1] += sign * lengths[1];
  totals[2] += sign * lengths[2];
}

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
