// Runs the programs as a user does, each in a process of its own, on a local core.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startCore } from "@x/bindu-bridge/local";
import { type ServerProcess, startServerProcess } from "@x/core/testing";
import { expect, test } from "vitest";

interface Stage {
  /** Starts an agent and waits until it is ready. */
  readonly start: (program: string) => Promise<ServerProcess & { readonly url: string }>;
  /** Calls an agent to the end of what is said to it; answers the lines that were printed. */
  readonly call: (url: string, ...said: string[]) => Promise<string[]>;
}

const fileOf = (program: string): string => join(import.meta.dirname, "..", program);

const it = test.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it which fixtures come before
  async stage({}, use) {
    await using core = await startCore({ metricsAddr: "off" });
    await use({
      async start(program) {
        const started = await startServerProcess(fileOf(program), ["http://127.0.0.1:0"], {
          env: { BINDU_CORE: core.addr },
          readyLine: /^ready at /,
        });
        return { ...started, url: started.readyLine.split(" ")[2] ?? "" };
      },
      async call(url, ...said) {
        const { stdout, stderr } = await promisify(execFile)(process.execPath, [
          fileOf("call.ts"),
          url,
          ...said,
        ]);
        expect(stderr).toBe("");
        return stdout.trimEnd().split("\n");
      },
    });
  },
});

const signed = "signed with the agent's key";

it("hello.ts answers call.ts, and stops when it is told", async ({ stage }) => {
  await using agent = await stage.start("hello.ts");
  expect(agent.readyLine).toContain(" as did:bindu:you_at_example_com:hello:");
  expect(await stage.call(agent.url, "world")).toEqual([
    "hello speaks A2A 1.0",
    "> world",
    "Hello, world!",
    signed,
  ]);
  expect(await agent.stop("SIGINT")).toBe(0);
  expect(agent.stdout()).toMatch(/\nOK in \d+ ms\nstopped\n$/);
});

it("travel.ts asks back until it knows enough", async ({ stage }) => {
  await using agent = await stage.start("travel.ts");
  const said = await stage.call(agent.url, "Book a journey", "Rome", "tomorrow");
  expect(said).toEqual([
    "travel speaks A2A 1.0",
    "> Book a journey",
    "",
    "travel asks: Where do you want to go?",
    "> Rome",
    "",
    "travel asks: When do you want to leave?",
    "> tomorrow",
    "Booked: Rome, tomorrow",
    signed,
  ]);
});

it("poet.ts streams its lines", async ({ stage }) => {
  await using agent = await stage.start("poet.ts");
  expect(await stage.call(agent.url, "A poem")).toEqual([
    "poet speaks A2A 1.0",
    "> A poem",
    "Roses are red,",
    "violets are blue,",
    "agents can stream,",
    "and so can you.",
    signed,
  ]);
});
