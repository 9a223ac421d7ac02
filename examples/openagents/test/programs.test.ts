// Runs the programs as a user does, each in a process of its own, on a local server.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { startServerProcess } from "@x/core/testing";
import { startLocalOpenAgents } from "@x/openagents/local";
import { expect, test } from "vitest";

interface Stage {
  readonly env: Readonly<Record<string, string>>;
  /** Runs a program to its end, which must be a good one; answers the lines that it printed. */
  readonly run: (program: string) => Promise<string[]>;
}

const fileOf = (program: string): string => join(import.meta.dirname, "..", program);

const it = test.extend<{ stage: Stage }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from it which fixtures come before
  async stage({}, use) {
    await using server = await startLocalOpenAgents({ grpcAddr: "127.0.0.1:0", metricsAddr: "off" });
    const env = {
      OPENAGENTS_HOST: "127.0.0.1",
      OPENAGENTS_PORT: new URL(server.url).port,
      OPENAGENTS_GRPC_PORT: String(server.grpcAddress?.split(":")[1]),
      OPENAGENTS_TOKEN: server.workspaceToken,
    };
    await use({
      env,
      async run(program) {
        const { stdout, stderr } = await promisify(execFile)(process.execPath, [fileOf(program)], {
          env: { ...process.env, ...env },
        });
        expect(stderr).toBe("");
        return stdout.trimEnd().split("\n");
      },
    });
  },
});

it("page.ts is answered and greeted by answer.ts, which stops when it is told", async ({ stage }) => {
  await using agent = await startServerProcess(fileOf("answer.ts"), [], {
    env: stage.env,
    readyLine: /^ready as /,
  });
  expect(await stage.run("page.ts")).toEqual([
    "here: demo-agent, word-counter",
    "word-counter says: 3 words",
    "word-counter: Welcome!",
  ]);
  expect(await agent.stop("SIGINT")).toBe(0);
  expect(agent.stdout()).toMatch(/\nstopped\n$/);
});

it("files.ts shares a file, which is read and liked", async ({ stage }) => {
  const lines = await stage.run("files.ts");
  expect(lines.toSorted()).toEqual([
    "author shared plan.txt, 16 bytes",
    "reviewer reacts: thumbs_up",
    "reviewer reads plan.txt: Water the plants",
  ]);
});

it("wires.ts asks over gRPC, and is answered from the workspace", async ({ stage }) => {
  expect(await stage.run("wires.ts")).toEqual([
    "inside is connected by grpc",
    "outside is connected by workspace",
    "outside: I read you, inside",
  ]);
});
