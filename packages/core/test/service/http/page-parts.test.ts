// What pages are made of: the address, rows out of any collection, tables, numbers of the last hour, charts.
import { describe, expect, it } from "vitest";
import {
  chart,
  html,
  measured,
  pager,
  perSecond,
  search,
  span,
  startSamples,
  table,
  tabs,
  whole,
} from "../../../src/service/http/index.ts";
import { pick } from "../../../src/service/http/pages/pick.ts";
import { readQuery } from "../../../src/service/http/pages/query.ts";
import { orderIn, sortingBy } from "../../../src/service/http/pages/table.ts";
import { createFakeClock } from "../../../src/testing/index.ts";

describe("the address", () => {
  it("holds filters, order and page, and makes no sense of nonsense", () => {
    const query = readQuery("/agents?q=%20scraper%20&status=dead&sort=-age&page=3&q=again");
    expect([query.path, query.page, query.get("q"), query.get("absent")]).toEqual([
      "/agents",
      3,
      "scraper",
      "",
    ]);
    expect(query.choice("status", ["live", "dead"])).toBe("dead");
    expect(query.choice("status", ["live", "gone"])).toBe("live");
    expect(orderIn(query, "name")).toEqual({ by: "age", down: true });
    for (const page of ["0", "-1", "1.5", "x", "", "99999999"]) {
      expect(readQuery(`/?page=${page}`).page).toBe(1);
    }
    expect(readQuery(`/?q=${"x".repeat(5_000)}`).get("q")).toHaveLength(1_024);
  });

  it("changes by links that keep the rest and begin at the first page", () => {
    const query = readQuery("/agents?q=a%26b&page=3");
    expect(query.href({ status: "dead" })).toBe("/agents?q=a%26b&status=dead");
    expect(query.href({ page: 4 })).toBe("/agents?q=a%26b&page=4");
    expect(query.href({ q: undefined })).toBe("/agents");
  });
});

describe("a page of a collection", () => {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  const of = (count: number) => ({ from: numbers(count), size: count });

  it("has fifty rows, and the last page is shown for what lies beyond", () => {
    expect(pick({ ...of(120), page: 2 })).toMatchObject({ page: 2, pages: 3, matching: 120, unseen: 0 });
    expect(pick({ ...of(120), page: 2 }).items).toEqual(numbers(120).slice(50, 100));
    expect(pick({ ...of(120), page: 9 })).toMatchObject({ page: 3, items: numbers(120).slice(100) });
    expect(pick({ ...of(0), page: 1 })).toMatchObject({ page: 1, pages: 1, items: [], matching: 0 });
  });

  it("is filtered and sorted", () => {
    const even = (item: number): boolean => item % 2 === 0;
    const picked = pick({ ...of(120), matches: even, sort: { key: (item) => item, down: true }, page: 2 });
    expect(picked).toMatchObject({ page: 2, pages: 2, matching: 60, sorted: true });
    expect(picked.items[0]).toBe(18);
  });

  it("looks at a bounded number of items, and says how many it did not look at", () => {
    let looked = 0;
    function* endless(): Generator<number> {
      for (;;) {
        looked += 1;
        yield looked;
      }
    }
    const picked = pick({ from: endless(), size: 1_000_000, matches: (item) => item % 1_000 === 0, page: 1 });
    expect(looked).toBeLessThanOrEqual(100_001);
    expect(picked).toMatchObject({ matching: 100, unseen: 900_000, sorted: true });
    looked = 0;
    pick({ from: endless(), size: 1_000_000, page: 2 });
    expect(looked).toBeLessThanOrEqual(101);
  });

  it("stays in natural order where sorting would take too long, and says so", () => {
    const sort = { key: (item: number) => item, down: true };
    expect(pick({ ...of(10_000), sort, page: 1 })).toMatchObject({ sorted: true });
    const many = pick({ ...of(10_001), sort, page: 1 });
    expect(many).toMatchObject({ sorted: false });
    expect(many.items[0]).toBe(0);
    expect(pager(many, readQuery("/"), ["thing", "things"]).markup).toContain("too many to sort");
    const found = pick({ ...of(20_000), matches: (item) => item > 9_000, sort, page: 1 });
    expect([found.sorted, found.items[0]]).toEqual([false, 9_001]);
  });
});

describe("a table", () => {
  const columns = [
    { title: "name", sort: "name" },
    { title: "size", kind: "number", sort: "size" },
  ] as const;

  it("has a key for each row, names for each cell, and links that sort", () => {
    const query = readQuery("/files?sort=size&page=2");
    const rows = [{ key: "a<b", cells: ["a<b", 3] }];
    const { markup } = table(columns, rows, html``, { query, order: orderIn(query, "name") });
    expect(markup).toContain('data-key="a&lt;b"');
    expect(markup).toContain('<td role="cell" class="number" data-label="size">3</td>');
    expect(markup).toContain('aria-sort="ascending"><a href="/files?sort=-size">size</a>');
    expect(markup).toContain('<a href="/files?sort=name">name</a>');
  });

  it("says something where it would be empty", () => {
    expect(table(columns, [], html`<p>none yet</p>`).markup).toBe('<div class="none"><p>none yet</p></div>');
  });

  it("is sorted by its own keys only", () => {
    const keys = { size: (item: { readonly size: number }) => item.size };
    const from = [{ size: 1 }, { size: 3 }, { size: 2 }];
    const sort = sortingBy(keys, { by: "size", down: true });
    expect(pick({ from, size: 3, sort, page: 1 }).items.map(({ size }) => size)).toEqual([3, 2, 1]);
    expect(sortingBy(keys, { by: "toString", down: false })).toBeUndefined();
  });

  it("is searched and filtered by what keeps the rest of the address", () => {
    const query = readQuery("/files?status=dead&q=x&page=4");
    const { markup } = search(query, "Search files");
    expect(markup).toContain('<input type="hidden" name="status" value="dead"');
    expect(markup).not.toContain('name="page"');
    const tabbed = tabs(query, "status", "By status", [
      { value: "live", title: "Live" },
      { value: "dead", title: "Dead", count: 1_200 },
    ]).markup;
    expect(tabbed).toContain('<a href="/files?q=x" data-key="status-live">Live</a>');
    expect(tabbed).toContain('aria-current="true" data-key="status-dead">Dead <small>1,200</small>');
  });
});

describe("numbers", () => {
  it("are written with what says something", () => {
    expect([0, 3, 12.345, 0.5, 0.001, 1_234.5].map(measured)).toEqual([
      "0",
      "3",
      "12.3",
      "0.50",
      "< 0.01",
      "1,235",
    ]);
    expect(whole(1_234_567)).toBe("1,234,567");
    expect([-5, 59_999, 61_000, 7_380_000, 100_000_000].map(span)).toEqual([
      "0 s",
      "59 s",
      "1 min 1 s",
      "2 h 3 min",
      "1 d 3 h",
    ]);
  });

  it("of the last hour are kept in a ring, oldest first", async () => {
    const clock = createFakeClock();
    let value = 0;
    const samples = startSamples({ read: { value: () => value++ }, everyMs: 1_000, keep: 3, clock });
    await clock.advance(2_000);
    expect([...samples.of("value")]).toEqual([0, 1]);
    await clock.advance(3_000);
    expect([...samples.of("value")]).toEqual([2, 3, 4]);
    expect(samples.taken).toBe(5);
    samples.close();
    expect(clock.pendingTimers).toBe(0);
  });

  it("that only grow become rates, whatever the pace of the readings", async () => {
    const clock = createFakeClock();
    let total = 10;
    const rate = perSecond(() => total, clock);
    await clock.advance(4_000);
    total += 20;
    expect(rate()).toBe(5);
    await clock.advance(500);
    total += 1;
    expect(rate()).toBe(2);
    expect(rate()).toBe(0);
  });

  it("are drawn, and said to those who do not see", async () => {
    const clock = createFakeClock();
    let value = 0;
    const samples = startSamples({
      read: {
        calls: () => {
          value += 1;
          return value;
        },
        errors: () => 0,
      },
      everyMs: 2_000,
      keep: 1_800,
      clock,
    });
    const draw = (): string =>
      chart(samples, {
        title: "Calls",
        unit: "/s",
        lines: [
          { of: "calls", title: "calls" },
          { of: "errors", title: "errors" },
        ],
      }).markup;
    expect(draw()).toContain("now calls 0/s, errors 0/s");
    await clock.advance(60_000);
    expect(draw()).toContain('aria-label="Calls, last 5 minutes: now calls 30/s, errors 0/s; at most 30/s"');
    await clock.advance(3_600_000);
    const hour = draw();
    expect(hour).toContain("last 60 min");
    const [, path = ""] = /class="line line-0" d="([^"]*)"/.exec(hour) ?? [];
    expect(path.split("L").length).toBeLessThanOrEqual(120);
    expect(hour).not.toContain("NaN");
    samples.close();
  });
});
