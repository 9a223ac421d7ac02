// The executables on a Node that is older than promised: in memory they run on it, with a store on disk on a newer one.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentKeeperClient } from "@x/agentkeeper";
import { type ServerProcess, startServerProcess } from "@x/core/testing";
import type { Counts } from "../../shared/suite.ts";

const packages = join(import.meta.dirname, "..", "..", "..", "packages");
const keeper = join(packages, "agentkeeper", "dist", "bin", "agentkeeper.js");
const draft = join(packages, "agentdraft", "dist", "bin", "x-agentdraft.js");

function start(node: string, file: string, flags: readonly string[]): Promise<ServerProcess> {
  return startServerProcess(file, ["--addr=127.0.0.1:0", "--metrics-addr=off", ...flags], {
    runtime: [node],
  });
}

async function withDirectory<Result>(use: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "older-node-"));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const clientOf = ({ readyLine }: ServerProcess): AgentKeeperClient =>
  new AgentKeeperClient({ host: "127.0.0.1", port: Number(/grpc=\S+:(\d+)/.exec(readyLine)?.[1]) });

type Check = (node: string) => Promise<boolean>;

const checks: Readonly<Record<string, Check>> = {
  async "the daemon serves in memory, in this very process"(node) {
    await using running = await start(node, keeper, []);
    await using client = clientOf(running);
    const { agentId } = await client.register({ name: "a", description: "", version: "" });
    const [found] = await client.find();
    const isServed = found?.agentId === agentId && running.childProcesses().length === 0;
    return (await running.stop("SIGTERM")) === 0 && isServed;
  },
  async "AgentDraft's server too"(node) {
    await using running = await start(node, draft, ["--dev"]);
    const url = `http://${/http=(\S+)/.exec(running.readyLine)?.[1]}`;
    const { status } = await fetch(`${url}/openapi.json`);
    return (await running.stop("SIGTERM")) === 0 && status === 200;
  },
  "with a store on disk it hands over, and a kill -9 ends both and loses nothing": (node) =>
    withDirectory(async (directory) => {
      const flags = [`--data-dir=${directory}`];
      await using first = await start(node, keeper, flags);
      const client = clientOf(first);
      const policy = { id: "p", subject: "*", action: "*", resource: "*", effect: "ALLOW" } as const;
      await client.setPolicy(policy);
      await client.close();
      const handedOver = first.childProcesses().length === 1;
      await first.stop("SIGKILL");
      await using second = await start(node, keeper, flags);
      await using again = clientOf(second);
      const kept = (await again.listPolicies()).map(({ id }) => id).join() === "p";
      return (await second.stop("SIGTERM")) === 0 && kept && handedOver;
    }),
};

export async function checkOlderNode(node: string): Promise<Counts> {
  let passed = 0;
  let failed = 0;
  for (const [what, check] of Object.entries(checks)) {
    const isGood = await check(node).catch((error: unknown) => {
      console.log(error);
      return false;
    });
    console.log(`  ${isGood ? "ok" : "FAILED"}: ${what}`);
    passed += isGood ? 1 : 0;
    failed += isGood ? 0 : 1;
  }
  return { passed, failed };
}
