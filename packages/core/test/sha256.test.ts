import fc from "fast-check";
import { expect, test } from "vitest";
import * as portable from "../src/identity/sha256.ts";
import * as fast from "../src/node/sha256.ts";

const data = fc.oneof(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 200 }));

test("both engines hash texts and bytes to the same", () => {
  fc.assert(
    fc.property(data, data, (key, content) => {
      expect(new Uint8Array(fast.sha256(content))).toEqual(portable.sha256(content));
      expect(fast.sha256Hex(content)).toBe(portable.sha256Hex(content));
      expect(new Uint8Array(fast.sha1(content))).toEqual(portable.sha1(content));
      expect(new Uint8Array(fast.hmacSha256(key, content))).toEqual(portable.hmacSha256(key, content));
    }),
  );
});
