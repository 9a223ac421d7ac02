import { expect, it } from "vitest";
import { sayNowAndThen } from "../../src/service/shared/sparing-log.ts";
import { createFakeClock } from "../../src/testing/index.ts";

it("says one thing of a kind in ten seconds, and then how many were left out", async () => {
  const clock = createFakeClock();
  const nowAndThen = sayNowAndThen(clock);
  const said: string[] = [];
  const say = (kind: string): void => nowAndThen(kind, (leftOut) => said.push(`${kind} ${leftOut}`));
  for (let index = 0; index < 500; index += 1) {
    say("a");
    say("b");
  }
  await clock.advance(9_999);
  say("a");
  expect(said).toEqual(["a 0", "b 0"]);
  await clock.advance(1);
  say("a");
  expect(said).toEqual(["a 0", "b 0", "a 500"]);
});

it("keeps no more for kinds that strangers make up", () => {
  const said: string[] = [];
  const nowAndThen = sayNowAndThen(createFakeClock());
  for (let index = 0; index < 10_000; index += 1) {
    nowAndThen(`kind ${index}`, () => said.push(""));
  }
  expect(said.length).toBeLessThan(300);
});
