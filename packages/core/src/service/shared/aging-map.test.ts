import fc from "fast-check";
import { expect, test } from "vitest";
import { AgingMap } from "./aging-map.ts";

const key = fc.integer({ min: 0, max: 5 });
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("set" as const), key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("oldest" as const), key }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("drop" as const), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("clear" as const), key }) },
);

test("the oldest entry is the one that was set the longest time ago", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const map = new AgingMap<number, number>();
      let model: [number, number][] = [];
      actions.forEach(({ kind, key: at }, index) => {
        switch (kind) {
          case "set":
            map.set(at, index);
            model = [...model.filter(([each]) => each !== at), [at, index]];
            break;
          case "delete":
            expect(map.delete(at)).toBe(model.some(([each]) => each === at));
            model = model.filter(([each]) => each !== at);
            break;
          case "oldest":
            expect(map.oldest).toEqual(model[0]);
            break;
          case "drop":
            if (map.oldest !== undefined) {
              map.delete(map.oldest[0]);
            }
            model = model.slice(1);
            break;
          case "clear":
            map.clear();
            model = [];
            break;
        }
        expect([...map]).toEqual(model);
      });
      expect(map.oldest).toEqual(model[0]);
    }),
    { numRuns: 1_000 },
  );
});
