// A fenced store: whatever order writes come in, each resource sees tokens that never fall, one write at a time.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFencedStore, type FenceMemory } from "../../src/index.ts";

const write = fc.record({
  resource: fc.constantFrom("a", "b", "c"),
  token: fc.bigInt({ min: 1n, max: 8n }),
  /** How many turns of the microtask queue the write takes. */
  turns: fc.nat(4),
  fails: fc.boolean(),
});

async function turnsOf(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await Promise.resolve();
  }
}

describe("a fenced store", () => {
  it("accepts, per resource, tokens that never fall, one write after the other, whatever comes together", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(write, { maxLength: 30 }), async (writes) => {
        const store = createFencedStore();
        const accepted = new Map<string, bigint[]>();
        const busy = new Set<string>();
        const outcomes = writes.map(({ resource, token, turns, fails }) =>
          store.write(resource, token, async () => {
            expect(busy.has(resource)).toBe(false);
            busy.add(resource);
            accepted.set(resource, [...(accepted.get(resource) ?? []), token]);
            await turnsOf(turns);
            busy.delete(resource);
            if (fails) {
              throw new Error("the write itself failed");
            }
            return token;
          }),
        );
        const settled = await Promise.allSettled(outcomes);
        const highest = new Map<string, bigint>();
        for (const [index, { resource, token, fails }] of writes.entries()) {
          const isStale = token < (highest.get(resource) ?? 0n);
          const outcome = settled[index];
          if (isStale) {
            expect(outcome).toMatchObject({ status: "rejected", reason: { code: "stale_fence" } });
          } else {
            highest.set(resource, token);
            expect(outcome?.status).toBe(fails ? "rejected" : "fulfilled");
          }
        }
        for (const [resource, tokens] of accepted) {
          expect(tokens).toEqual([...tokens].sort((a, b) => Number(a - b)));
          expect(store.highest(resource)).toBe(highest.get(resource));
        }
      }),
      { numRuns: 300 },
    );
  });

  it("a refusal names both tokens, and the write does not run", async () => {
    const store = createFencedStore();
    expect(await store.write("r", 7n, () => "written")).toBe("written");
    let ran = false;
    const late = store.write("r", 6n, () => {
      ran = true;
    });
    await expect(late).rejects.toMatchObject({
      name: "FailedPreconditionError",
      code: "stale_fence",
      details: { resource: "r", highest: "7" },
    });
    expect([ran, store.highest("r"), store.highest("other")]).toEqual([false, 7n, 0n]);
  });

  it("a token that was admitted counts although its write failed", async () => {
    const store = createFencedStore();
    await expect(store.write("r", 9n, () => Promise.reject(new Error("disk")))).rejects.toThrow("disk");
    await expect(store.write("r", 8n, () => "late")).rejects.toMatchObject({ code: "stale_fence" });
    expect(await store.write("r", 9n, () => "again")).toBe("again");
  });

  it("keeps the highest tokens in a memory of the caller's, and heeds what it finds there", async () => {
    const kept = new Map<string, bigint>([["r", 5n]]);
    const memory: FenceMemory = {
      get: async (resource) => kept.get(resource),
      async set(resource, token) {
        await Promise.resolve();
        kept.set(resource, token);
      },
    };
    const store = createFencedStore(memory);
    await expect(store.write("r", 4n, () => "late")).rejects.toMatchObject({ code: "stale_fence" });
    expect(await store.write("r", 6n, () => "written")).toBe("written");
    expect(kept.get("r")).toBe(6n);
    // Another process has gone on.
    kept.set("r", 10n);
    await expect(store.write("r", 9n, () => "late")).rejects.toMatchObject({ details: { highest: "10" } });
    expect(await createFencedStore(memory).write("r", 10n, () => "same")).toBe("same");
  });

  it("a memory that fails lets nothing be written", async () => {
    let ran = false;
    const store = createFencedStore({
      get: () => undefined,
      set: () => Promise.reject(new Error("memory lost")),
    });
    const written = store.write("r", 1n, () => {
      ran = true;
    });
    await expect(written).rejects.toThrow("memory lost");
    expect(ran).toBe(false);
  });
});
