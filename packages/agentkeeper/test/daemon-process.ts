// The built executable as a child process of a test.
import { fileURLToPath } from "node:url";
import {
  runServerProcess,
  type ServerProcess,
  type ServerProcessOptions,
  startServerProcess,
} from "@x/core/testing";

export const daemonFile: string = fileURLToPath(new URL("../dist/bin/agentkeeper.js", import.meta.url));

export interface DaemonProcess extends ServerProcess {
  readonly port: number;
  /** URL of the operator's port, without a slash at its end. */
  readonly http: string;
}

/** Runs the executable to its end. */
export function runDaemon(args: readonly string[]): ReturnType<typeof runServerProcess> {
  return runServerProcess(daemonFile, args);
}

/** Starts the executable and waits for its ready line. */
export async function startDaemon(
  args: readonly string[],
  options: ServerProcessOptions = {},
): Promise<DaemonProcess> {
  const started = await startServerProcess(daemonFile, args, options);
  const { readyLine } = started;
  const port = Number(/grpc=\S*:(\d+) /.exec(readyLine)?.[1]);
  return { ...started, port, http: `http://${/http=(\S+)/.exec(readyLine)?.[1]}` };
}
