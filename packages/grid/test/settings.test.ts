// The options as they are documented are those of the table.
import { settingsDocProblems } from "@x/core/testing";
import { expect, test } from "vitest";
import { settings } from "../src/local/settings.ts";

test("the comments on the options say the bounds and defaults of the table", () => {
  expect(settingsDocProblems(new URL("../src/local/settings.ts", import.meta.url), settings)).toEqual([]);
});
