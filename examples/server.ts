// A server of the suite as a process of its own, which may be killed and started again where it was.
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface ServerProcess extends AsyncDisposable {
  /** Where it listens, as `--addr` takes it. */
  readonly address: string;
  readonly pid: number;
  /** SIGKILL: nothing is said, nothing is finished. */
  kill(): Promise<void>;
}

/**
 * Starts an executable on a data directory.
 *
 * @param listens finds the address in its ready line
 */
export async function startServer(
  executable: string,
  listens: RegExp,
  dataDir: string,
  addr = "127.0.0.1:0",
): Promise<ServerProcess> {
  const flags = [`--addr=${addr}`, "--metrics-addr=off", "--log-level=error", `--data-dir=${dataDir}`];
  const child = spawn(process.execPath, [executable, ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const address = listens.exec(String(line))?.[1];
  assert(address !== undefined && child.pid !== undefined, `the server is ready: ${line}`);
  return {
    address,
    pid: child.pid,
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGTERM"),
  };
}
