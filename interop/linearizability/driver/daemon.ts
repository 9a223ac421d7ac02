// The daemon under test: its real executable, killed, stopped and started again on one port and one directory.
import { connect, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { waitUntil } from "@x/core/testing";
import { type DaemonLine, monotonicMicros } from "../recording.ts";
import type { Child, Children } from "./children.ts";

/** Our own daemon, or the file that `DAEMON` names: a changed one shows whether the suite sees the change. */
const executable: string =
  process.env.DAEMON ??
  fileURLToPath(new URL("dist/bin/agentkeeper.js", import.meta.resolve("@x/agentkeeper/package.json")));

export interface DaemonSettings {
  readonly children: Children;
  /** In memory without it. */
  readonly dataDir: string | undefined;
  readonly note: (line: DaemonLine) => void;
}

export interface Daemon {
  readonly port: number;
  start(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM, and kill -9 so many milliseconds later, when it may be writing its last snapshot. */
  killWhileStopping(afterMs: number): Promise<void>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  /** Stops the process for so long, then continues it. */
  pause(forMs: number): Promise<void>;
}

interface Run {
  readonly child: Child;
  readonly spawned: number;
  readonly unreachable: number;
  readonly ready: number;
}

export async function createDaemon({ children, dataDir, note }: DaemonSettings): Promise<Daemon> {
  const port = await portForRestarts();
  let run: Run | undefined;

  const current = (): Run => {
    if (run === undefined) {
      throw new Error("the daemon is not running");
    }
    return run;
  };

  const end = async (first: NodeJS.Signals, killAfterMs?: number): Promise<number | null> => {
    const { child, ...times } = current();
    run = undefined;
    child.process.kill(first);
    if (killAfterMs !== undefined) {
      await Promise.race([child.ended, delay(killAfterMs)]);
      child.process.kill("SIGKILL");
    }
    await child.ended;
    note({ kind: "run", ...times, ended: monotonicMicros() });
    return child.process.exitCode;
  };

  return {
    port,

    async start(): Promise<void> {
      const spawned = monotonicMicros();
      const args = [`--addr=127.0.0.1:${port}`, "--metrics-addr=off", "--log-level=error"];
      if (dataDir !== undefined) {
        args.push(`--data-dir=${dataDir}`, "--event-retention=100000000");
      }
      const child = children.spawn(executable, args, { X_AGENTKEEPER_STOP_ON_STDIN_EOF: "1" });
      let output = "";
      let problems = "";
      child.process.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
      child.process.stderr?.setEncoding("utf8").on("data", (text: string) => {
        problems += text;
      });
      const hasSpoken = (): boolean => output.includes("\n") || child.process.exitCode !== null;
      const unreachable = await lastRefusal(port, spawned, hasSpoken);
      await waitUntil(hasSpoken, {
        withinMs: 30_000,
        what: () => `the daemon's ready line; it said: ${problems}`,
      });
      if (!output.includes(" ready ")) {
        throw new Error(`the daemon did not start: ${problems}`);
      }
      run = { child, spawned, unreachable, ready: monotonicMicros() };
    },

    async kill(): Promise<void> {
      await end("SIGKILL");
    },

    async killWhileStopping(afterMs: number): Promise<void> {
      await end("SIGTERM", afterMs);
    },

    stop: () => end("SIGTERM"),

    async pause(forMs: number): Promise<void> {
      const { process: daemon } = current().child;
      const start = monotonicMicros();
      daemon.kill("SIGSTOP");
      await delay(forMs);
      daemon.kill("SIGCONT");
      note({ kind: "pause", start, end: monotonicMicros() });
    },
  };
}

/** When the port was last known to be closed: a call that had failed by then has reached no daemon. */
async function lastRefusal(port: number, spawned: number, enough: () => boolean): Promise<number> {
  let refusedAt = spawned;
  while (!enough()) {
    const attempt = monotonicMicros();
    const socket = connect({ host: "127.0.0.1", port });
    const connected = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (connected) {
      break;
    }
    refusedAt = attempt;
    await delay(5);
  }
  return refusedAt;
}

/**
 * A free port from below the range out of which the system gives ports to connections: while the daemon is down, clients
 * try to connect, and one of them could be given the very port that the daemon needs again.
 */
async function portForRestarts(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const probe = createServer();
    const free = await new Promise<boolean>((resolve) => {
      probe.once("error", () => resolve(false));
      probe.listen({ host: "127.0.0.1", port }, () => resolve(true));
    });
    if (free) {
      await new Promise((resolve) => probe.close(resolve));
      return port;
    }
  }
}
