// What lives on when programs end: nothing that they started, and no program that has only forgotten to close its client.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createConnection } from "node:net";
import { waitUntil } from "@x/core/testing";
import { signIn } from "./calendar.ts";
import { type Attack, type Checks, scaled } from "./checks.ts";
import { startServer } from "./servers.ts";

interface Program {
  readonly stdout: () => string;
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

/** What takes longer hangs, on any machine. */
const programMs = 120_000;

/** A small program of this package's modules. */
function runProgram(source: string): Program {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const limit = setTimeout(() => child.kill("SIGKILL"), programMs);
  const ended = once(child, "close").then(() => {
    clearTimeout(limit);
    return child.exitCode;
  });
  return { stdout: () => text, ended, kill: (signal) => void child.kill(signal) };
}

function isServed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

const importKeeper = 'import { AgentKeeperClient } from "@x/agentkeeper";';

async function embeddedDaemons(checks: Checks): Promise<void> {
  // It gives its daemon ten seconds, which a busy machine may need more than once.
  const own = `${importKeeper}
    const start = () => AgentKeeperClient.embedded({ port: 0 }).catch((error) => {
      if (error.code !== "daemon_not_ready") throw error;
      return start();
    });
    const client = await start();
    console.log("port", new URL(client.dashboardUrl).port, "!");`;
  const ends: Readonly<Record<string, { readonly source: string; readonly signal?: NodeJS.Signals }>> = {
    SIGKILL: { source: `${own} setInterval(() => {}, 1000);`, signal: "SIGKILL" },
    SIGTERM: { source: `${own} setInterval(() => {}, 1000);`, signal: "SIGTERM" },
    SIGINT: { source: `${own} setInterval(() => {}, 1000);`, signal: "SIGINT" },
    "process.exit": { source: `${own} process.exit(3);` },
    "an error": {
      source: `${own} process.on("uncaughtException", () => process.exit(1)); throw new Error();`,
    },
  };
  for (const [how, { source, signal }] of Object.entries(ends)) {
    for (let round = 0; round < scaled(1, 5); round += 1) {
      const program = runProgram(source);
      await Promise.race([
        program.ended,
        waitUntil(() => program.stdout().includes("!"), { withinMs: programMs, what: "the embedded daemon" }),
      ]);
      const port = Number(/port (\d+)/.exec(program.stdout())?.[1]);
      if (signal !== undefined) {
        program.kill(signal);
      }
      await program.ended;
      const isGone = await waitUntil(async () => !(await isServed(port)), { withinMs: 30_000 }).then(
        () => true,
        () => false,
      );
      checks.that(`an embedded daemon ends with a program that ${how} ends`, port > 0 && isGone, port);
    }
  }
}

async function forgottenClients(checks: Checks): Promise<void> {
  await using keeper = await startServer("agentkeeper");
  await using draft = await startServer("agentdraft", ["--dev"]);
  const agent = await (await signIn(draft.port, "owner@example.com")).agent();
  for (const [what, source] of [
    [
      "an agent and a lease",
      `${importKeeper}
        const client = new AgentKeeperClient({ host: "127.0.0.1", port: ${keeper.port} });
        const agent = await client.register({ name: "x", description: "", version: "1" });
        await client.acquireLease("k", agent.agentId, { autoRenew: true });`,
    ],
    [
      "an idle client of a calendar",
      `import { AgentDraft } from "@x/agentdraft";
        const client = new AgentDraft({ apiKey: "${agent.key}", baseUrl: "http://127.0.0.1:${draft.port}" });
        await client.agents.me();`,
    ],
  ] as const) {
    const code = await runProgram(source).ended;
    checks.that(`a program with ${what} ends by itself`, code === 0, code);
  }
}

export const lifetimes: Attack = async (checks) => {
  await Promise.all([embeddedDaemons(checks), forgottenClients(checks)]);
};
