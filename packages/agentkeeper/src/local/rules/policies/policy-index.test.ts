import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  createPolicyIndex,
  type IndexedPolicy,
  type PolicyDecision,
  type PolicyIndex,
} from "./policy-index.ts";
import { compilePattern } from "./wildcard.ts";

type Fields = readonly [subject: string, action: string, resource: string];

function indexOf(...policies: readonly IndexedPolicy[]): PolicyIndex {
  const index = createPolicyIndex();
  for (const policy of policies) index.add(policy);
  return index;
}

function policy(id: string, effect: "allow" | "deny", fields: Fields = ["*", "*", "*"]): IndexedPolicy {
  const [subject, action, resource] = fields;
  return { id, effect, subject, action, resource };
}

/** The decision by looking at every policy. */
function naiveCheck(policies: Iterable<IndexedPolicy>, [subject, action, resource]: Fields): PolicyDecision {
  const matching = [...policies].filter(
    (each) =>
      compilePattern(each.subject).matches(subject) &&
      compilePattern(each.action).matches(action) &&
      compilePattern(each.resource).matches(resource),
  );
  for (const [effect, verb] of [
    ["deny", "denied"],
    ["allow", "allowed"],
  ] as const) {
    const ids = matching.filter((each) => each.effect === effect).map(({ id }) => id);
    ids.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    if (ids[0] !== undefined) {
      const quoted = ids[0].replaceAll("\\", "\\\\").replaceAll('"', '\\"');
      return { allowed: effect === "allow", reason: `${verb} by policy "${quoted}"`, determiningIds: ids };
    }
  }
  return { allowed: false, reason: "no matching policy", determiningIds: [] };
}

test("AK-P1 a policy matches only when subject, action and resource all match", () => {
  const index = indexOf(policy("p", "allow", ["agent:*", "call", "tool:*"]));
  expect(index.check("agent:a", "call", "tool:x").allowed).toBe(true);
  expect(index.check("user:a", "call", "tool:x").allowed).toBe(false);
  expect(index.check("agent:a", "read", "tool:x").allowed).toBe(false);
  expect(index.check("agent:a", "call", "file:x").allowed).toBe(false);
});

test("AK-P3 a star in the checked value is a literal star", () => {
  const index = indexOf(policy("p", "allow", ["agent:a", "call", "tool:x"]));
  expect(index.check("agent:*", "call", "tool:x").allowed).toBe(false);
  expect(index.check("agent:a", "*", "*").allowed).toBe(false);
  expect(indexOf(policy("p", "allow", ["agent:\\*", "*", "*"])).check("agent:*", "call", "x").allowed).toBe(
    true,
  );
});

describe("AK-P4 a deny", () => {
  test("AK-P4 wins over every allow, however exact", () => {
    const index = indexOf(policy("a", "allow", ["agent:a", "call", "tool:x"]), policy("z", "deny"));
    expect(index.check("agent:a", "call", "tool:x")).toEqual({
      allowed: false,
      reason: 'denied by policy "z"',
      determiningIds: ["z"],
    });
  });

  test("AK-P4 of several the one with the smallest id by bytes is named", () => {
    // U+FF5E is three bytes beginning with EF, U+1F600 four beginning with F0; UTF-16 would order them the other way.
    const index = indexOf(policy("\u{1F600}", "deny"), policy("\uFF5E", "deny", ["s", "*", "*"]));
    expect(index.check("s", "a", "r").determiningIds).toEqual(["\uFF5E", "\u{1F600}"]);
    expect(index.check("s", "a", "r").reason).toBe('denied by policy "\uFF5E"');
  });

  test("AK-P4 quotes and backslashes of its id get a backslash", () => {
    expect(indexOf(policy('a"b\\c', "deny")).check("s", "a", "r").reason).toBe(
      'denied by policy "a\\"b\\\\c"',
    );
  });
});

test("AK-P5 without a deny an allow decides, the smallest id by bytes of several", () => {
  const index = indexOf(
    policy("b", "allow"),
    policy("a", "allow", ["s", "*", "*"]),
    policy("c", "deny", ["t", "*", "*"]),
  );
  expect(index.check("s", "a", "r")).toEqual({
    allowed: true,
    reason: 'allowed by policy "a"',
    determiningIds: ["a", "b"],
  });
});

test("AK-P6 without any match the answer is no", () => {
  const expected = { allowed: false, reason: "no matching policy", determiningIds: [] };
  expect(createPolicyIndex().check("s", "a", "r")).toEqual(expected);
  expect(indexOf(policy("p", "allow", ["t", "*", "*"])).check("s", "a", "r")).toEqual(expected);
});

test("AK-P7 a decision that was given stays as it was when policies change", () => {
  const index = indexOf(policy("b", "allow"));
  const before = index.check("s", "a", "r");
  index.add(policy("a", "allow"));
  index.remove("b");
  expect(before.determiningIds).toEqual(["b"]);
});

// Few patterns, so that policies often share one, also in two spellings, and are often taken out and put back.
const pattern = fc.constantFrom("*", "a", "a*", "*b", "*a*", "a*b", "\\*", "a\\b", "a\\\\b", "ab");
const value = fc.constantFrom("a", "b", "ab", "aab", "*", "a\\b", "");
const id = fc.constantFrom("a", "b", "aa", "\uFF5E", "\u{1F600}", '"', "\\");
const change = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(id, fc.constantFrom("allow", "deny"), fc.tuple(pattern, pattern, pattern)),
  },
  { weight: 1, arbitrary: id },
);

test("AK-P1 AK-P4 AK-P5 AK-P6 after any changes the index decides as a look at every policy does", () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 25 }),
      fc.array(fc.tuple(value, value, value)),
      (changes, checks) => {
        const index = createPolicyIndex();
        const model = new Map<string, IndexedPolicy>();
        for (const each of changes) {
          if (typeof each === "string") {
            expect(index.remove(each)).toBe(model.delete(each));
          } else {
            index.add(policy(...each));
            model.set(each[0], policy(...each));
          }
          expect(index.size).toBe(model.size);
          for (const fields of checks)
            expect(index.check(...fields)).toEqual(naiveCheck(model.values(), fields));
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
