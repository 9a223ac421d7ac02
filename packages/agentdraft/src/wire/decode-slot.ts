// Slots, as availability and conflicts list them.

import type { Slot } from "../types.ts";
import { type Body, dateOf, listOf } from "./body.ts";

/** The slots under a name; entries without both times are left out. */
export function decodeSlots(body: Body, name: string): readonly Slot[] {
  return listOf(body, name).flatMap((slot) => {
    const start = dateOf(slot, "start");
    const end = dateOf(slot, "end");
    return start === null || end === null ? [] : [{ start, end }];
  });
}
