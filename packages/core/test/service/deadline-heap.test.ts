// The heap gives what a sorted list gives, whatever is added, moved and removed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDeadlineHeap, type Deadline } from "../../src/service/index.ts";

describe("deadline heap", () => {
  it("always shows the earliest deadline, the one set first among equals", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("add" as const), at: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ do: fc.constant("move" as const), which: fc.nat(), at: fc.integer({ min: 0, max: 20 }) }),
      fc.record({ do: fc.constant("remove" as const), which: fc.nat() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const heap = createDeadlineHeap<number>();
        const all: Deadline<number>[] = [];
        let model: { id: number; at: number; order: number }[] = [];
        steps.forEach((each, order) => {
          if (each.do === "add") {
            model.push({ id: all.length, at: each.at, order });
            all.push(heap.add(each.at, all.length));
          } else {
            const id = all.length === 0 ? -1 : each.which % all.length;
            const deadline = all[id];
            if (deadline !== undefined) {
              model = model.filter((entry) => entry.id !== id);
              if (each.do === "move") {
                heap.move(deadline, each.at);
                model.push({ id, at: each.at, order });
              } else {
                heap.remove(deadline);
              }
            }
          }
          const [first] = model.toSorted((a, b) => a.at - b.at || a.order - b.order);
          expect(heap.size).toBe(model.length);
          expect(heap.peek()?.value).toBe(first?.id);
          expect(heap.peek()?.at).toBe(first?.at);
        });
      }),
    );
  });
});
