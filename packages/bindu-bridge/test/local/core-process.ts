// The core as a process of its own, with the log on stderr shown.
import { fileURLToPath } from "node:url";
import { type ServerProcess, startServerProcess } from "@x/core/testing";

const executable = fileURLToPath(new URL("../../dist/bin/x-bindu.js", import.meta.url));

/** Starts the executable as it is built; ready when its ready line has come. */
export async function startCoreProcess(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly process: ServerProcess; readonly addr: string }> {
  const process = await startServerProcess(
    executable,
    ["--addr=127.0.0.1:0", "--metrics-addr=off", ...args],
    {
      readyLine: /ready/,
      env,
    },
  );
  const addr = /127\.0\.0\.1:\d+/.exec(process.readyLine)?.[0] ?? "";
  return { process, addr };
}
