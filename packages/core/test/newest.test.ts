// A map that remembers what was noted last.
import { expect, test } from "vitest";
import { keepNewest } from "../src/newest.ts";

test("an entry that is noted again is the newest, and the oldest beyond the bound is forgotten", () => {
  const map = new Map<string, number>();
  for (const [at, key] of ["a", "b", "a", "c"].entries()) {
    keepNewest(map, key, at, 2);
  }
  expect([...map]).toEqual([
    ["a", 2],
    ["c", 3],
  ]);
});
