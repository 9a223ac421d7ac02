// The executable on a directory of its own: started, killed and started again, with connections to whichever runs.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerProcessOptions } from "@x/core/testing";
import { type Connection, openConnection } from "../../src/client/connection.ts";
import { AgentKeeperClient, type AgentKeeperClientOptions } from "../../src/index.ts";
import { type DaemonProcess, startDaemon } from "../daemon-process.ts";

export interface StoredKeeper extends AsyncDisposable {
  /** The data directory; made by the daemon. */
  readonly directory: string;
  /** Starts the executable on the directory. Fails when it does not become ready. */
  start(flags?: readonly string[], options?: ServerProcessOptions): Promise<DaemonProcess>;
  /** A connection to the daemon that was started last, without retries. */
  connect(): Connection;
  /** A client of the daemon that was started last. */
  client(options?: AgentKeeperClientOptions): AgentKeeperClient;
}

const quiet = ["--metrics-addr=127.0.0.1:0", "--log-level=error"];

/** The daemon of each start listens where the first one did, so that clients find it again. */
export function createStoredKeeper(): StoredKeeper {
  const parent = mkdtempSync(join(tmpdir(), "agentkeeper-store-"));
  const directory = join(parent, "deep", "data");
  const daemons: DaemonProcess[] = [];
  const closing: (() => Promise<void>)[] = [];

  const where = (): { readonly host: string; readonly port: number } => ({
    host: "127.0.0.1",
    port: daemons.at(-1)?.port ?? 0,
  });
  return {
    directory,
    async start(flags = [], options = {}): Promise<DaemonProcess> {
      const args = [
        `--addr=127.0.0.1:${daemons[0]?.port ?? 0}`,
        `--data-dir=${directory}`,
        ...quiet,
        ...flags,
      ];
      const daemon = await startDaemon(args, options);
      daemons.push(daemon);
      return daemon;
    },
    connect(): Connection {
      const connection = openConnection({ ...where(), timeoutMs: 10_000, maxRetries: 0 });
      closing.push(() => connection.close());
      return connection;
    },
    client(options = {}): AgentKeeperClient {
      const client = new AgentKeeperClient({ ...where(), ...options });
      closing.push(() => client.close());
      return client;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(closing.map((close) => close()));
      await Promise.all(daemons.map((daemon) => daemon.stop("SIGKILL")));
      rmSync(parent, { recursive: true, force: true });
    },
  };
}
