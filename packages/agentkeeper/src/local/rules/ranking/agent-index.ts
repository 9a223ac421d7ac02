// The agents that Find ranks, indexed by stem and word, so that a query costs what it matches and not what is registered.
import { lowerBound } from "../lists/lower-bound.ts";
import { compareUtf8 } from "../lists/utf8-order.ts";
import { type Document, documentOf, type PerField, type RankedCard } from "./document.ts";
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
const wordSteps = 100_000;
/** Steps that a search may spend on words that are alike. */
const typoSteps = 100_000;

interface Entry<Agent extends RankedAgent> {
  readonly agent: Agent;
  readonly document: Document;
  // Notes of the search that runs, kept here because a map of entries would cost more than all else.
  /** The search that it takes part in. */
  search: number;
  score: number;
  /** The word that was last found to be alike to one of its own, and how alike. */
  typo: number;
  likeness: number;
}

export function createAgentIndex<Agent extends RankedAgent>(): AgentIndex<Agent> {
  const entries = new Map<string, Entry<Agent>>();
  /** The same entries by age, the order of those that score alike. */
  const byAge: Entry<Agent>[] = [];
  /** Who has a stem, and how often in each field. */
  const byStem = new Map<string, Map<Entry<Agent>, Readonly<PerField>>>();
  const vocabulary = createVocabulary<Entry<Agent>>();
  /** Numbers of the newest search, and of the newest word that was looked for. */
  let search = 0;
  let typo = 0;

  const index: AgentIndex<Agent> = {
    get size() {
      return entries.size;
    },

    add(agent) {
      index.remove(agent.agentId);
      const document = documentOf(agent.card);
      const entry: Entry<Agent> = { agent, document, search: 0, score: 0, typo: 0, likeness: 0 };
      entries.set(agent.agentId, entry);
      byAge.splice(positionByAge(byAge, entry), 0, entry);
      for (const [root, counts] of document.counts) {
        const users = byStem.get(root);
        if (users === undefined) byStem.set(root, new Map([[entry, counts]]));
        else users.set(entry, counts);
      }
      for (const word of document.words) vocabulary.add(word, entry);
    },

    remove(agentId) {
      const entry = entries.get(agentId);
      if (entry === undefined) return false;
      entries.delete(agentId);
      byAge.splice(positionByAge(byAge, entry), 1);
      for (const root of entry.document.counts.keys()) {
        const users = byStem.get(root);
        users?.delete(entry);
        if (users?.size === 0) byStem.delete(root);
      }
      for (const word of entry.document.words) vocabulary.remove(word, entry);
      return true;
    },

    search(query, { among = everybody, accept = everybody, limit = Infinity, meter = { steps: 0 } } = {}) {
      const searched = byAge.filter(({ agent }) => among(agent));
      meter.steps += byAge.length;
      scoreAll(query, searched, meter);
      const best: Ranked<Agent>[] = [];
      const unlike: Agent[] = [];
      for (const { agent, score } of searched) {
        const rounded = roundScore(score);
        if (rounded > 0 ? accept(agent) : unlike.length < limit && accept(agent)) {
          if (rounded > 0) best.push({ agent, score: rounded });
          else unlike.push(agent);
        }
        // Only the best are wanted: what cannot be among them is not sorted again.
        if (best.length > 2 * limit + 1_024) best.sort(byScoreThenAge).splice(limit);
      }
      best.sort(byScoreThenAge).splice(limit);
      for (const agent of unlike) {
        if (best.length >= limit) break;
        best.push({ agent, score: 0 });
      }
      return best;
    },
  };

  /** Notes the score of each agent. */
  function scoreAll(query: string, searched: readonly Entry<Agent>[], meter: { steps: number }): void {
    search += 1;
    const tokens = new Set(tokenize(query));
    const totals: PerField = [0, 0, 0];
    for (const entry of searched) {
      entry.search = search;
      entry.score = 0;
      addLengths(totals, entry.document);
    }
    const averages: PerField = [
      totals[0] / searched.length,
      totals[1] / searched.length,
      totals[2] / searched.length,
    ];
    let left = wordSteps;
    for (const users of rarestFirst(tokens)) {
      if (users.size > left && left < wordSteps) break;
      left -= users.size;
      meter.steps += users.size;
      let holders = 0;
      for (const entry of users.keys()) {
        if (entry.search === search) holders += 1;
      }
      const rarityOfStem = rarity(holders, searched.length);
      for (const [entry, counts] of users) {
        if (entry.search === search) {
          entry.score += stemScore(rarityOfStem, counts, entry.document.lengths, averages);
        }
      }
    }
    addTypos(tokens, meter);
  }

  /** Who has the stems of a query, for those that somebody has. */
  function rarestFirst(tokens: ReadonlySet<string>): ReadonlyMap<Entry<Agent>, Readonly<PerField>>[] {
    const held: ReadonlyMap<Entry<Agent>, Readonly<PerField>>[] = [];
    for (const root of new Set([...tokens].map(stem))) {
      const users = byStem.get(root);
      if (users !== undefined) held.push(users);
    }
    return held.sort((a, b) => a.size - b.size);
  }

  /** Half a point at most for each query token whose stem an agent lacks, and of which it uses a likeness. */
  function addTypos(tokens: ReadonlySet<string>, meter: { steps: number }): void {
    const long = [...tokens].filter((token) => [...token].length >= typoMinimumLength);
    // A word that nobody has is the likeliest to be misspelled.
    const missing = long.filter((token) => !byStem.has(stem(token)));
    let left = typoSteps;
    for (const token of new Set([...missing, ...long])) {
      // Looking up the trigrams is work too, however few have them.
      left -= token.length;
      meter.steps += token.length;
      if (left < 0) break;
      const { cost, words } = vocabulary.alike(token, typoMinimumLikeness, left);
      left -= cost;
      meter.steps += cost;
      typo += 1;
      const holders = byStem.get(stem(token));
      const misspelling: Entry<Agent>[] = [];
      for (const { likeness, users } of words) {
        if (users.size > left) continue;
        left -= users.size;
        meter.steps += users.size;
        for (const entry of users) {
          if (entry.search !== search || holders?.has(entry) === true) continue;
          if (entry.typo !== typo) {
            entry.typo = typo;
            entry.likeness = 0;
            misspelling.push(entry);
          }
          entry.likeness = Math.max(entry.likeness, likeness);
        }
      }
      for (const entry of misspelling) entry.score += typoWeight * entry.likeness;
    }
  }

  return index;
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
