// Lists by place: a page begins where the last one ended, and looks at a bounded number of items.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { PageRequest } from "../../src/local/rules/model/commands.ts";
import { pageOf } from "../../src/local/rules/model/paging.ts";
import { PlacedMap } from "../../src/local/rules/model/placed-map.ts";
import { isRefusal } from "../../src/local/rules/model/refusal.ts";

interface Item {
  readonly id: string;
  readonly place: number;
}

const placeOf = ({ place }: Item): number => place;

function listOf(count: number): PlacedMap<string, Item> {
  const source = new PlacedMap<string, Item>(placeOf);
  for (let place = 1; place <= count; place += 1) {
    source.set(`item ${place}`, { id: `item ${place}`, place });
  }
  return source;
}

/** A page, and how many items were looked at for it. */
function look(source: PlacedMap<string, Item>, matches: (item: Item) => boolean, request: PageRequest) {
  let looks = 0;
  const page = pageOf(
    {
      name: "items",
      source,
      placeOf,
      matches(item) {
        looks += 1;
        return matches(item);
      },
      view: placeOf,
      sequence: 0,
    },
    request,
  );
  if (isRefusal(page)) {
    throw new Error(page.message);
  }
  return { ...page, looks };
}

describe("a map by place", () => {
  it("has the same values behind every place as a sorted list", () => {
    const change = fc.record({
      key: fc.nat({ max: 30 }),
      how: fc.constantFrom("new", "again", "late", "delete"),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), fc.nat({ max: 300 }), (changes, place) => {
        const map = new PlacedMap<number, Item>(placeOf);
        const plain = new Map<number, Item>();
        let places = 1_000;
        for (const { key, how } of changes) {
          const before = plain.get(key);
          if (how === "delete") {
            expect(map.delete(key)).toBe(plain.delete(key));
          } else if (how !== "again" || before !== undefined) {
            places += 1;
            const fresh = { id: String(key), place: how === "late" ? 2_000 - places : places };
            const value = how === "again" && before !== undefined ? before : fresh;
            map.set(key, value);
            plain.set(key, value);
          }
        }
        const from = 850 + place;
        const expected = [...plain.values()].filter((item) => item.place > from).map(placeOf);
        expect([...map.behind(from)].map(placeOf)).toEqual(expected.sort((a, b) => a - b));
        expect(new Map(map)).toEqual(plain);
        map.clear();
        expect([...map.behind(0)]).toEqual([]);
      }),
    );
  });

  it("forgets those that came and went", () => {
    const source = listOf(50_000);
    for (let place = 1; place <= 49_990; place += 1) {
      source.delete(`item ${place}`);
    }
    expect([...source.behind(0)].map(placeOf)).toEqual([
      49_991, 49_992, 49_993, 49_994, 49_995, 49_996, 49_997, 49_998, 49_999, 50_000,
    ]);
  });
});

describe("a page", () => {
  it("AK-X3 begins at the place of its token", () => {
    const source = listOf(5_000);
    let token = "";
    let looks = 0;
    let pages = 0;
    do {
      const page = look(source, () => true, { size: 100, token });
      expect(page.items).toHaveLength(100);
      token = page.nextToken;
      looks += page.looks;
      pages += 1;
    } while (token !== "");
    expect(pages).toBe(50);
    // One more for each page, to know whether there is another.
    expect(looks).toBe(5_000 + 49);
  });

  it("AK-X3 looks at a bounded number of items, and says where to go on", () => {
    const source = listOf(25_000);
    const isRare = ({ place }: Item): boolean => place === 24_000;
    const pages = [];
    let token = "";
    do {
      const page = look(source, isRare, { size: 100, token });
      pages.push([page.looks, page.items]);
      token = page.nextToken;
    } while (token !== "");
    expect(pages).toEqual([
      [10_000, []],
      [10_000, []],
      [5_000, [24_000]],
    ]);
  });
});
