import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffMs, pauseMs } from "../src/calls/backoff.ts";
import { createRetryBudget } from "../src/index.ts";

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("backoff", () => {
  it("lies between 0 and the doubled base, and never above the cap", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.nat(10_000),
        fc.nat(60_000),
        unit,
        (retry, baseMs, capMs, r) => {
          const delayMs = backoffMs(retry, { baseMs, capMs }, () => r);
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThanOrEqual(capMs);
          expect(delayMs).toBeLessThanOrEqual(baseMs === 0 ? 0 : baseMs * 2 ** (retry - 1));
        },
      ),
    );
  });

  it("is full jitter: the whole range is used", () => {
    expect(backoffMs(3, { baseMs: 100, capMs: 5_000 }, () => 0)).toBe(0);
    expect(backoffMs(3, { baseMs: 100, capMs: 5_000 }, () => 0.5)).toBe(200);
    expect(backoffMs(9, { baseMs: 100, capMs: 5_000 }, () => 0.5)).toBe(2_500);
    expect(backoffMs(1, undefined, () => 0.5)).toBe(50);
    expect(backoffMs(2_000, { baseMs: 0 }, () => 0.5)).toBe(0);
  });
});

describe("a pause", () => {
  it("fits the deadline or is none", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.option(fc.nat(60_000), { nil: undefined }),
        fc.nat(60_000),
        unit,
        (retry, wish, remaining, r) => {
          const delayMs = pauseMs(retry, wish, remaining, {}, () => r);
          if (delayMs !== undefined) {
            expect(delayMs).toBeLessThanOrEqual(remaining - 1);
          } else if (wish !== undefined) {
            expect(wish).toBeGreaterThan(remaining - 1);
          }
        },
      ),
    );
  });

  it("spreads clients over the tenth behind the wish, as far as the deadline leaves room", () => {
    expect(pauseMs(1, 1_000, Infinity, {}, () => 0.5)).toBe(1_050);
    expect(pauseMs(1, 1_000, 1_011, {}, () => 0.5)).toBe(1_010);
    expect(pauseMs(1, 1_000, 1_001, {}, () => 0.5)).toBe(1_000);
    expect(pauseMs(1, 1_000, 1_000, {}, () => 0.5)).toBeUndefined();
  });

  it("is never shorter than the server's wish and at most a tenth longer", () => {
    fc.assert(
      fc.property(fc.nat(60_000), unit, (wish, r) => {
        const delayMs = pauseMs(1, wish, Infinity, {}, () => r) ?? Number.NaN;
        expect(delayMs).toBeGreaterThanOrEqual(wish);
        expect(delayMs).toBeLessThanOrEqual(wish * 1.1);
      }),
    );
  });
});

describe("a retry budget", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("spend" as const) }),
    fc.record({ kind: fc.constant("success" as const), retries: fc.nat(3) }),
  );

  it("stays between empty and full, and wastes no more retries than capacity and successes pay for", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer({ min: 5, max: 60 }), (steps, capacity) => {
        const budget = createRetryBudget({ capacity, retryCost: 5, successRefund: 1 });
        let spent = 0;
        let refunded = 0;
        for (const next of steps) {
          if (next.kind === "spend") {
            const before = budget.tokens;
            const granted = budget.trySpend();
            expect(granted).toBe(before >= 5);
            spent += granted ? 5 : 0;
          } else {
            budget.succeeded(next.retries);
            refunded += next.retries > 0 ? 5 : 1;
          }
          expect(budget.tokens).toBeGreaterThanOrEqual(0);
          expect(budget.tokens).toBeLessThanOrEqual(capacity);
        }
        expect(spent).toBeLessThanOrEqual(capacity + refunded);
      }),
    );
  });

  it("allows 100 wasted retries by default, then one for five good calls", () => {
    const budget = createRetryBudget();
    let allowed = 0;
    while (budget.trySpend()) {
      allowed += 1;
    }
    expect(allowed).toBe(100);
    for (let call = 0; call < 4; call += 1) {
      budget.succeeded(0);
    }
    expect(budget.trySpend()).toBe(false);
    budget.succeeded(0);
    expect(budget.trySpend()).toBe(true);
  });

  it("gives the cost of a retry back when the call succeeded by it", () => {
    const budget = createRetryBudget({ capacity: 10, retryCost: 5 });
    budget.trySpend();
    budget.succeeded(1);
    expect(budget.tokens).toBe(10);
  });
});
