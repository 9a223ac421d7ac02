// The settings that every local server has beside its own.
import { type Clock, systemClock } from "../../clock.ts";
import { type Log, type LogLevel, logLevels, silentLog } from "../shared/logger.ts";
import type { Journal } from "../store/journal.ts";
import type { ListenAddress } from "./address.ts";
import {
  address,
  choice,
  objectWith,
  onlyForPrograms,
  type Setting,
  type Settings,
  text,
  toggle,
  whole,
} from "./settings.ts";

/** Options of every local server. */
export interface LocalOptions<Record = never> {
  /** Where the service listens, as `HOST:PORT`. `:PORT` is every interface. @default "127.0.0.1:0" */
  readonly addr?: string | undefined;
  /** Port of the service on loopback; shorter than `addr`, which wins. 0 for any free port. 0..65535 @default 0 */
  readonly port?: number | undefined;
  /** Where the operator's page, `/healthz` and `/metrics` listen, as `HOST:PORT`; `off` for none. @default "127.0.0.1:0" */
  readonly metricsAddr?: string | undefined;
  /** Use a free port when the one of `metricsAddr` is taken, instead of failing. @default false */
  readonly metricsMayMove?: boolean | undefined;
  /** Directory that keeps the store, created with its parents (mode 0700). In memory by default. */
  readonly dataDir?: string | undefined;
  /**
   * Whether a change is on the disk before it is answered (`always`), or left to the operating system (`never`: a crash
   * of the machine may lose the newest changes; a crash of the process loses nothing). @default "always"
   */
  readonly fsync?: "always" | "never" | undefined;
  /**
   * Verify all of the store before it is served. Without it, what the start reads is verified first and the rest in the
   * background. @default false
   */
  readonly verify?: boolean | undefined;
  /** Where the server logs. Silent by default. */
  readonly log?: Log | undefined;
  /**
   * The server's time. `"virtual"` stands still until it is moved, by {@link LocalServer.advance} or `POST /clock` on the
   * operator's port; only where no other machine reaches the server. @default systemClock
   */
  readonly clock?: Clock | "virtual" | undefined;
  /** @internal A journal in place of the one that `dataDir` asks for. */
  readonly journal?: Journal<Record> | undefined;
}

/** The same as they are used. */
export interface CommonValues<Record> {
  readonly addr: ListenAddress | undefined;
  readonly port: number;
  readonly metricsAddr: ListenAddress | "off" | undefined;
  readonly metricsMayMove: boolean;
  readonly dataDir: string | undefined;
  readonly fsync: "always" | "never";
  readonly verify: boolean;
  readonly clock: Clock | "virtual";
  readonly log: Log;
  readonly journal: Journal<Record> | undefined;
}

/** What a command line has beside the settings of its command. */
export interface CommandValues {
  readonly logLevel: LogLevel;
  readonly version: boolean;
  readonly help: boolean;
}

/** What stands on the operator's port, and where a command line looks for it. */
export interface OperatorPort {
  /** In the ready line. */
  readonly name: string;
  /** What is there, for the help text. */
  readonly what: string;
  readonly port: number;
}

export const commandLineAddress = (port: number): string => `127.0.0.1:${port}`;

const aClock = objectWith<Clock, Clock>("a clock", ["now", "setTimer"], systemClock);
const virtualOr: Setting<Clock | "virtual"> = {
  flags: [
    { name: "virtual-time", help: "time stands still until POST /clock on the operator's port moves it" },
  ],
  fallback: systemClock,
  expected: 'a clock, or "virtual"',
  accept: (value) => (value === "virtual" ? value : aClock.accept(value)),
  parse: ([given]) => (given === undefined ? undefined : "virtual"),
};

/**
 * The whole table of a server, in the order of its help text.
 *
 * @param listens what listens at `--addr`, for the help text
 * @param own the service's own settings
 */
export function serverSettings<Values, Record>(
  {
    listens,
    port,
    operator,
  }: { readonly listens: string; readonly port: number; readonly operator: OperatorPort },
  own: Settings<Values>,
): Settings<CommonValues<Record> & Values> {
  const before: Settings<
    Pick<CommonValues<Record>, "addr" | "metricsAddr" | "dataDir" | "fsync" | "verify">
  > = {
    addr: address<never>(
      `where ${listens} listens; :PORT is every interface, port 0 any free one`,
      commandLineAddress(port),
    ),
    metricsAddr: address(
      `where ${operator.what} listen; off for none`,
      `${commandLineAddress(operator.port)}, or a free port if that is taken`,
      "off",
    ),
    dataDir: text("keep everything in this directory", {
      placeholder: "DIR",
      expected: "a directory",
      fallback: undefined,
      without: "none, everything is in memory",
    }),
    // `off` is how others spell it.
    fsync: {
      ...choice("when changes reach the disk, with --data-dir", ["always", "never"], "always"),
      parse: ([given]) => (given === "off" ? "never" : given),
    },
    verify: toggle("verify all of the store before it is served, with --data-dir"),
  };
  const after: Settings<Omit<CommonValues<Record>, keyof typeof before>> = {
    clock: virtualOr,
    port: onlyForPrograms(whole("", { fallback: 0, min: 0, max: 65_535 })),
    metricsMayMove: onlyForPrograms(toggle("")),
    log: objectWith<Log, Log>("a logger", ["error", "warn", "info", "debug"], silentLog),
    journal: objectWith<Journal<Record>, undefined>("a journal", ["open", "append"], undefined),
  };
  return { ...before, ...own, ...after } as Settings<CommonValues<Record> & Values>;
}

/** Of the command line alone. */
export const commandSettings: Settings<CommandValues> = {
  logLevel: choice("how much is logged on stderr", logLevels, "info"),
  version: toggle("print the version and exit"),
  help: toggle("print this text and exit"),
};
