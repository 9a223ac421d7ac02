import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerText, type ListSpec, listAnswer } from "../../src/mcp/answer.ts";

const read = (text: string): Record<string, unknown> => JSON.parse(text);

const listOf = (items: readonly unknown[], more: Partial<ListSpec> = {}): string =>
  answerText(
    listAnswer({ name: "items", items, cursorAfter: (index) => index + 1, next: null, ...more }),
    1_000,
  );

describe("an answer", () => {
  it("is JSON, with dates and 64-bit numbers as texts", () => {
    expect(read(answerText({ at: new Date(0), token: 2n ** 60n }, 1_000))).toEqual({
      at: "1970-01-01T00:00:00.000Z",
      token: "1152921504606846976",
    });
  });

  it("says nothing of cursors where nothing follows, beside that nothing does", () => {
    expect(read(listOf([1, 2, 3], { also: { of: "three" } }))).toEqual({
      of: "three",
      items: [1, 2, 3],
      next_cursor: null,
    });
    expect(read(listOf([1], { next: undefined }))).toEqual({ items: [1] });
  });

  it("passes the cursor of the service on when all of a page fits", () => {
    expect(read(listOf([1], { next: "p2", argument: "after", member: "next_after" }))).toEqual({
      items: [1],
      next_after: "p2",
      more: 'For what follows, call again with after="p2".',
    });
  });

  it("cuts a list between items, and says where to go on", () => {
    const items = Array.from({ length: 100 }, (_, index) => ({ name: `item ${index}` }));
    const text = listOf(items);
    const { items: shown, next_cursor, more } = read(text);
    expect(text.length).toBeLessThanOrEqual(1_000);
    expect(text.length).toBeGreaterThan(900);
    expect(shown).toEqual(items.slice(0, Number(next_cursor)));
    expect(more).toBe(
      `${next_cursor} of these 100 fit. For what follows, call again with cursor=${next_cursor}.`,
    );
  });

  it("shows an item that is too long by itself in part, and goes on behind it", () => {
    const text = listOf([{ id: 1, body: "x".repeat(5_000) }, { id: 2 }]);
    const { items, next_cursor } = read(text);
    expect(text.length).toBeLessThanOrEqual(1_000);
    expect(items).toMatchObject([{ id: 1, body: expect.stringContaining("(cut, 5000 characters)") }]);
    expect(next_cursor).toBe(1);
    expect(read(listOf([{ body: "x".repeat(5_000) }])).next_cursor).toBeNull();
  });

  it("cuts long texts of an object within, and never a pair of surrogates", () => {
    const text = answerText({ id: "t1", output: "\u{1f600}".repeat(5_000), short: "stays" }, 1_001);
    expect(text.length).toBeLessThanOrEqual(1_001);
    expect(read(text)).toMatchObject({ id: "t1", short: "stays", cut: expect.stringContaining("too large") });
    expect(text.isWellFormed()).toBe(true);
  });

  it("is never longer than allowed, and always JSON of the same kind, whatever it holds", () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 60 }),
        fc.integer({ min: 1_000, max: 3_000 }),
        (items, max) => {
          const list = answerText(listAnswer({ name: "items", items, cursorAfter: String, next: null }), max);
          expect(list.length).toBeLessThanOrEqual(max);
          expect(read(list).items).toBeInstanceOf(Array);
          const object = answerText({ items }, max);
          expect(object.length).toBeLessThanOrEqual(max);
          expect(read(object)).toBeTypeOf("object");
        },
      ),
    );
  });

  it("leads through all items of a list, page by page", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 300 }), { minLength: 1, maxLength: 40 }), (items) => {
        const seen: unknown[] = [];
        let from: number | null = 0;
        while (from !== null) {
          const start: number = from;
          const page: { readonly items: unknown[]; readonly next_cursor: number | null } = JSON.parse(
            answerText(
              listAnswer({
                name: "items",
                items: items.slice(start),
                cursorAfter: (index) => start + index + 1,
                next: null,
              }),
              1_000,
            ),
          );
          seen.push(...page.items);
          from = page.next_cursor;
        }
        expect(seen).toEqual(items);
      }),
    );
  });
});
