// The daemon under test: its real executable, killed, stopped and started again on one port and one directory.
import { renameSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ServerProcess, startServerProcess } from "@x/core/testing";
import { type DaemonLine, type Happened, monotonicMicros } from "./recording.ts";

/** How a service's executable is run. */
export interface Executable {
  /** A JavaScript file. */
  readonly file: string;
  args(port: number, dataDir: string | undefined): readonly string[];
  /** Has to make it stop when its stdin ends. */
  readonly env: Readonly<Record<string, string>>;
}

export interface DaemonSettings {
  readonly executable: Executable;
  /** In memory without it. */
  readonly dataDir: string | undefined;
  /** A file of its own, by which its machine's clock is set. */
  readonly clockFile: string;
  readonly note: (line: DaemonLine) => void;
}

export interface Daemon extends AsyncDisposable {
  readonly port: number;
  /** @throws Error for one that is in memory */
  readonly dataDir: string;
  /** Writes down what was done to it. */
  note(happened: Happened): void;
  start(): Promise<void>;
  /** Starts another one on its directory; answers "refused", or what came instead. It ends at once. */
  tryAnother(): Promise<string>;
  /** kill -9. */
  kill(): Promise<void>;
  /** SIGTERM, and kill -9 so many milliseconds later, when it may be writing its last snapshot. */
  killWhileStopping(afterMs: number): Promise<void>;
  /** SIGTERM; answers the exit code. */
  stop(): Promise<number | null>;
  /** Stops the process for so long, then continues it. */
  pause(forMs: number): Promise<void>;
  /** Sets its machine's wall clock so much forward or back, and right again after so long. */
  jump(byMs: number, forMs: number): Promise<void>;
}

interface Run {
  readonly server: ServerProcess;
  readonly spawned: number;
  readonly unreachable: number;
  readonly ready: number;
}

const clockPreload = join(import.meta.dirname, "shifted-clock.ts");

export async function createDaemon(settings: DaemonSettings): Promise<Daemon> {
  const { executable, dataDir, clockFile, note } = settings;
  const port = await portForRestarts();
  let run: Run | undefined;

  /** Whole at every moment. */
  const setClock = (offsetMs: number): void => {
    writeFileSync(`${clockFile}-next`, String(offsetMs));
    renameSync(`${clockFile}-next`, clockFile);
  };
  setClock(0);

  const launch = (onPort: number): Promise<ServerProcess> =>
    startServerProcess(executable.file, executable.args(onPort, dataDir), {
      runtime: [process.execPath, "--import", clockPreload],
      env: { ...executable.env, X_CLOCK_OFFSET_FILE: clockFile },
      stdin: "pipe",
      readyLine: / ready /,
      readyWithinMs: 30_000,
    });

  const current = (): Run => {
    if (run === undefined) {
      throw new Error("the daemon is not running");
    }
    return run;
  };

  const end = async (first: NodeJS.Signals, killAfterMs?: number): Promise<number | null> => {
    const { server, ...times } = current();
    run = undefined;
    server.signal(first);
    if (killAfterMs !== undefined) {
      await Promise.race([server.ended, delay(killAfterMs)]);
      server.signal("SIGKILL");
    }
    const code = await server.ended;
    note({ kind: "run", ...times, ended: monotonicMicros() });
    return code;
  };

  return {
    port,
    get dataDir(): string {
      if (dataDir === undefined) {
        throw new Error("the daemon keeps nothing on disk");
      }
      return dataDir;
    },
    note: ({ kind }) => note({ kind, at: monotonicMicros() }),

    async tryAnother(): Promise<string> {
      try {
        await using _ = await launch(0);
        return "started";
      } catch (error) {
        return /exited with 1: /.test(String(error)) ? "refused" : String(error);
      }
    },

    async start(): Promise<void> {
      const spawned = monotonicMicros();
      const starting = launch(port);
      let isSettled = false;
      const settled = (): void => {
        isSettled = true;
      };
      starting.then(settled, settled);
      const unreachable = await lastRefusal(port, spawned, () => isSettled);
      run = { server: await starting, spawned, unreachable, ready: monotonicMicros() };
    },

    async kill(): Promise<void> {
      await end("SIGKILL");
    },

    async killWhileStopping(afterMs: number): Promise<void> {
      await end("SIGTERM", afterMs);
    },

    stop: () => end("SIGTERM"),

    async pause(forMs: number): Promise<void> {
      const { server } = current();
      const start = monotonicMicros();
      server.signal("SIGSTOP");
      await delay(forMs);
      server.signal("SIGCONT");
      note({ kind: "pause", start, end: monotonicMicros() });
    },

    async jump(byMs: number, forMs: number): Promise<void> {
      const start = monotonicMicros();
      setClock(byMs);
      await delay(forMs);
      setClock(0);
      note({ kind: "jump", start, end: monotonicMicros(), byMs });
    },

    async [Symbol.asyncDispose](): Promise<void> {
      await run?.server.stop("SIGKILL");
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
