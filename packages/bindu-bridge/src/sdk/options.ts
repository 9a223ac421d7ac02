// What bindufy can be told beside the configuration of the agent.

import { callRules, must, type OptionRules } from "@x/core/base";

/** A core that is started as a process of its own. */
export interface CoreCommand {
  /** The executable and its arguments, such as `["bindu", "serve", "--grpc", "--grpc-port", "3774"]`. */
  readonly command: readonly string[];
  /** The directory that it works in: the official core keeps its keys there. @default that of this process */
  readonly cwd?: string | undefined;
  /** In addition to this process's environment, of which PORT, BINDU_HOST, BINDU_PORT and BINDU_DEPLOYMENT_URL are left out. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** Where lines for people go; `console` is one. */
export interface Logger {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}

/** Options of `bindufy`. */
export interface BindufyOptions {
  /**
   * `auto`: the core that answers at `coreAddress`, else, on this machine, one of our own inside this process. `attach`: that core and no
   * other. `embedded`: one of our own inside this process. A command: a core as a process, which ends with the agent.
   * @default "auto"
   */
  readonly core?: "auto" | "attach" | "embedded" | CoreCommand | undefined;
  /** `host:port` of the core's gRPC; port 0 is a free one, for `embedded`. @default "localhost:3774" */
  readonly coreAddress?: string | undefined;
  /** How long a core is waited for, in milliseconds; above 0. @default 10_000 */
  readonly coreTimeoutMs?: number | undefined;
  /** Where an embedded core keeps its store and keys. @default none: in memory */
  readonly dataDir?: string | undefined;
  /** What the agent's own server binds. @default "127.0.0.1" */
  readonly callbackHost?: string | undefined;
  /**
   * Port of the agent's own server; 0 is a free one, which is another after each start.
   * @default one from 49152 to 65151 that follows from author and name, or the next free one of 20
   */
  readonly callbackPort?: number | undefined;
  /** The host that the core is told to call. @default "localhost" for this machine, else `callbackHost` */
  readonly advertiseHost?: string | undefined;
  /** From one heartbeat to the next, in milliseconds; above 0. @default 30_000 */
  readonly heartbeatIntervalMs?: number | undefined;
  /** Wait until the agent's URL answers with its DID. @default true */
  readonly verifyReady?: boolean | undefined;
  /** How long that may take, in milliseconds; above 0. @default 15_000 */
  readonly readyTimeoutMs?: number | undefined;
  /**
   * How an error of the handler is told: by a status, which fails the task, or as the text of an answer, `Error: ...`, for cores that a
   * status harms.
   * @default "status"
   */
  readonly onError?: "status" | "message" | undefined;
  /** Say that the handler streams. @default true for a generator function, else false */
  readonly streaming?: boolean | undefined;
  /** Longest answer, in bytes; 1 or more. The official core takes no more than the default; ours takes 16 MiB. @default 4_193_280 */
  readonly maxMessageBytes?: number | undefined;
  /** Close at SIGINT and SIGTERM. @default false */
  readonly handleSignals?: boolean | undefined;
  /** How long running handlers may take at the end, in milliseconds; 0 or more. @default 5_000 */
  readonly graceMs?: number | undefined;
  /** @default none: nothing is printed */
  readonly logger?: Logger | undefined;
  /** Ends the start, and later the agent, as `close()` does. */
  readonly signal?: AbortSignal | undefined;
}

/** Options that have no default. */
type Bare = "dataDir" | "callbackPort" | "advertiseHost";

/** The options with their defaults. */
export type AgentSettings = {
  readonly [Name in Exclude<keyof BindufyOptions, Bare | "streaming" | "logger" | "signal">]-?: Exclude<
    BindufyOptions[Name],
    undefined
  >;
} & { readonly [Name in Bare]: BindufyOptions[Name] };

export const optionRules: OptionRules<BindufyOptions> = {
  core: {
    expected: "auto, attach, embedded, or an object with a command",
    isOne: (value) =>
      value === "auto" ||
      value === "attach" ||
      value === "embedded" ||
      (typeof value === "object" && value !== null),
    inner: {
      command: {
        expected: "a list of strings that begins with the executable",
        isOne: (value) =>
          must.beTexts.isOne(value) && Array.isArray(value) && value[0] !== undefined && value[0] !== "",
        required: true,
      },
      cwd: must.beFullText,
      env: must.beTextMap,
    },
  },
  coreAddress: must.beFullText,
  coreTimeoutMs: must.beTimeoutMs,
  dataDir: must.beFullText,
  callbackHost: must.beFullText,
  callbackPort: must.beWhole(0, 65_535),
  advertiseHost: must.beFullText,
  heartbeatIntervalMs: must.beNumber(1, 2_147_483_647),
  verifyReady: must.beBoolean,
  readyTimeoutMs: must.beTimeoutMs,
  onError: must.beOneOf("status", "message"),
  streaming: must.beBoolean,
  maxMessageBytes: must.beWhole(1),
  handleSignals: must.beBoolean,
  graceMs: must.beWaitMs,
  logger: must.haveMethods("an object with info, warn and error", "info", "warn", "error"),
  signal: callRules.signal,
};

export function withDefaults(options: BindufyOptions): AgentSettings {
  return {
    core: options.core ?? "auto",
    coreAddress: options.coreAddress ?? "localhost:3774",
    coreTimeoutMs: options.coreTimeoutMs ?? 10_000,
    dataDir: options.dataDir,
    callbackHost: options.callbackHost ?? "127.0.0.1",
    callbackPort: options.callbackPort,
    advertiseHost: options.advertiseHost,
    heartbeatIntervalMs: options.heartbeatIntervalMs ?? 30_000,
    verifyReady: options.verifyReady ?? true,
    readyTimeoutMs: options.readyTimeoutMs ?? 15_000,
    onError: options.onError ?? "status",
    // 4 MiB, which is all that the official core takes, less the frame around the text.
    maxMessageBytes: options.maxMessageBytes ?? 4 * 1_024 * 1_024 - 1_024,
    handleSignals: options.handleSignals ?? false,
    graceMs: options.graceMs ?? 5_000,
  };
}
