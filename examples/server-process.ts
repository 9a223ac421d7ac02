// A server of a story as a process of its own, which may be killed and started again where it was.
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface ServerProcess extends AsyncDisposable {
  /** Where it listens, as `--addr` takes it. */
  readonly address: string;
  /** What it said when it was ready. */
  readonly readyLine: string;
  readonly pid: number;
  /** SIGKILL: nothing is said, nothing is finished. */
  kill(): Promise<void>;
}

/** Starts an executable of ours with some flags beside those that all have. The first address of its ready line is that of `--addr`. */
export async function startServerProcess(
  executable: string,
  flags: readonly string[],
  address = "127.0.0.1:0",
): Promise<ServerProcess> {
  const child = spawn(
    process.execPath,
    [executable, `--addr=${address}`, "--metrics-addr=off", "--log-level=error", ...flags],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
  };
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const readyLine = String(line);
  const listens = / (?:http|grpc)=(\S+)/.exec(readyLine)?.[1];
  assert(listens !== undefined && child.pid !== undefined, `the server is ready: ${readyLine}`);
  return {
    address: listens,
    readyLine,
    pid: child.pid,
    kill: () => end("SIGKILL"),
    [Symbol.asyncDispose]: () => end("SIGTERM"),
  };
}
