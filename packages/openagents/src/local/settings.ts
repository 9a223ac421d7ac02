// What an operator may choose about a server: options, flags, bounds, defaults and help text in one table.
import {
  address,
  type ListenAddress,
  type Setting,
  type Settings,
  textSetting,
  whole,
} from "@x/core/service";
import { defaultRules } from "./rules/model/rule-options.ts";

/** A group of agents, and the password that leads into it. */
export interface GroupSetting {
  /** 1 to 64 characters, not `guest`. */
  readonly name: string;
  /** Not empty. */
  readonly password: string;
  /** For people. @default "" */
  readonly description?: string | undefined;
  /** `["all"]` makes its members admins. @default none */
  readonly permissions?: readonly string[] | undefined;
  /** Ids that `group:NAME` reaches beside its members. @default none */
  readonly agents?: readonly string[] | undefined;
}

/** Settings of a server, beside those that every local server has. */
export interface OpenAgentsSettings {
  /** Where gRPC listens, as `HOST:PORT`. @default none: no gRPC */
  readonly grpcAddr: ListenAddress | undefined;
  /** What people call the network, 1 to 200 characters. @default "local" */
  readonly networkName: string;
  /** What programs call it, 1 to 200 characters. @default "local" */
  readonly networkId: string;
  /** The channels that there are from the start; names of 1 to 256 characters without commas. @default ["general", "development", "support"] */
  readonly channels: readonly string[];
  /**
   * Password of the group `admin`, whose members may kick agents and set announcements. On the command line also
   * `X_OPENAGENTS_ADMIN_PASSWORD`. @default none: nobody is an admin
   */
  readonly adminPassword: string | undefined;
  /** Further groups. @default none */
  readonly groups: readonly GroupSetting[];
  /** Whether only who knows the password of a group may register. @default false */
  readonly requirePassword: boolean;
  /** Whether the id of a live agent can be taken over only with its secret, as bearer. @default false */
  readonly claimIds: boolean;
  /** Token of the default workspace, 1 to 200 visible ASCII characters. @default random; kept in the data directory, and logged once */
  readonly workspaceToken: string | undefined;
  /** Name of the default workspace in addresses: 1 to 64 lower-case letters, digits and `-`. @default "local" */
  readonly workspaceSlug: string;
  /** Seconds without a request after which an agent is removed, 1..31536000. @default 180 */
  readonly agentTimeout: number;
  /** Events that wait for one agent, 1..10000000; beyond, the oldest are dropped. @default 20000 */
  readonly queueLimit: number;
  /** The same in bytes, 1024..17179869184. @default 67108864 */
  readonly queueBytes: number;
  /** Longest body of a request in bytes, 1024..268435456. @default 8388608 */
  readonly maxBody: number;
  /** Messages that are kept of each channel and of each two who talk, 1..10000000. @default 10000 */
  readonly historyLimit: number;
  /** Agents that may be registered, 1..1000000. @default 1000 */
  readonly maxAgents: number;
  /** Whether other machines may reach the server. When not, `addr` must be of this machine. @default false */
  readonly allowRemote: boolean;
}

/** On or off, written out. */
function onOff(help: string): Setting<boolean> {
  return {
    flags: [{ placeholder: "true|false", help, fallback: "false" }],
    fallback: false,
    expected: "true or false",
    accept: (value) => (typeof value === "boolean" ? value : undefined),
    parse: ([text]) => (text === "true" ? true : text === "false" ? false : text),
  };
}

const name = (help: string, fallback: string): Setting<string> =>
  textSetting(help, {
    placeholder: "NAME",
    expected: "1 to 200 characters",
    isOne: (text) => text.length >= 1 && text.length <= 200,
    fallback,
  });

const isChannel = (value: unknown): value is string =>
  typeof value === "string" && value.length >= 1 && value.length <= 256 && !value.includes(",");

const channels: Setting<readonly string[]> = {
  flags: [
    {
      placeholder: "NAME,...",
      help: "channels that there are from the start",
      fallback: defaultRules.channels.join(","),
    },
  ],
  fallback: defaultRules.channels,
  expected: "names of 1 to 256 characters, with commas between them",
  accept: (value) => (Array.isArray(value) && value.every(isChannel) ? [...new Set(value)] : undefined),
  parse: ([text]) => text?.split(","),
};

const secret = (
  placeholder: string,
  help: string,
  fallback: string,
  expected: string,
  isOne: (text: string) => boolean,
  variable?: string,
): Setting<string | undefined> => ({
  flags: [{ placeholder, help, fallback }],
  fallback: undefined,
  expected,
  secret: true,
  accept: (value) => (typeof value === "string" && isOne(value) ? value : undefined),
  // An empty variable is how shells unset one.
  parse: ([text]) => text ?? (variable === undefined ? undefined : process.env[variable] || undefined),
});

const isText = (value: unknown): boolean => value === undefined || typeof value === "string";
const isTexts = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every((item) => typeof item === "string"));

function isGroup(value: unknown): value is GroupSetting {
  if (typeof value !== "object" || value === null || !("name" in value) || !("password" in value)) {
    return false;
  }
  const { name: called, password, description, permissions, agents } = value as Record<string, unknown>;
  return (
    typeof called === "string" &&
    called.length >= 1 &&
    called.length <= 64 &&
    called !== "guest" &&
    typeof password === "string" &&
    password !== "" &&
    isText(description) &&
    isTexts(permissions) &&
    isTexts(agents)
  );
}

const groups: Setting<readonly GroupSetting[]> = {
  flags: [
    {
      name: "group",
      placeholder: "NAME:PASSWORD",
      help: "a group of agents; may be given more than once",
      fallback: "none",
      repeats: true,
    },
  ],
  fallback: [],
  expected: "NAME:PASSWORD, with names that differ and are not guest",
  secret: true,
  accept(value) {
    if (!Array.isArray(value) || !value.every(isGroup)) {
      return undefined;
    }
    return new Set(value.map((group) => group.name)).size === value.length ? value : undefined;
  },
  parse: (texts) =>
    texts[0] === undefined
      ? undefined
      : texts.map((text = "") => {
          const colon = text.indexOf(":");
          return { name: text.slice(0, Math.max(0, colon)), password: text.slice(colon + 1) };
        }),
};

export const settings: Settings<OpenAgentsSettings> = {
  grpcAddr: address<never>("where gRPC listens", "none, no gRPC"),
  networkName: name("what people call the network", defaultRules.networkName),
  networkId: name("what programs call the network", defaultRules.networkId),
  channels,
  adminPassword: secret(
    "PASSWORD",
    "password of the group admin, whose members may kick agents",
    "X_OPENAGENTS_ADMIN_PASSWORD, else none: nobody is an admin",
    "a password that is not empty",
    (text) => text !== "",
    "X_OPENAGENTS_ADMIN_PASSWORD",
  ),
  groups,
  requirePassword: onOff("only who knows the password of a group may register"),
  claimIds: onOff("the id of a live agent can be taken over only with its secret"),
  workspaceToken: secret(
    "TOKEN",
    "token of the default workspace",
    "random; kept in the data directory, and logged once",
    "1 to 200 visible ASCII characters",
    (text) => /^[\x21-\x7e]{1,200}$/.test(text),
  ),
  workspaceSlug: textSetting("name of the default workspace in addresses", {
    placeholder: "SLUG",
    expected: "1 to 64 lower-case letters, digits and -",
    isOne: (text) => /^[a-z0-9-]{1,64}$/.test(text),
    fallback: defaultRules.workspaceSlug,
  }),
  agentTimeout: whole("seconds without a request after which an agent is removed", {
    fallback: defaultRules.agentTimeoutMs / 1_000,
    min: 1,
    max: 31_536_000,
  }),
  queueLimit: whole("events that wait for one agent; beyond, the oldest are dropped", {
    fallback: defaultRules.queueLimit,
    min: 1,
    max: 10_000_000,
  }),
  queueBytes: whole("the same in bytes", {
    fallback: defaultRules.queueBytes,
    min: 1_024,
    max: 17_179_869_184,
  }),
  maxBody: whole("longest body of a request, in bytes", {
    fallback: 8_388_608,
    min: 1_024,
    max: 268_435_456,
  }),
  historyLimit: whole("messages that are kept of each channel and of each two who talk", {
    fallback: defaultRules.historyLimit,
    min: 1,
    max: 10_000_000,
  }),
  maxAgents: whole("agents that may be registered", {
    fallback: defaultRules.maxAgents,
    min: 1,
    max: 1_000_000,
  }),
  allowRemote: onOff("other machines may reach the server"),
};
