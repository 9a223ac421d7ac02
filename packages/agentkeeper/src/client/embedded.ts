// Embedded mode: find a daemon's executable, start it for this client, and stop it with the client.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { must, NotFoundError, type OptionRules, packageFile, sleep, UnavailableError } from "@x/core/base";
import { serviceName } from "./checks.ts";
import { openConnection } from "./connection.ts";

/** Which daemon to start, and how. */
export interface EmbeddedDaemonOptions {
  /** Path of the executable. By default `AGENTKEEPER_BIN`, then `agentkeeper` on PATH, then `./daemon/agentkeeper`, then our own. */
  readonly binary?: string | undefined;
  /** Port of gRPC on loopback, 1 to 65,535; a free one by default. One that somebody listens on already is an error. */
  readonly port?: number | undefined;
  /** Directory in which the daemon keeps its data. In memory by default. */
  readonly dataDir?: string | undefined;
}

export const daemonRules: OptionRules<EmbeddedDaemonOptions> = {
  binary: must.beFullText,
  port: { ...must.beWhole(0, 65_535), expected: "a port from 1 to 65535, or 0 for a free one" },
  dataDir: must.beFullText,
};

/** A daemon that was started for a client. */
export interface EmbeddedDaemon {
  readonly host: string;
  readonly port: number;
  /** Process id of the daemon. */
  readonly pid: number;
  /** URL of the daemon's dashboard, if it says where that is, as our own does. */
  readonly dashboardUrl: string | undefined;
  /** SIGTERM, after five seconds SIGKILL, and waits for the end. Idempotent. */
  stop(): Promise<void>;
}

const readyWithinMs = 10_000;
const stopWithinMs = 5_000;
const pollEveryMs = 50;
/** How long a daemon that says nothing must live on beside the port that answers. */
const settleMs = 200;
const keptErrorOutput = 16_384;

/** An executable to start. Our own can be told more than the flags that every daemon knows. */
interface Candidate {
  readonly command: string;
  readonly args: readonly string[];
  readonly ours: boolean;
}

/**
 * Starts a daemon and waits until it serves.
 *
 * @throws UnavailableError `daemon_not_found`, `daemon_exited`, `daemon_not_ready`, `port_taken`
 */
export async function startEmbeddedDaemon(options: EmbeddedDaemonOptions): Promise<EmbeddedDaemon> {
  const candidate = resolveDaemon(options.binary);
  const wanted = options.port ?? 0;
  const port = wanted === 0 && !candidate.ours ? await freePort() : wanted;
  if (port !== 0 && (await accepts(port))) {
    // Another daemon would tell of itself only by its end, and its client work on somebody else's until then.
    throw failure("port_taken", `somebody listens on port ${port} already; name another port, or none`);
  }
  const args = [...candidate.args, `--addr=127.0.0.1:${port}`];
  if (options.dataDir !== undefined) {
    args.push(`--data-dir=${resolve(options.dataDir)}`);
  }
  if (candidate.ours) {
    args.push("--metrics-addr=127.0.0.1:0", "--log-level=warn");
  }
  const child = spawn(candidate.command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    // Ours may also be what a path leads to; others do not know the variable.
    env: { ...process.env, X_AGENTKEEPER_STOP_ON_STDIN_EOF: "1" },
  });
  const daemon = watchOver(child);
  try {
    const ready = await becomeReady(daemon, port, candidate);
    return { host: "127.0.0.1", ...ready, pid: child.pid ?? -1, stop: () => daemon.stop() };
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

/** The executable to start, by the documented order. */
function resolveDaemon(binary: string | undefined): Candidate {
  const named = binary ?? (process.env.AGENTKEEPER_BIN || undefined);
  if (named !== undefined) {
    if (!isExecutable(named)) {
      const origin = binary === undefined ? "AGENTKEEPER_BIN" : "the option binary";
      throw failure("daemon_not_found", `${origin} names ${named}, which is no executable file`);
    }
    return { command: resolve(named), args: [], ours: false };
  }
  const suffix = process.platform === "win32" ? ".exe" : "";
  const places = [
    ...(process.env.PATH ?? "")
      .split(delimiter)
      // What npm puts in front of PATH for its scripts leads to a daemon of ours, which is started better without it.
      .filter((folder) => folder !== "" && !npmFolder.test(folder))
      .map((folder) => join(folder, `agentkeeper${suffix}`)),
    resolve("daemon", `agentkeeper${suffix}`),
  ];
  const found = places.find(isExecutable);
  if (found !== undefined) {
    return { command: found, args: [], ours: false };
  }
  const own = packageFile("@x/agentkeeper", "dist/bin/agentkeeper.js", import.meta.url);
  if (own === undefined) {
    const mend = "In a bundle, keep @x/agentkeeper external, or give the option binary";
    throw failure(
      "daemon_not_found",
      `there is no agentkeeper on PATH, and the file of ours is not beside this code. ${mend}`,
    );
  }
  return { command: process.execPath, args: [fileURLToPath(own)], ours: true };
}

const npmFolder = /[\\/]node_modules[\\/]\.bin[\\/]?$/;

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** A child process whose output is read to its end, and whose end is always known. */
interface WatchedChild {
  readonly exited: Promise<void>;
  /** Resolves with the ready line, if the daemon prints one as ours does. */
  readonly readyLine: Promise<string>;
  /** What it exited with, once it has. */
  outcome(): string | undefined;
  stop(): Promise<void>;
}

function watchOver(child: ChildProcess): WatchedChild {
  let outcome: string | undefined;
  let errors = "";
  let output = "";
  const line = Promise.withResolvers<string>();
  const exited = new Promise<void>((resolveExit) => {
    child.once("error", (error) => {
      outcome ??= `could not be started: ${error.message}`;
      resolveExit();
    });
    child.once("exit", (code, signal) => {
      outcome ??= `exited with ${signal ?? `code ${code}`}${errors === "" ? "" : `: ${errors.trim()}`}`;
      resolveExit();
    });
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-keptErrorOutput);
  });
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-keptErrorOutput);
    const ready = /^agentkeeper ready .*$/m.exec(output);
    if (ready !== null && output.includes("\n")) {
      line.resolve(ready[0]);
    }
  });
  child.stdin?.on("error", () => undefined);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    if (outcome !== undefined) {
      return;
    }
    child.ref();
    child.kill("SIGTERM");
    const tooLate = setTimeout(() => child.kill("SIGKILL"), stopWithinMs);
    await exited;
    clearTimeout(tooLate);
    child.stdin?.destroy();
  };
  return {
    exited,
    readyLine: line.promise,
    outcome: () => outcome,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

async function becomeReady(
  daemon: WatchedChild,
  port: number,
  candidate: Candidate,
): Promise<Pick<EmbeddedDaemon, "port" | "dashboardUrl">> {
  const patience = new AbortController();
  const timeout = setTimeout(() => patience.abort(), readyWithinMs);
  const orGone = async <Value>(wait: Promise<Value>): Promise<Value> => {
    const gone = Promise.race([
      daemon.exited.then(() =>
        failure("daemon_exited", `the daemon ${candidate.command} ${daemon.outcome()}`),
      ),
      once(patience.signal, "abort").then(() =>
        failure(
          "daemon_not_ready",
          `the daemon ${candidate.command} was not ready within ${readyWithinMs} ms`,
        ),
      ),
    ]);
    return Promise.race([wait, gone.then((error) => Promise.reject(error))]);
  };
  try {
    if (candidate.ours) {
      return addressesIn(await orGone(daemon.readyLine), port);
    }
    await orGone(answersAt(port, patience.signal));
    await orGone(speaksOurWire(port));
    // Its own ready line says that it is the one that listens. Without one, what answers may have come between, and the one
    // that was started is about to end over that.
    const line = await orGone(Promise.race([daemon.readyLine, sleep(settleMs).then(() => undefined)]));
    return line === undefined ? { port, dashboardUrl: undefined } : addressesIn(line, port);
  } finally {
    clearTimeout(timeout);
    patience.abort();
  }
}

function addressesIn(line: string, port: number): Pick<EmbeddedDaemon, "port" | "dashboardUrl"> {
  const grpc = /\bgrpc=\S*:(\d+)/.exec(line)?.[1];
  const http = /\bhttp=(\S+:\d+)/.exec(line)?.[1];
  return {
    port: grpc === undefined ? port : Number(grpc),
    dashboardUrl: http === undefined ? undefined : `http://${http}/`,
  };
}

/** Resolves when something accepts connections on the port. */
async function answersAt(port: number, signal: AbortSignal): Promise<void> {
  while (!(await accepts(port))) {
    await sleep(pollEveryMs, { signal });
  }
}

/** Whether something accepts connections on the port. */
function accepts(port: number): Promise<boolean> {
  return new Promise((resolveProbe) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolveProbe(true);
    });
    socket.once("error", () => resolveProbe(false));
  });
}

/** An unknown agent must be NOT_FOUND; anything else is not a daemon of this wire. */
async function speaksOurWire(port: number): Promise<void> {
  const connection = openConnection({
    host: "127.0.0.1",
    port,
    proxy: "none",
    timeoutMs: readyWithinMs,
    maxRetries: 5,
  });
  try {
    await connection.call("getAgent", "safe", undefined, (call) =>
      connection.registry.getAgent({ agentId: "00000000-0000-4000-8000-000000000000" }, call),
    );
  } catch (error) {
    if (error instanceof NotFoundError) {
      return;
    }
    throw failure("daemon_not_ready", `what listens on port ${port} does not speak agentkeeper.v1`, error);
  } finally {
    await connection.close();
  }
  throw failure("daemon_not_ready", `what listens on port ${port} knows an agent that was never registered`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

function failure(code: string, message: string, cause?: unknown): UnavailableError {
  return new UnavailableError(`embedded: ${message}.`, {
    service: serviceName,
    operation: "embedded",
    code,
    // Another start meets the same files.
    retryable: code === "daemon_not_ready",
    cause,
  });
}
