import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createAgentIndex, type RankedAgent, type RankedCard, rank } from "./index.ts";
import { stem } from "./stem.ts";
import { tokenize } from "./tokens.ts";
import { trigrams } from "./trigrams.ts";

function agent(agentId: string, card: Partial<RankedCard>, registeredAt = 0): RankedAgent {
  return { agentId, registeredAt, card: { name: "", description: "", tools: [], capabilities: [], ...card } };
}

function ids(query: string, agents: readonly RankedAgent[]): string[] {
  return rank(query, agents).map((ranked) => ranked.agent.agentId);
}

function scoreOf(query: string, agents: readonly RankedAgent[], agentId: string): number | undefined {
  return rank(query, agents).find((ranked) => ranked.agent.agentId === agentId)?.score;
}

describe("AK-FIND-1 tokens", () => {
  test.each([
    ["parseHTMLPage", ["parse", "htmlpage"]],
    ["ﬁle of THE Web", ["file", "web"]],
    ["ＦＵＬＬ width", ["full", "width"]],
    ["v2Beta", ["v2", "beta"]],
    ["日本語 テスト-x", ["日本語", "テスト", "x"]],
    ["a_b.c/d", ["b", "c", "d"]],
    ["éÀ", ["é", "à"]],
    ["  ...  ", []],
    ["using it with an and", []],
  ])("AK-FIND-1 %j has the tokens %j", (text, tokens) => {
    expect(tokenize(text)).toEqual(tokens);
  });
});

describe("AK-FIND-2 stems", () => {
  test.each([
    ["ties", "tie"], // `ies` needs more than four letters
    ["cities", "city"],
    ["sizes", "siz"],
    ["dishes", "dish"],
    ["bus", "bus"],
    ["this", "this"],
    ["glass", "glass"],
    ["localization", "localiz"],
    ["creation", "creat"],
    ["action", "act"],
    ["nation", "nat"],
    ["bring", "bring"], // no vowel before the ending, and too short
    ["trying", "try"], // y is a vowel
    ["calling", "call"],
    ["passed", "pass"],
    ["buzzing", "buzz"],
    ["planner", "plan"],
    ["editor", "edit"],
    ["tor", "tor"],
    ["actor", "actor"], // `or` needs six letters
    ["über", "über"],
    ["x2ing", "x2ing"],
    ["page", "pag"],
    ["ease", "eas"],
  ])("AK-FIND-2 the stem of %j is %j", (token, expected) => {
    expect(stem(token)).toBe(expected);
  });
});

describe("AK-FIND-3 scores", () => {
  test("AK-FIND-3 a word in the name weighs more than in the tools, there more than in the description", () => {
    const agents = [
      agent("described", { description: "pdf", tools: ["x"], name: "y" }),
      agent("named", { description: "x", tools: ["y"], name: "pdf" }),
      agent("equipped", { description: "y", tools: ["pdf"], name: "x" }),
    ];
    expect(ids("pdf", agents)).toEqual(["named", "equipped", "described"]);
  });

  test("AK-FIND-3 capability names and descriptions count as description", () => {
    const capable = agent("a", { capabilities: [{ name: "ocr", description: "reads scans" }] });
    const described = agent("a", { description: "ocr reads scans" });
    const other = agent("b", { description: "something else" });
    expect(scoreOf("scan ocr", [capable, other], "a")).toBe(scoreOf("scan ocr", [described, other], "a"));
  });

  test("AK-FIND-3 a stem that is asked for twice counts once", () => {
    const agents = [agent("a", { name: "parser" }), agent("b", { name: "other" })];
    expect(scoreOf("parse parsing parser", agents, "a")).toBe(scoreOf("parser", agents, "a"));
  });

  test("AK-FIND-3 a field that is empty everywhere dilutes nothing", () => {
    // N = 2, df = 1: idf = ln(1 + 1.5 / 1.5); one occurrence in a description of average length: tf' = 1.
    const agents = [agent("a", { description: "pdf" }), agent("b", { description: "web" })];
    expect(scoreOf("pdf", agents, "a")).toBe(Math.round((Math.LN2 / 2.2) * 1e6) / 1e6);
  });
});

describe("AK-FIND-4 typing errors", () => {
  const agents = [
    agent("a", { description: "translates documents" }),
    agent("b", { description: "sends mail" }),
  ];

  test("AK-FIND-4 a misspelt word of four letters or more finds its like, at no more than half a point", () => {
    expect(ids("translats", agents)[0]).toBe("a");
    const score = scoreOf("documnts", agents, "a") ?? 0;
    expect(score).toBeGreaterThanOrEqual(0.25);
    expect(score).toBeLessThanOrEqual(0.5);
  });

  test("AK-FIND-4 shorter words and words less than half alike add nothing", () => {
    expect(scoreOf("mai", agents, "b")).toBe(0);
    expect(scoreOf("transport", agents, "b")).toBe(0);
  });

  test("AK-FIND-4 a word whose stem the agent has adds nothing for being alike", () => {
    const exact = scoreOf("documents", agents, "a") ?? 0;
    expect(scoreOf("document", agents, "a")).toBe(exact);
  });
});

describe("AK-FIND-5 order", () => {
  test("AK-FIND-5 equal scores stand by registration, then by the bytes of the id; nobody is dropped", () => {
    const agents = [
      agent("late", {}, 5),
      agent("\u{1F600}", {}, 1),
      agent("\uFF5E", {}, 1),
      agent("first", {}, 0),
    ];
    expect(ids("anything", agents)).toEqual(["first", "\uFF5E", "\u{1F600}", "late"]);
    expect(ids("", agents)).toEqual(["first", "\uFF5E", "\u{1F600}", "late"]);
    expect(rank("", [])).toEqual([]);
  });
});

/** Section by section the same arithmetic without any index: every agent against every word. */
function naiveRank(query: string, agents: readonly RankedAgent[]): [agentId: string, score: number][] {
  const weights = [2, 1.5, 1];
  const fields = agents.map(({ card }) =>
    [
      card.name,
      card.tools.join(" "),
      [card.description, ...card.capabilities.flatMap((c) => [c.name, c.description])].join(" "),
    ].map(tokenize),
  );
  const averages = weights.map(
    (_, f) => fields.reduce((sum, own) => sum + (own[f]?.length ?? 0), 0) / agents.length,
  );
  const queryTokens = [...new Set(tokenize(query))];
  const scored = agents.map(({ agentId, registeredAt }, d) => {
    const own = fields[d] ?? [];
    let score = 0;
    for (const root of new Set(queryTokens.map(stem))) {
      const holders = fields.filter((each) => each.flat().some((token) => stem(token) === root)).length;
      const idf = Math.log(1 + (agents.length - holders + 0.5) / (holders + 0.5));
      let tf = 0;
      for (const [f, weight] of weights.entries()) {
        const average = averages[f] ?? 0;
        const count = own[f]?.filter((token) => stem(token) === root).length ?? 0;
        tf += (weight * count) / (average === 0 ? 1 : 0.25 + (0.75 * (own[f]?.length ?? 0)) / average);
      }
      score += (idf * tf) / (1.2 + tf);
    }
    for (const token of queryTokens) {
      if ([...token].length < 4 || own.flat().some((each) => stem(each) === stem(token))) continue;
      const likenesses = own.flat().map((each) => {
        const [a, b] = [trigrams(token), trigrams(each)];
        return (2 * [...a].filter((gram) => b.has(gram)).length) / (a.size + b.size);
      });
      const best = Math.max(0, ...likenesses);
      if (best >= 0.5) score += best / 2;
    }
    return { agentId, registeredAt, score: Math.round(score * 1e6) / 1e6 };
  });
  scored.sort(
    (a, b) =>
      b.score - a.score ||
      a.registeredAt - b.registeredAt ||
      Buffer.compare(Buffer.from(a.agentId), Buffer.from(b.agentId)),
  );
  return scored.map(({ agentId, score }) => [agentId, score]);
}

const word = fc.constantFrom(
  "fetch",
  "fetches",
  "page",
  "pages",
  "web",
  "webs",
  "document",
  "documnt",
  "pdfReader",
  "4",
  "the",
);
const text = fc.array(word, { maxLength: 5 }).map((words) => words.join(" "));
const card = fc.record({
  name: text,
  description: text,
  tools: fc.array(word, { maxLength: 3 }),
  capabilities: fc.array(fc.record({ name: text, description: text }), { maxLength: 2 }),
});
const anyAgent: fc.Arbitrary<RankedAgent> = fc.record({
  agentId: fc.constantFrom("a", "b", "c", "d", "e", "f", "\uFF5E", "\u{1F600}"),
  registeredAt: fc.integer({ min: 0, max: 3 }),
  card,
});
const change = fc.oneof(
  { weight: 3, arbitrary: anyAgent },
  { weight: 1, arbitrary: anyAgent.map((a) => a.agentId) },
);

test("AK-FIND-3 AK-FIND-4 AK-FIND-5 after any changes the index answers what counting everything anew answers", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 15 }), text, (changes, query) => {
      const index = createAgentIndex();
      const model = new Map<string, RankedAgent>();
      for (const each of changes) {
        if (typeof each === "string") {
          expect(index.remove(each)).toBe(model.delete(each));
        } else {
          index.add(each);
          model.set(each.agentId, each);
        }
      }
      expect(index.size).toBe(model.size);
      const answer = [...index.search(query)].map(({ agent, score }) => [agent.agentId, score]);
      expect(answer).toEqual(naiveRank(query, [...model.values()]));
      expect(rank(query, [...model.values()]).map(({ agent, score }) => [agent.agentId, score])).toEqual(
        answer,
      );
    }),
    { numRuns: 1_000 },
  );
});
