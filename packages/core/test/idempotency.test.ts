import fc from "fast-check";
import { expect, it } from "vitest";
import { checkIdempotencyKey, newIdempotencyKey } from "../src/index.ts";

const call = { service: "agentdraft", operation: "commit" };

it("a new key is a random UUID of version 4 and is valid", () => {
  const keys = Array.from({ length: 100 }, newIdempotencyKey);
  for (const key of keys) {
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(checkIdempotencyKey(key, call)).toBe(key);
  }
  expect(new Set(keys).size).toBe(100);
});

it("a key of 1 to 255 visible ASCII characters is taken, nothing else is", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ maxLength: 300 }), fc.string({ unit: "binary", maxLength: 20 })),
      (key) => {
        const valid = key.length >= 1 && key.length <= 255 && [...key].every((c) => c > " " && c <= "~");
        if (valid) {
          expect(checkIdempotencyKey(key, call)).toBe(key);
        } else {
          expect(() => checkIdempotencyKey(key, call)).toThrow(/idempotency key/);
        }
      },
    ),
  );
  expect(checkIdempotencyKey("k".repeat(255), call)).toHaveLength(255);
  expect(() => checkIdempotencyKey("k".repeat(256), call)).toThrow(
    expect.objectContaining({ code: "invalid_idempotency_key", operation: "commit" }),
  );
  expect(() => checkIdempotencyKey("line\n", call)).toThrow();
});
