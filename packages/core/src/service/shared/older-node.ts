// What an executable does on a Node that is older than promised: without a store on disk it runs, with one it hands over to
// a newer Node that was installed from npm.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** The oldest Node that all of this is made for: it has SQLite. */
export const oldestNode = "22.13";

/** Whether a version is older than promised. */
export function isOlderNode(version: string = process.versions.node): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [leastMajor = 0, leastMinor = 0] = oldestNode.split(".").map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

/** A newer Node: the npm package `node`, as a dependency of whoever installed the executable. */
export function findNewerNode(executable: string): string | undefined {
  try {
    const description = createRequire(pathToFileURL(executable)).resolve("node/package.json");
    const { version, bin } = JSON.parse(readFileSync(description, "utf8"));
    const program = typeof bin === "string" ? bin : bin?.node;
    return typeof program === "string" && !isOlderNode(version)
      ? join(dirname(description), program)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Tells the process that takes over that its life is tied to that of another. */
const tiedVariable = "X_TIED_TO_PARENT";

/**
 * Runs the same command line on another Node, and ends as that ends. Whoever kills this process kills both; only a stop
 * (SIGSTOP) does not reach the other.
 */
export function handOver(node: string, args: readonly string[]): Promise<never> {
  const child = spawn(node, [...process.execArgv, process.argv[1] ?? "", ...args], {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [tiedVariable]: "1" },
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal));
  }
  return new Promise((_, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/** Ends this process at once with the one that handed over to it, however that ends. */
export function dieWithParent(): void {
  if (process.env[tiedVariable] === "1" && process.channel !== undefined) {
    delete process.env[tiedVariable];
    process.channel.unref();
    process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  }
}
