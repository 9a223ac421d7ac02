import fc from "fast-check";
import { expect, test } from "vitest";
import { createLiteralShelves, probe, type Shelved } from "./literal-shelves.ts";
import { compilePattern } from "./wildcard.ts";

// Few letters, so that pieces repeat within a text and patterns compete for the same pieces.
const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
const wild = fc.array(text, { minLength: 2, maxLength: 4 }).map((literals) => literals.join("*"));

test("AK-P2 among shelved patterns every one that matches a value is visited, once, until it is taken out", () => {
  fc.assert(
    fc.property(fc.array(wild), fc.array(fc.boolean()), fc.array(text), (patterns, kept, values) => {
      const shelves = createLiteralShelves<Shelved>();
      const items = patterns.map((each) => ({ pattern: compilePattern(each) }));
      for (const item of items) shelves.add(item);
      const left = items.filter((item, index) => {
        if (kept[index] ?? true) return true;
        shelves.delete(item);
        return false;
      });
      for (const value of values) {
        const visited: Shelved[] = [];
        shelves.visit(probe(value), (item) => visited.push(item));
        expect(new Set(visited).size).toBe(visited.length);
        expect(left).toEqual(expect.arrayContaining(visited));
        expect(visited).toEqual(expect.arrayContaining(left.filter(({ pattern }) => pattern.matches(value))));
      }
    }),
    { numRuns: 2_000 },
  );
});

test("AK-P2 patterns that differ in the middle only are told apart by it", () => {
  const shelves = createLiteralShelves<Shelved>();
  for (let number = 0; number < 1_000; number++) {
    shelves.add({ pattern: compilePattern(`agent:*worker-${1_000 + number}*`) });
  }
  let visited = 0;
  shelves.visit(probe("agent:team-1:worker-1234:x"), () => visited++);
  expect(visited).toBeLessThan(20);
});
