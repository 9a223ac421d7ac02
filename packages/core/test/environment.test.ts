// What the environment says, in runtimes that have none and in those that keep it to themselves.
import { afterEach, expect, it, vi } from "vitest";
import { environmentValue } from "../src/environment.ts";
import { environmentProxy } from "../src/node/environment-proxy.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

it("a variable has its value, an empty one none", () => {
  vi.stubEnv("X_SOME", "some");
  vi.stubEnv("X_EMPTY", "");
  expect(["X_SOME", "X_EMPTY", "X_NONE"].map(environmentValue)).toEqual(["some", undefined, undefined]);
});

it.each([
  ["there is none, as in a browser", undefined],
  [
    "may not be read, which Deno says by an error",
    new Proxy<NodeJS.ProcessEnv>(
      {},
      {
        get: () => {
          throw new Error("NotCapable: Requires env access");
        },
      },
    ),
  ],
])("an environment says nothing where it %s", (_where, env) => {
  // By its type there is always one.
  vi.spyOn(process, "env", "get").mockReturnValue(env as NodeJS.ProcessEnv);
  expect(environmentValue("PATH")).toBeUndefined();
  expect(environmentProxy()).toEqual({});
});
