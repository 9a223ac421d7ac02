// The official MCP conformance suite against our MCP servers over HTTP: the kit with the suite's tools, and what users run.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startLocalAgentDraft } from "@x/agentdraft/local";
import { startLocalAgentKeeper } from "@x/agentkeeper/local";
import { startServerProcess } from "@x/core/testing";
import { notApplicable, ofEveryServer, ofTools, warnings } from "./scenarios.ts";

export const name = "mcp-conformance";

interface Counts {
  readonly passed: number;
  readonly failed: number;
}

const here = import.meta.dirname;
const suite = programOf(import.meta.resolve("@modelcontextprotocol/conformance/package.json"), "index.js");
const keeperProgram = programOf(import.meta.resolve("@x/agentkeeper/package.json"), "bin/agentkeeper.js");
const draftProgram = programOf(import.meta.resolve("@x/agentdraft/package.json"), "bin/x-agentdraft.js");

const execute = promisify(execFile);

/** What the suite prints, and whether it is content. */
async function runSuite(
  ...args: readonly string[]
): Promise<{ readonly ok: boolean; readonly output: string }> {
  try {
    const { stdout, stderr } = await execute(process.execPath, [suite, ...args], { timeout: 60_000 });
    return { ok: true, output: stdout + stderr };
  } catch (error) {
    return {
      ok: false,
      output: error instanceof Error ? `${error.message}\n${stdoutOf(error)}` : String(error),
    };
  }
}

const stdoutOf = (error: Error): string => ("stdout" in error ? String(error.stdout) : "");

/** Every scenario is run or has its reason: a newer suite shows what it has more. */
async function checkList(): Promise<boolean> {
  const { output } = await runSuite("list", "--server");
  const listed = [...output.matchAll(/^ +- ([\w-]+) \[/gm)].map(([, scenario]) => scenario ?? "").sort();
  const known = [...ofEveryServer, ...ofTools, ...Object.keys(notApplicable)].sort();
  const same = listed.join() === known.join();
  if (!same) {
    console.error(
      `mcp-conformance: the suite has ${listed.join(", ")}; scenarios.ts knows ${known.join(", ")}`,
    );
  }
  return same;
}

async function checkServer(
  what: string,
  file: string,
  args: readonly string[],
  scenarios: readonly string[],
): Promise<Counts> {
  await using server = await startServerProcess(file, [...args, "--http=127.0.0.1:0", "--log-level=error"]);
  const url = /http=(\S+)/.exec(server.readyLine)?.[1] ?? "";
  let passed = 0;
  for (const scenario of scenarios) {
    const { ok, output } = await runSuite("server", "--url", url, "--scenario", scenario);
    if (ok && output.includes(`, 0 failed, ${warnings[scenario] ?? 0} warnings`)) {
      passed += 1;
    } else {
      console.error(`mcp-conformance: ${what} does not pass ${scenario}\n${output}`);
    }
  }
  console.log(`mcp-conformance ${what}: ${passed} of ${scenarios.length} scenarios passed`);
  return { passed, failed: scenarios.length - passed };
}

export async function run(): Promise<Counts> {
  await using keeper = await startLocalAgentKeeper();
  await using draft = await startLocalAgentDraft();
  const keeperFlags = ["mcp", `--host=${keeper.host}`, `--port=${keeper.port}`, "--agent-name=conformance"];
  const draftFlags = ["mcp", `--url=${draft.url}`, `--key-file=${join(here, "key.txt")}`];
  const counts = [
    { passed: 0, failed: (await checkList()) ? 0 : 1 },
    await checkServer("the kit", join(here, "server.ts"), [], [...ofEveryServer, ...ofTools]),
    await checkServer("agentkeeper mcp", keeperProgram, keeperFlags, ofEveryServer),
    await checkServer("x-agentdraft mcp", draftProgram, draftFlags, ofEveryServer),
  ];
  for (const [scenario, why] of Object.entries(notApplicable)) {
    console.log(`mcp-conformance ${scenario}: does not apply: ${why}`);
  }
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function programOf(manifest: string, file: string): string {
  return fileURLToPath(new URL(`dist/${file}`, manifest));
}
