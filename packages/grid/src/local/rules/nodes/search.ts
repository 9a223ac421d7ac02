// Search by words: how many of the query's words a node's own words meet. No embeddings: the same input, the same output.
import { compareCodePoints } from "@x/core";
import type { CommandOf, Replies, SearchHit } from "../model/commands.ts";
import type { GridNode } from "../model/entities.ts";
import { isOnline, type State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";
import { compareIds } from "../order.ts";

/** What a node says in words; a node is replaced when it says something else. */
interface NodeWords {
  readonly words: ReadonlySet<string>;
  /** Words of five letters or more by their first five. */
  readonly stems: ReadonlyMap<string, readonly string[]>;
}

const wordsOfNode = new WeakMap<GridNode, NodeWords>();

export function search(
  state: State,
  { nodeId, query, filters, limit }: CommandOf<"search">,
  turn: GridTurn,
): Replies["search"] {
  const { wall } = turn.now;
  const caller = state.nodes.get(nodeId)?.gridIds ?? [];
  const grids = filters.gridId === null ? caller : caller.filter((gridId) => gridId === filters.gridId);
  const wanted = tokens(query);
  const hits: SearchHit[] = [];
  for (const node of state.nodes.values()) {
    const online = isOnline(state, node, wall);
    const isWanted =
      node.nodeId !== nodeId &&
      node.gridIds.some((gridId) => grids.includes(gridId)) &&
      (!filters.onlineOnly || online) &&
      (filters.status === null || node.status === filters.status) &&
      (filters.minReputation === null ||
        (node.reputation ?? Number.NEGATIVE_INFINITY) >= filters.minReputation) &&
      (filters.skillIds === null ||
        filters.skillIds.every((id) => node.skills.some((skill) => skill.id === id)));
    const score = isWanted ? scoreOf(node, wanted) : 0;
    if (score > 0) {
      hits.push({ node, isOnline: online, score });
    }
  }
  return { hits: hits.sort(byRank).slice(0, limit) };
}

function byRank(a: SearchHit, b: SearchHit): number {
  return (
    b.score - a.score ||
    (b.node.reputation ?? Number.NEGATIVE_INFINITY) - (a.node.reputation ?? Number.NEGATIVE_INFINITY) ||
    compareCodePoints(a.node.name, b.node.name) ||
    compareIds(a.node.nodeId, b.node.nodeId)
  );
}

function scoreOf(node: GridNode, wanted: ReadonlySet<string>): number {
  if (wanted.size === 0) {
    return 0;
  }
  const { words, stems } = wordsOf(node);
  let matched = 0;
  for (const token of wanted) {
    const isMet = words.has(token) || (stems.get(stem(token)) ?? []).some((word) => areAlike(token, word));
    matched += isMet ? 1 : 0;
  }
  return Math.round((matched / wanted.size) * 10_000) / 10_000;
}

function wordsOf(node: GridNode): NodeWords {
  let known = wordsOfNode.get(node);
  if (known === undefined) {
    const texts = node.skills.flatMap(({ id, name, description = "" }) => [id, name, description]);
    const words = tokens([node.name, node.description, ...texts].join(" "));
    const stems = new Map<string, string[]>();
    for (const word of words) {
      const alike = stems.get(stem(word)) ?? [];
      stems.set(stem(word), alike);
      alike.push(word);
    }
    known = { words, stems };
    wordsOfNode.set(node, known);
  }
  return known;
}

function tokens(text: string): ReadonlySet<string> {
  const all = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((token) => [...token].length > 1);
  return new Set(all);
}

const stem = (word: string): string => word.slice(0, 5);

/** Whether two words begin with the same five characters or more and differ only in the last three. */
function areAlike(a: string, b: string): boolean {
  let common = 0;
  while (common < a.length && a[common] === b[common]) {
    common += 1;
  }
  return common >= 5 && a.length - common <= 3 && b.length - common <= 3;
}
