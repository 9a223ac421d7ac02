// What is remembered of requests has an end in time and in number.

import { AgingMap } from "@x/core/service";
import { describe, expect, it } from "vitest";
import { recall, remember, requestsRemembered } from "../../src/local/rules/model/remembered.ts";
import type { Remembered } from "../../src/local/rules/model/state.ts";

const at = (wall: number) => ({ mono: 0, wall });

describe("remembered requests", () => {
  it("are known until their time is over, and no longer", () => {
    const memory = new AgingMap<string, Remembered>();
    remember(memory, "key", { id: "first" }, at(1_000), 500);
    expect(recall(memory, "key", at(1_499), 500)?.id).toBe("first");
    expect(recall(memory, "key", at(1_500), 500)).toBeUndefined();
    remember(memory, "other", { id: "second" }, at(1_500), 500);
    expect([...memory.keys()]).toEqual(["other"]);
  });

  it("are at most so many, the newest", () => {
    const memory = new AgingMap<string, Remembered>();
    for (let index = 0; index < requestsRemembered + 10; index += 1) {
      remember(memory, String(index), { id: "x" }, at(0), 1_000);
    }
    expect(memory.size).toBe(requestsRemembered);
    expect([memory.has("9"), memory.has("10")]).toEqual([false, true]);
  });
});
