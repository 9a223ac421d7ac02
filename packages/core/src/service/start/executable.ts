// The executable of a service: the server itself, or one of its commands; help, logs, ready line, signals, exit codes.

import { setFlagsFromString } from "node:v8";
import { isError, messageOf } from "../../errors/foreign.ts";
import { didYouMean } from "../../nearest.ts";
import { createLog, type Log } from "../shared/logger.ts";
import { dieWithParent, findNewerNode, handOver, isOlderNode, oldestNode } from "../shared/older-node.ts";
import { backupCommand } from "./backup-command.ts";
import type { Command } from "./command.ts";
import { describeFlags, parseCommandLine, twoColumns } from "./command-line.ts";
import {
  type CommandValues,
  type CommonValues,
  commandLineAddress,
  commandSettings,
  serverSettings,
} from "./common-settings.ts";
import type { LocalService } from "./local-service.ts";
import { endOnSignal } from "./process-end.ts";
import { type OptionsOf, readSettings, SettingError, type Settings } from "./settings.ts";
import { StartError, startLocal } from "./start-local.ts";

/** A command that is loaded when it is asked for. */
export interface Subcommand {
  readonly summary: string;
  /** Runs it under its full name, such as `agentkeeper mcp`. The process exits when it fails. */
  run(name: string, args: readonly string[]): Promise<void>;
}

/** A command of an executable, loaded when it is asked for. */
export function subcommand<Values>(summary: string, load: () => Promise<Command<Values>>): Subcommand {
  return { summary, run: async (name, args) => runCommand(name, await load(), args) };
}

const exitCodes = { stopped: 0, failed: 1, usage: 2 } as const;

/** Runs the executable of a service: the server, its own commands, and `backup`. While the server serves, this resolves; the process exits with the server. */
export async function runLocal<Values, Record, Offer extends object>(
  service: LocalService<Values, Record, Offer>,
  own: Readonly<{ [name: string]: Subcommand }> = {},
  args: readonly string[] = process.argv.slice(2),
): Promise<void> {
  const backup = backupCommand(service.store);
  const subcommands: Executable["subcommands"] = {
    ...own,
    backup: subcommand(backup.summary, () => Promise.resolve(backup)),
  };
  const { name, version, summary, operator } = service;
  const [first, ...rest] = args;
  if (first !== undefined && !first.startsWith("-")) {
    const chosen = Object.hasOwn(subcommands, first) ? subcommands[first] : undefined;
    if (chosen === undefined) {
      return endWithUsage(name, `unknown command "${first}"${didYouMean(first, Object.keys(subcommands))}`);
    }
    return await chosen.run(`${name} ${first}`, rest);
  }
  const serve: Command<CommonValues<Record> & Values> = {
    summary,
    settings: serverSettings<Values, Record>(service, service.settings),
    async run(options, _, log) {
      const givenDataDir: unknown = options.dataDir;
      if (isOlderNode()) {
        if (givenDataDir !== undefined) {
          await runOnNewerNode(args);
        }
        process.stderr.write(
          `${name} is made for Node ${oldestNode} or newer; this is Node ${process.versions.node}\n`,
        );
      }
      const server = await startLocal(service, {
        addr: commandLineAddress(service.port),
        metricsAddr: commandLineAddress(operator.port),
        metricsMayMove: options.metricsAddr === undefined,
        ...options,
        log,
      });
      const operatorHost = server.metricsUrl === undefined ? "off" : new URL(server.metricsUrl).host;
      if (server.metricsMoved) {
        log.warn(
          { [operator.name]: operatorHost },
          `${commandLineAddress(operator.port)} is taken; the operator's port is a free one`,
        );
      }
      const stop = endOnSignal({ log, boundMs: service.stopBoundMs, close: () => server.close() });
      if (process.env[stopVariable(name)] === "1") {
        process.stdin.on("end", () => stop("the end of stdin"));
        process.stdin.on("error", () => stop("an error of stdin"));
        process.stdin.resume();
      }
      const ports = Object.entries(server.addresses).map(([port, address]) => `${port}=${address}`);
      const time = server.isVirtual ? " time=virtual" : "";
      const url = service.tellsUrl === true ? ` url=${server.url}` : "";
      process.stdout.write(
        `${name} ready ${ports.join(" ")} ${operator.name}=${operatorHost} store=${server.store}${time}${url}\n`,
      );
    },
  };
  await runCommand(name, serve, args, { version, subcommands });
}

/** What only the executable itself has, beside its commands. */
interface Executable {
  readonly version: string;
  readonly subcommands: Readonly<{ [name: string]: Subcommand }>;
}

async function runCommand<Values>(
  name: string,
  command: Command<Values>,
  args: readonly string[],
  executable?: Executable,
): Promise<void> {
  const { version: versionFlag, ...always } = commandSettings;
  const own = {
    ...command.settings,
    ...always,
    ...(executable === undefined ? {} : { version: versionFlag }),
  };
  const settings = own as Settings<Values & CommandValues>;
  try {
    const { options, positionals } = parseCommandLine(settings, args, command.positionals);
    const { logLevel, version, help, ...rest } = options as OptionsOf<CommandValues>;
    if (help === true) {
      process.stdout.write(helpText(name, command, settings, executable));
      process.exit(exitCodes.stopped);
    }
    if (version === true) {
      process.stdout.write(`${executable?.version}\n`);
      process.exit(exitCodes.stopped);
    }
    const log = createLog(name.split(" ")[0] ?? name, readSettings(commandSettings, { logLevel }).logLevel);
    prepareProcess(log);
    await command.run(rest as OptionsOf<Values>, positionals, log);
  } catch (error) {
    if (error instanceof SettingError) {
      return endWithUsage(name, error.message);
    }
    process.stderr.write(`${name}: ${messageOf(error)}\n`);
    if (isError(error) && !(error instanceof StartError)) {
      process.stderr.write(`${error.stack ?? ""}\n`);
    }
    process.exit(exitCodes.failed);
  }
}

function endWithUsage(name: string, message: string): never {
  process.stderr.write(`${name}: ${message.replace(/\.$/, "")}. Try "${name} --help".\n`);
  process.exit(exitCodes.usage);
}

function helpText<Values>(
  name: string,
  { summary, positionals = [], notes }: Command<Values>,
  settings: Settings<Values & CommandValues>,
  executable: Executable | undefined,
): string {
  const title = executable === undefined ? name : `${name} ${executable.version}`;
  const commands = Object.entries(executable?.subcommands ?? {}).map(
    ([command, each]) => [`${name} ${command}`, each.summary] as const,
  );
  return [
    `${title}: ${summary}`,
    `Usage: ${[name, ...positionals, "[flags]"].join(" ")}`,
    ...(commands.length === 0 ? [] : [`Commands, each with a --help of its own:\n${twoColumns(commands)}`]),
    `Flags:\n${describeFlags(settings)}`,
    ...(notes === undefined ? [] : [notes]),
  ]
    .join("\n\n")
    .concat("\n");
}

/** What holds for every process of an executable. */
function prepareProcess(log: Log): void {
  dieWithParent();
  collectEarly();
  // On stderr stands the log and nothing else; that a part of Node is new there is no news to who operates a server.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "ExperimentalWarning") {
      log.warn({ err: warning }, "warning");
    }
  });
  // A reader of the output that went away must not end the server.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
}

async function runOnNewerNode(args: readonly string[]): Promise<never> {
  const node = findNewerNode(process.argv[1] ?? "");
  if (node === undefined) {
    throw new StartError(
      `a store on disk needs Node ${oldestNode} or newer; this is Node ${process.versions.node}. ` +
        "Run it on a newer one, or install the npm package node beside it.",
    );
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

/** The environment variable that, set to `1`, makes the end of stdin a reason to stop: `X_AGENTKEEPER_STOP_ON_STDIN_EOF`. */
const stopVariable = (name: string): string =>
  `X_${name.replace(/^x-/, "").replaceAll("-", "_").toUpperCase()}_STOP_ON_STDIN_EOF`;
