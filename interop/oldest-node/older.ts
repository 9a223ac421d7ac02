// The executables on a Node that is older than promised: in memory they run on it, with a store on disk on a newer one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { AgentKeeperClient } from "@x/agentkeeper";
import type { Counts } from "../shared/pytest.ts";

const packages = join(import.meta.dirname, "..", "..", "packages");
const keeper = join(packages, "agentkeeper", "dist", "bin", "agentkeeper.js");
const draft = join(packages, "agentdraft", "dist", "bin", "x-agentdraft.js");

interface Running {
  readonly readyLine: string;
  /** Process ids of its children. */
  readonly children: readonly number[];
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

async function start(node: string, file: string, flags: readonly string[]): Promise<Running> {
  const child = spawn(node, [file, "--addr=127.0.0.1:0", "--metrics-addr=off", ...flags], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const closed = once(child, "close");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value = "" } = await lines.next();
  const listed = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
  return {
    readyLine: value,
    children: listed.split(" ").filter(Boolean).map(Number),
    async stop(signal) {
      child.kill(signal);
      const [code] = await closed;
      return code;
    },
  };
}

async function withDirectory<Result>(use: (directory: string) => Promise<Result>): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "older-node-"));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const clientOf = ({ readyLine }: Running): AgentKeeperClient =>
  new AgentKeeperClient({ host: "127.0.0.1", port: Number(/grpc=\S+:(\d+)/.exec(readyLine)?.[1]) });

type Check = (node: string) => Promise<boolean>;

const checks: Readonly<Record<string, Check>> = {
  async "the daemon serves in memory, in this very process"(node) {
    const running = await start(node, keeper, []);
    await using client = clientOf(running);
    const { agentId } = await client.register({ name: "a", description: "", version: "" });
    const [found] = await client.find();
    const isServed = found?.agentId === agentId && running.children.length === 0;
    return (await running.stop("SIGTERM")) === 0 && isServed;
  },
  async "AgentDraft's server too"(node) {
    const running = await start(node, draft, ["--dev"]);
    const url = `http://${/http=(\S+)/.exec(running.readyLine)?.[1]}`;
    const { status } = await fetch(`${url}/openapi.json`);
    return (await running.stop("SIGTERM")) === 0 && status === 200;
  },
  "with a store on disk it hands over, and a kill -9 ends both and loses nothing": (node) =>
    withDirectory(async (directory) => {
      const flags = [`--data-dir=${directory}`];
      const first = await start(node, keeper, flags);
      const client = clientOf(first);
      const policy = { id: "p", subject: "*", action: "*", resource: "*", effect: "ALLOW" } as const;
      await client.setPolicy(policy);
      await client.close();
      const handedOver = first.children.length === 1;
      await first.stop("SIGKILL");
      const second = await start(node, keeper, flags);
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
