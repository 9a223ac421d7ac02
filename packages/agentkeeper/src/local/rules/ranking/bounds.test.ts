// What a search costs at the limits of cards and queries, counted in steps: none may hold up everybody else.
import { describe, expect, test } from "vitest";
import { limits } from "../model/limits.ts";
import { createAgentIndex, type RankedAgent } from "./index.ts";

const letters = "abcdefghijklmnopqrstuvwxyz";
/** A word of its own for each number, and alike to all others. */
const wordOf = (index: number): string =>
  `abcd${letters[index % 26]}${letters[Math.floor(index / 26) % 26]}${letters[Math.floor(index / 676) % 26]}`;

/** Words from a number on, up to so many characters. */
function textOf(from: number, characters: number): string {
  const words: string[] = [];
  for (let index = from; words.length * 8 < characters - 8; index += 1) words.push(wordOf(index));
  return words.join(" ");
}

function largestAgent(number: number): RankedAgent {
  const { cardCapabilitiesCount, cardCapabilityDescription, cardDescription, cardToolsCount } = limits;
  return {
    agentId: `agent-${number}`,
    registeredAt: number,
    card: {
      name: `${wordOf(number)} shared`,
      description: textOf(number, cardDescription),
      tools: Array.from({ length: cardToolsCount }, (_, index) => textOf(number + index, 256)),
      capabilities: Array.from({ length: cardCapabilitiesCount }, (_, index) => ({
        name: wordOf(index),
        description: textOf(number * 7 + index * 1_000, cardCapabilityDescription),
      })),
    },
  };
}

const most = 500_000;

describe("a search at the limits", () => {
  const index = createAgentIndex<RankedAgent>();
  for (let number = 0; number < 200; number += 1) index.add(largestAgent(number));

  test.each([
    ["900 words that everybody has", textOf(0, limits.findQuery)],
    ["900 words that are misspelled", textOf(0, limits.findQuery).replaceAll("abcd", "abxd")],
    ["900 words of two kinds", `${textOf(0, 4_000)} ${textOf(9_000, 4_000).replaceAll("abcd", "abcx")}`],
    ["five words alike to all", "abcdq abcdz abcdy abcdx abcdw"],
    ["one word of 8 KiB", "abcd".repeat(2_000)],
  ])("AK-FIND-3 AK-FIND-4 %s: bounded work, and a whole answer", (_what, query) => {
    const meter = { steps: 0 };
    expect(index.search(query, { meter })).toHaveLength(200);
    expect(meter.steps).toBeLessThan(most);
  });

  test("AK-FIND-5 a limit answers the first of all", () => {
    const all = index.search("shared abcdq");
    expect(index.search("shared abcdq", { limit: 7 })).toEqual(all.slice(0, 7));
    const odd = ({ registeredAt }: RankedAgent): boolean => registeredAt % 2 === 1;
    expect(index.search("shared abcdq", { limit: 7, accept: odd })).toEqual(
      all.filter(({ agent }) => odd(agent)).slice(0, 7),
    );
  });
});

const plain = { description: "", tools: [], capabilities: [] };

test("AK-FIND-3 the rarest words of a query count, whatever else it asks for", () => {
  const index = createAgentIndex<RankedAgent>();
  const query = textOf(0, limits.findQuery - 10);
  const card = { ...plain, name: "worker", description: query };
  for (let number = 0; number < 1_000; number += 1) {
    index.add({ agentId: `agent-${number}`, registeredAt: number, card });
  }
  index.add({ agentId: "special", registeredAt: 1_000, card: { ...plain, name: "zebra" } });
  const meter = { steps: 0 };
  const [first] = index.search(`${query} zebra`, { limit: 1, meter });
  expect(first?.agent.agentId).toBe("special");
  expect(meter.steps).toBeLessThan(most);
});

test("AK-FIND-3 a word that very many agents have still ranks them", () => {
  const index = createAgentIndex<RankedAgent>();
  const [shared, other] = [
    { ...plain, name: "shared" },
    { ...plain, name: "other" },
  ];
  for (let number = 0; number < 230_000; number += 1) {
    const card = number % 10 === 0 ? other : shared;
    index.add({ agentId: `agent-${number}`, registeredAt: number, card });
  }
  const meter = { steps: 0 };
  expect(index.search("shared", { limit: 1, meter })[0]?.agent.agentId).toBe("agent-1");
  expect(meter.steps).toBeLessThan(most);
});
