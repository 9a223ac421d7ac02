// The OpenAPI document through schemathesis: no request that it can think of brings a 5xx or an answer that the document does
// not know.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { startLocalAgentDraft } from "@x/agentdraft/local";
import { preparePython } from "../../shared/pytest.ts";
import type { Counts } from "../../shared/suite.ts";

const checks = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_schema_conformance",
];

export function prepare(): string {
  return preparePython({
    name: "agentdraft-openapi",
    requirements: join(import.meta.dirname, "requirements.txt"),
  });
}

/** Counts operations of the document. */
export async function run(): Promise<Counts> {
  const programs = prepare();
  await using server = await startLocalAgentDraft({
    port: 0,
    metricsAddr: "off",
    dev: true,
    arbitrationMs: 0,
  });
  const headers = await signIn(server.url);
  const output = await outputOf(join(programs, "schemathesis"), [
    "--config-file",
    join(import.meta.dirname, "schemathesis.toml"),
    "run",
    `${server.url}/openapi.json`,
    ...headers.flatMap((header) => ["-H", header]),
    "--checks",
    checks.join(","),
    "--phases",
    "coverage,fuzzing",
    "-n",
    "10",
    "--warnings",
    "off",
  ]);
  const tested = Number(/Tested: (\d+)/.exec(output.text)?.[1] ?? 0);
  console.log(`OpenAPI: ${tested} operations, ${/\d+ generated.*/.exec(output.text)?.[0]}`);
  if (output.code === 0 && tested > 0) {
    return { passed: tested, failed: 0 };
  }
  console.log(output.text);
  return { passed: 0, failed: 1 };
}

/** The headers of an owner and of an agent with every scope, both at once: each route takes what it asks for. */
async function signIn(url: string): Promise<string[]> {
  let cookie = "";
  const post = async (path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> => {
    const response = await fetch(url + path, {
      method: "POST",
      headers: { "content-type": "application/json", cookie },
      body: JSON.stringify(body),
    });
    cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
    return (await response.json()) as Readonly<Record<string, unknown>>;
  };
  const { dev_token: token } = await post("/v1/auth/magic-link", { email: "owner@example.com" });
  await post("/v1/auth/verify", { token });
  const scopes = ["availability:read", "bookings:write", "approvals:request", "mailbox:read", "mailbox:send"];
  const { plaintext_key: key } = await post("/v1/dashboard/agents", { name: "fuzz", scopes, priority: 1 });
  return [`Authorization: Bearer ${key}`, `Cookie: ${cookie}`];
}

async function outputOf(command: string, args: readonly string[]): Promise<{ text: string; code: number }> {
  // Its own notes belong into the ignored folder.
  const cwd = join(command, "..");
  const child = spawn(command, args, { cwd, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const code = await new Promise<number>((resolve) => child.on("close", (exit) => resolve(exit ?? 1)));
  return { text, code };
}
