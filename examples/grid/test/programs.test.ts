// Runs the programs as a user does, each in a process of its own, on a local server.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { startServerProcess } from "@x/core/testing";
import { startLocalGrid } from "@x/grid/local";
import { expect, test } from "vitest";

interface Stage {
  readonly env: Readonly<Record<string, string>>;
  /** Runs a program to its end, which must be a good one; answers the lines that it printed. */
  readonly run: (program: string, ...args: string[]) => Promise<string[]>;
}

const fileOf = (program: string): string => join(import.meta.dirname, "..", program);

const it = test.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it which fixtures come before
  async stage({}, use) {
    await using server = await startLocalGrid({ metricsAddr: "off" });
    const home = await mkdtemp(join(tmpdir(), "grid-example-"));
    const env = { GRID_URL: server.url, GRID_HOME: home };
    try {
      await use({
        env,
        async run(program, ...args) {
          const { stdout, stderr } = await promisify(execFile)(process.execPath, [fileOf(program), ...args], {
            env: { ...process.env, ...env },
          });
          expect(stderr).toBe("");
          return stdout.trimEnd().split("\n");
        },
      });
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  },
});

it("ask.ts is answered by answer.ts, which stops when it is told", async ({ stage }) => {
  await using agent = await startServerProcess(fileOf("answer.ts"), [], {
    env: stage.env,
    readyLine: /^ready as /,
  });
  expect(await stage.run("ask.ts", "one two three")).toEqual([
    "asked Word counter: one two three",
    "Word counter (input_required): 3 words",
  ]);
  expect(await agent.stop("SIGINT")).toBe(0);
  expect(agent.stdout()).toMatch(/\nstopped\n$/);
});

it("room.ts hears both guests", async ({ stage }) => {
  const said = await stage.run("room.ts");
  expect(said.toSorted()).toEqual(
    ["hiker", "swimmer"].map((name) => `The ${name} wants to go to the mountains`),
  );
});

it("schedule.ts is told what it told itself", async ({ stage }) => {
  const [next, told, ...rest] = await stage.run("schedule.ts");
  expect(next).toMatch(/^in 1 second: next at \d{4}-/);
  expect([told, rest]).toEqual(["Water the plants", []]);
});
