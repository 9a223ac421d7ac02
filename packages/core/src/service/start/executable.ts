// The life of a server process: flags, logs, ready line, signals, exit codes.
import { setFlagsFromString } from "node:v8";
import { describeFlags, type Flag, FlagError, parseFlags } from "./flags.ts";
import { createLog, type Log, type LogLevel } from "./logger.ts";
import { dieWithParent, findNewerNode, handOver, isOlderNode, oldestNode } from "./older-node.ts";

/** A server that runs in this process. */
export interface RunningServer {
  /** What the one line on stdout says after the name and `ready`, such as `grpc=127.0.0.1:7070`. */
  readonly readyLine: string;
  /** Stops within its own bound. */
  close(): Promise<void>;
}

/** An executable around a server. */
export interface Executable<Flags> {
  /** The command's name. */
  readonly name: string;
  readonly version: string;
  /** What the server is, in one sentence for the help text. */
  readonly summary: string;
  readonly flags: Flags;
  start(values: FlagValues<Flags>, log: Log): Promise<RunningServer>;
  /** Whether these flags ask for a store on disk, which Node has since {@link oldestNode}. */
  readonly storesOnDisk: (values: FlagValues<Flags>) => boolean;
  /** Environment variable that, set to `1`, makes the end of stdin a reason to stop. */
  readonly stopOnStdinEofVariable?: string;
  /**
   * A stop that takes longer than this, in milliseconds, is cut off; the exit code stays 0, for nothing acknowledged is
   * lost by it.
   *
   * @default 1900
   */
  readonly stopBoundMs?: number;
}

type FlagValues<Flags> = {
  readonly [Name in keyof Flags]: Flags[Name] extends Flag<infer Value> ? Value : never;
};

/** The flags that every executable has. */
export interface CommonFlags {
  readonly "log-level": Flag<LogLevel>;
  readonly version: Flag<boolean>;
  readonly help: Flag<boolean>;
}

/** The process could not start: a port that is taken, a directory that another process holds. Exit code 1. */
export class StartError extends Error {
  override readonly name = "StartError";
}

const exitCodes = { stopped: 0, failed: 1, usage: 2 } as const;

const defaultStopBoundMs = 1_900;

/** Runs the process to its end. Resolves never: the process exits. */
export async function runExecutable<
  const Flags extends CommonFlags & Readonly<Record<string, Flag<unknown>>>,
>(executable: Executable<Flags>, args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const { name, version, summary, flags } = executable;
  let values: FlagValues<Flags> & {
    readonly [Name in keyof CommonFlags]: ReturnType<CommonFlags[Name]["read"]>;
  };
  try {
    values = parseFlags(flags, args) as typeof values;
  } catch (error) {
    if (!(error instanceof FlagError)) {
      throw error;
    }
    process.stderr.write(`${name}: ${error.message}\nTry "${name} --help".\n`);
    process.exit(exitCodes.usage);
  }
  if (values.help) {
    process.stdout.write(
      `${name} ${version}: ${summary}\n\nUsage: ${name} [flags]\n\n${describeFlags(flags)}\n`,
    );
    process.exit(exitCodes.stopped);
  }
  if (values.version) {
    process.stdout.write(`${version}\n`);
    process.exit(exitCodes.stopped);
  }
  dieWithParent();
  if (isOlderNode()) {
    if (executable.storesOnDisk(values)) {
      await runOnNewerNode(name, args);
    }
    process.stderr.write(
      `${name} is made for Node ${oldestNode} or newer; this is Node ${process.versions.node}\n`,
    );
  }
  collectEarly();
  const log = createLog(name, values["log-level"]);
  let server: RunningServer;
  try {
    server = await executable.start(values, log);
  } catch (error) {
    const usage = error instanceof FlagError;
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!usage && !(error instanceof StartError) && error instanceof Error) {
      log.error({ err: error }, "could not start");
    }
    process.exit(usage ? exitCodes.usage : exitCodes.failed);
  }
  stopOnRequest(executable, server, log);
  process.stdout.write(`${name} ready ${server.readyLine}\n`);
}

async function runOnNewerNode(name: string, args: readonly string[]): Promise<never> {
  const node = findNewerNode(process.argv[1] ?? "");
  if (node === undefined) {
    process.stderr.write(
      `${name}: a store on disk needs Node ${oldestNode} or newer; this is Node ${process.versions.node}. ` +
        "Run it on a newer one, or install the npm package node beside it.\n",
    );
    process.exit(exitCodes.failed);
  }
  return await handOver(node, args);
}

/**
 * A server holds much that lives long beside garbage that dies young, and V8 lets garbage grow to three times what lives.
 * Here to 1.6 times: a fifth less memory, at no cost that can be measured. Who gives the flag to Node decides instead.
 */
function collectEarly(): void {
  const given = [...process.execArgv, process.env.NODE_OPTIONS ?? ""].join(" ");
  if (!/heap[-_]growing[-_]percent/.test(given)) {
    setFlagsFromString("--heap-growing-percent=60");
  }
}

function stopOnRequest(
  executable: { readonly stopOnStdinEofVariable?: string; readonly stopBoundMs?: number },
  server: RunningServer,
  log: Log,
): void {
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) {
      return;
    }
    stopping = true;
    log.info({ why }, "stopping");
    setTimeout(() => process.exit(exitCodes.stopped), executable.stopBoundMs ?? defaultStopBoundMs).unref();
    server.close().then(
      () => process.exit(exitCodes.stopped),
      (error: unknown) => {
        log.error({ err: error }, "could not stop cleanly");
        process.exit(exitCodes.failed);
      },
    );
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
  // What nobody caught is a defect; the server says so and lives on, because agents depend on it.
  process.on("uncaughtException", (error) => log.error({ err: error }, "uncaught exception"));
  process.on("unhandledRejection", (reason) => log.error({ err: reason }, "unhandled rejection"));
  // A reader of the output that went away must not end the server.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  const variable = executable.stopOnStdinEofVariable;
  if (variable !== undefined && process.env[variable] === "1") {
    process.stdin.on("end", () => stop("the end of stdin"));
    process.stdin.on("error", () => stop("an error of stdin"));
    process.stdin.resume();
  }
}
