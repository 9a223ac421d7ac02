// Runs a program for a gate: its output is an answer when it succeeds and the explanation when it fails.
import { spawnSync } from "node:child_process";
import { delimiter, resolve } from "node:path";

const shownLines = 60;
/** An import that leaves a timer or socket behind never exits; this ends the wait for it. */
const patienceMs = 300_000;

export interface CommandOptions {
  readonly cwd?: string;
}

/** Answers standard output. @throws with the end of all output if the program fails or does not end. */
export function run(command: string, args: readonly string[], { cwd = "." }: CommandOptions = {}): string {
  const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    timeout: patienceMs,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PATH: `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH}` },
  });
  if (error !== undefined) throw error;
  if (status !== 0) {
    const output = `${stdout}${stderr}`.trimEnd().split("\n").slice(-shownLines).join("\n");
    throw new Error(`${command} ${args.join(" ")} ended with ${status ?? signal}:\n${output}`);
  }
  return stdout;
}

/** The pnpm that the workspace itself is installed with. */
export function pnpm(args: readonly string[], options?: CommandOptions): string {
  return run("npx", ["-y", "pnpm@12", ...args], options);
}
