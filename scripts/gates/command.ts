// Runs a program for a gate: its output is an answer when it succeeds and the explanation when it fails.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const shownLines = 60;
/** An import that leaves a timer or socket behind never exits; this ends the wait for it. */
const patienceMs = 300_000;

export interface CommandOptions {
  readonly cwd?: string;
}

/** Answers standard output. @throws with the end of all output if the program fails or does not end. */
export function run(
  command: string,
  args: readonly string[],
  { cwd = "." }: CommandOptions = {},
): Promise<string> {
  const options = {
    cwd,
    timeout: patienceMs,
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, PATH: `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH}` },
  };
  return new Promise((resolveRun, reject) => {
    execFile(command, args, options, (error, stdout, stderr) => {
      if (error === null) {
        resolveRun(stdout);
        return;
      }
      const output = `${stdout}${stderr}`.trimEnd().split("\n").slice(-shownLines).join("\n");
      const how = error.code ?? error.signal;
      reject(new Error(`${command} ${args.join(" ")} ended with ${how}:\n${output}`));
    });
  });
}

/** The pnpm that the workspace itself is installed with. */
export function pnpm(args: readonly string[], options?: CommandOptions): Promise<string> {
  // At hand wherever pnpm itself or npx has started this.
  const isAtHand = (process.env.PATH ?? "")
    .split(delimiter)
    .some((folder) => existsSync(join(folder, "pnpm")));
  return isAtHand ? run("pnpm", args, options) : run("npx", ["-y", "pnpm@12", ...args], options);
}
