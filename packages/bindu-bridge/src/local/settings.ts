// What an operator may choose about a core: options, flags, bounds, defaults and help text in one table.

import { readFileSync } from "node:fs";
import { type Setting, SettingError, type Settings, toggle, whole } from "@x/core/service";
import { type BinduRules, defaultRules } from "./rules/model/limits.ts";

/** Certificates towards agents, in PEM. */
export interface CallbackTls {
  /** Certificates to trust instead of Node's own. */
  readonly ca?: string | undefined;
  /** What the core shows to agents that ask (mutual TLS), with `key`. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/** Settings of a core, beside those that every local server has. */
export interface BinduSettings {
  /**
   * How long a handler may take for one answer, in seconds; above 0, up to 86400. On the command line also
   * `GRPC__HANDLER_TIMEOUT`. @default 30
   */
  readonly handlerTimeoutSeconds: number;
  /**
   * Longest message over gRPC, in bytes, 1024..2147483647: of registrations, and of calls of handlers in both directions. On the
   * command line also `GRPC__MAX_MESSAGE_LENGTH`. Without it 4194304 for registrations and 16777216 for calls.
   */
  readonly maxMessageBytes: number | undefined;
  /**
   * Whether agents are told in a first message how to ask for more, where their configuration does not turn it off. On the command line
   * also `AGENT__ENABLE_STRUCTURED_RESPONSES`. @default true
   */
  readonly structuredResponses: boolean;
  /** Whether push notifications go to addresses of the public internet alone. @default false */
  readonly publicWebhooks: boolean;
  /** TLS towards agents, for programs `{ ca?, cert?, key? }` in PEM; `{}` trusts what Node trusts. Clear text without. */
  readonly callbackTls: CallbackTls | undefined;
  /** How long a finished task is kept, in seconds, 60..315360000; an open one always is. @default 604800 */
  readonly retentionSeconds: number;
  /** Finished tasks that are kept of one agent, 1..1000000; above that the oldest go. @default 10000 */
  readonly keptTasks: number;
  /** What all tasks together may hold, in megabytes, 1..65536; above that finished ones go, oldest first. @default 512 */
  readonly storedMegabytes: number;
}

/** A number that may also stand in the environment, as the official core reads it. */
function number(options: {
  readonly variable: string;
  readonly placeholder: string;
  readonly help: string;
  readonly expected: string;
  readonly without: string;
  readonly isOne: (value: number) => boolean;
}): Setting<number | undefined> {
  const { variable, placeholder, help, expected, without, isOne } = options;
  return {
    flags: [{ placeholder, help, fallback: `${variable}, else ${without}` }],
    fallback: undefined,
    expected,
    accept: (value) => (typeof value === "number" && isOne(value) ? value : undefined),
    parse([text]) {
      // An empty variable is how shells unset one.
      const given = text ?? (process.env[variable] || undefined);
      return given !== undefined && /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : given;
    },
  };
}

const timeout = number({
  variable: "GRPC__HANDLER_TIMEOUT",
  placeholder: "SECONDS",
  help: "how long a handler may take for one answer",
  expected: "a number above 0 and at most 86400",
  without: "30",
  isOne: (value) => value > 0 && value <= 86_400,
});

const handlerTimeoutSeconds: Setting<number> = { ...timeout, fallback: 30 };

const maxMessageBytes = number({
  variable: "GRPC__MAX_MESSAGE_LENGTH",
  placeholder: "BYTES",
  help: "longest message over gRPC",
  expected: "a whole number from 1024 to 2147483647",
  without: "4194304 for registrations and 16777216 for calls of handlers",
  isOne: (value) => Number.isInteger(value) && value >= 1_024 && value <= 2_147_483_647,
});

const switches: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  on: true,
  false: false,
  "0": false,
  no: false,
  off: false,
};

const structuredResponses: Setting<boolean> = {
  flags: [
    {
      placeholder: "true|false",
      help: "tell agents in a first message how to ask for more",
      fallback: "AGENT__ENABLE_STRUCTURED_RESPONSES, else true",
    },
  ],
  fallback: true,
  expected: "true or false",
  accept: (value) => (typeof value === "boolean" ? value : undefined),
  parse([text]) {
    const given = text ?? (process.env.AGENT__ENABLE_STRUCTURED_RESPONSES || undefined);
    return given === undefined ? undefined : (switches[given.toLowerCase()] ?? given);
  },
};

const isPem = (value: unknown): boolean => value === undefined || typeof value === "string";

function isCallbackTls(value: unknown): value is CallbackTls {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const { ca, cert, key, ...others } = value as Readonly<Record<string, unknown>>;
  return (
    [ca, cert, key].every(isPem) &&
    (cert === undefined) === (key === undefined) &&
    Object.keys(others).length === 0
  );
}

const callbackTls: Setting<CallbackTls | undefined> = {
  flags: [
    {
      name: "callback-ca",
      placeholder: "FILE",
      help: "call agents over TLS, and trust this authority (PEM); `system` for those of Node",
      fallback: "clear text",
    },
    {
      name: "callback-cert",
      placeholder: "FILE",
      help: "show agents this certificate (PEM), with --callback-key",
    },
    { name: "callback-key", placeholder: "FILE", help: "the key of --callback-cert (PEM)" },
  ],
  fallback: undefined,
  expected: "PEM texts (ca, cert with key)",
  secret: true,
  accept: (value) => (isCallbackTls(value) ? value : undefined),
  parse([ca, cert, key]) {
    if (ca === undefined && cert === undefined && key === undefined) {
      return undefined;
    }
    if ((cert === undefined) !== (key === undefined)) {
      throw new SettingError("--callback-cert and --callback-key go together");
    }
    return {
      ca: ca === "system" ? undefined : read("callback-ca", ca),
      cert: read("callback-cert", cert),
      key: read("callback-key", key),
    };
  },
};

function read(flag: string, file: string | undefined): string | undefined {
  try {
    return file === undefined ? undefined : readFileSync(file, "utf8");
  } catch (error) {
    throw new SettingError(`--${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const megabyte = 1_048_576;

export const settings: Settings<BinduSettings> = {
  handlerTimeoutSeconds,
  maxMessageBytes,
  structuredResponses,
  publicWebhooks: toggle("push notifications go to addresses of the public internet alone"),
  callbackTls,
  retentionSeconds: whole("how long a finished task is kept, in seconds", {
    fallback: defaultRules.retentionMs / 1_000,
    min: 60,
    max: 315_360_000,
  }),
  keptTasks: whole("finished tasks that are kept of one agent", {
    fallback: defaultRules.keptTasks,
    min: 1,
    max: 1_000_000,
  }),
  storedMegabytes: whole("what all tasks together may hold, in megabytes", {
    fallback: defaultRules.storedBytes / megabyte,
    min: 1,
    max: 65_536,
  }),
};

/** The rules as they are set. */
export const rulesOf = (values: BinduSettings): BinduRules => ({
  retentionMs: values.retentionSeconds * 1_000,
  keptTasks: values.keptTasks,
  storedBytes: values.storedMegabytes * megabyte,
});
