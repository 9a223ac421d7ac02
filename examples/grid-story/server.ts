// The Grid server as a process of its own, on a data directory, which may be killed and started again where it was.
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const executable = fileURLToPath(new URL("dist/bin/x-grid.js", import.meta.resolve("@x/grid/package.json")));

export interface ServerProcess extends AsyncDisposable {
  /** Where it listens, as `--addr` takes it. */
  readonly address: string;
  readonly pid: number;
  /** SIGKILL: nothing is said, nothing is finished. */
  kill(): Promise<void>;
}

export async function startServer(dataDir: string, address = "127.0.0.1:0"): Promise<ServerProcess> {
  const flags = [`--addr=${address}`, "--metrics-addr=off", "--log-level=error", `--data-dir=${dataDir}`];
  const child = spawn(process.execPath, [executable, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const listens = / http=(\S+)/.exec(String(line))?.[1];
  assert(listens !== undefined && child.pid !== undefined, `the server is ready: ${line}`);
  return {
    address: listens,
    pid: child.pid,
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGTERM"),
  };
}
