import { expect, test } from "vitest";
import { probe } from "./literal-shelves.ts";
import { createPatternIndex } from "./pattern-index.ts";

test.each(["tool:x", "tool:*", "*:x", "*ool:*", "*o*l*", "*"])(
  "AK-P7 pattern %j is found until it is deleted",
  (text) => {
    const index = createPatternIndex<string>();
    const found = (): string[] => {
      const targets: string[] = [];
      index.collect(probe("tool:x"), targets);
      return targets;
    };
    index.ensure(text, () => "target");
    expect(index.ensure(text, () => "another")).toBe("target");
    expect(found()).toEqual(["target"]);
    index.delete(text);
    expect(found()).toEqual([]);
    expect(index.size).toBe(0);
  },
);
