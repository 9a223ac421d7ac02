// The configuration of an agent: what is refused before any core is asked, and what is sent.

import { ConfigError } from "../errors.ts";
import { parseHttpUrl } from "../wire/http-url.ts";
import { deriveAgentId } from "../wire/identity.ts";
import { parseUuid } from "../wire/uuid.ts";
import { wellFormed } from "../wire/well-formed.ts";

/**
 * The configuration of an agent, as the core gets it: keys in snake_case, and all that are not named here pass through. `coreAddress`,
 * `callbackPort` and `skills` are not part of what is sent as JSON.
 */
export interface AgentConfig {
  /** Whose agent it is, such as an address of mail. */
  readonly author: string;
  /** Without `:` `/` `\` `{` `}` and control characters. */
  readonly name: string;
  readonly deployment: {
    /** Where the core serves the agent over HTTP; the core's answer counts, which may be another. */
    readonly url: string;
    /** The official core demands it. @default true */
    readonly expose?: boolean | undefined;
    readonly cors_origins?: readonly string[] | undefined;
    readonly [key: string]: unknown;
  };
  /** @default "Agent: " and the name */
  readonly description?: string | undefined;
  /** @default "1.0.0" */
  readonly version?: string | undefined;
  /** A UUID. @default one that follows from author and name */
  readonly id?: string | undefined;
  /** @default "agent" */
  readonly kind?: "agent" | "team" | "workflow" | undefined;
  /** @default `{}`, and `streaming: true` for a handler that streams */
  readonly capabilities?:
    | {
        readonly streaming?: boolean | undefined;
        readonly push_notifications?: boolean | undefined;
        readonly [key: string]: unknown;
      }
    | undefined;
  /** How much of earlier sessions counts; 0 or more. @default 10 */
  readonly num_history_sessions?: number | undefined;
  /** @default the core's own: true */
  readonly enable_system_message?: boolean | undefined;
  /** @default the core's own: false */
  readonly enable_context_based_history?: boolean | undefined;
  readonly debug_mode?: boolean | undefined;
  readonly debug_level?: 1 | 2 | undefined;
  readonly monitoring?: boolean | undefined;
  /** A new key at each registration. */
  readonly recreate_keys?: boolean | undefined;
  /** @default false; a core that is told nothing takes true */
  readonly telemetry?: boolean | undefined;
  /** Some keys are refused: the official core would take them for parts of the agent itself. */
  readonly extra_metadata?: Readonly<Record<string, unknown>> | undefined;
  /** Skills as objects, or folders that hold a `skill.yaml` or a `SKILL.md`. @default none */
  readonly skills?: readonly (SkillConfig | string)[] | undefined;
  /** As the option `coreAddress`, for configurations that have it here. */
  readonly coreAddress?: string | undefined;
  /** As the option `callbackPort`. */
  readonly callbackPort?: number | undefined;
  readonly [key: string]: unknown;
}

/** A skill in a configuration. */
export interface SkillConfig {
  readonly name: string;
  /** @default the name */
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** @default ["text/plain"] */
  readonly input_modes?: readonly string[] | undefined;
  /** @default ["text/plain"] */
  readonly output_modes?: readonly string[] | undefined;
  readonly version?: string | undefined;
  readonly author?: string | undefined;
  readonly raw_content?: string | undefined;
  /** Of `raw_content`: `yaml` or `markdown`. */
  readonly format?: string | undefined;
}

/** A configuration that was found right. */
export interface CheckedConfig {
  readonly author: string;
  readonly name: string;
  readonly description: string;
  readonly version: string;
  readonly url: string;
  /** The id that the core gives: the configured one, or the one that follows from author and name. */
  readonly id: string;
  /** What goes out as JSON. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** Keys of `extra_metadata` that the official core would set on the agent itself: `run` alone makes every task fail. */
const refusedExtras: ReadonlySet<string> = new Set([
  "run",
  "name",
  "url",
  "skills",
  "id",
  "version",
  "did_extension",
  "kind",
  "capabilities",
]);

type Rule = readonly [expected: string, isOne: (value: unknown) => boolean];

const isText = (value: unknown): value is string => typeof value === "string";
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const filled: Rule = ["a string that is not blank", (value) => isText(value) && value.trim() !== ""];
const text: Rule = ["a string", isText];
const flag: Rule = ["true or false", (value) => typeof value === "boolean"];
const texts: Rule = ["a list of strings", (value) => Array.isArray(value) && value.every(isText)];
const oneOf = (...values: readonly unknown[]): Rule => [
  `one of ${values.join(", ")}`,
  (value) => values.includes(value),
];

const required: Readonly<Record<string, Rule>> = {
  author: filled,
  name: [
    "a name that is not blank, without : / \\ { } and control characters, and neither . nor ..",
    (value) => filled[1](value) && isText(value) && !/[:/\\{}\p{Cc}]|^\.\.?$/u.test(value),
  ],
  deployment: ["an object with a url", isObject],
  "deployment.url": [
    "an http or https URL with a host",
    (value) => isText(value) && parseHttpUrl(value) !== undefined,
  ],
};

const optional: Readonly<Record<string, Rule>> = {
  "deployment.expose": flag,
  "deployment.cors_origins": texts,
  description: text,
  version: text,
  id: ["a UUID", (value) => isText(value) && parseUuid(value) !== undefined],
  kind: oneOf("agent", "team", "workflow"),
  capabilities: ["an object", isObject],
  "capabilities.streaming": flag,
  "capabilities.push_notifications": flag,
  num_history_sessions: [
    "a whole number from 0",
    (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0,
  ],
  enable_system_message: flag,
  enable_context_based_history: flag,
  debug_mode: flag,
  debug_level: oneOf(1, 2),
  monitoring: flag,
  recreate_keys: flag,
  telemetry: flag,
  extra_metadata: ["an object", isObject],
  skills: ["a list", Array.isArray],
};

/**
 * Checks a configuration and fills in its defaults.
 *
 * @throws ConfigError with the `field` that is wrong
 */
export function checkConfig(config: unknown, streams: boolean): CheckedConfig {
  if (!isObject(config)) {
    throw refused("config", "the configuration must be an object", config);
  }
  for (const [field, [expected, isOne]] of Object.entries(required)) {
    const value = at(config, field);
    if (!isOne(value)) {
      throw refused(field, `${field} is required and must be ${expected}`, value);
    }
  }
  for (const [field, [expected, isOne]] of Object.entries(optional)) {
    const value = at(config, field);
    if (value !== undefined && !isOne(value)) {
      throw refused(field, `${field} must be ${expected}`, value);
    }
  }
  const taken = Object.keys(isObject(config.extra_metadata) ? config.extra_metadata : {}).find((key) =>
    refusedExtras.has(key),
  );
  if (taken !== undefined) {
    const field = `extra_metadata.${taken}`;
    throw refused(
      field,
      `${field} would replace the agent's own ${taken} in the official core; give it another name`,
    );
  }
  const {
    author,
    name,
    deployment,
    capabilities,
    skills: _,
    coreAddress: __,
    callbackPort: ___,
    ...rest
  } = config;
  // The rules above have seen that these are texts and objects.
  const known = { author: String(author), name: String(name) };
  const description = isText(rest.description) ? rest.description : `Agent: ${known.name}`;
  const version = isText(rest.version) ? rest.version : "1.0.0";
  const sent = plainJson({
    num_history_sessions: 10,
    telemetry: false,
    kind: "agent",
    ...withoutUndefined(rest),
    ...known,
    description,
    version,
    deployment: { expose: true, ...withoutUndefined(deployment) },
    capabilities: { ...(streams ? { streaming: true } : {}), ...withoutUndefined(capabilities) },
  });
  const id = (isText(rest.id) ? parseUuid(rest.id) : undefined) ?? deriveAgentId(known.author, known.name);
  return { ...known, id, description, version, url: String(at(config, "deployment.url")), sent };
}

function at(config: Readonly<Record<string, unknown>>, field: string): unknown {
  return field
    .split(".")
    .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), config);
}

function withoutUndefined(value: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(isObject(value) ? value : {}).filter(([, item]) => item !== undefined),
  );
}

/** A copy that is JSON and nothing else. */
function plainJson(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return wellFormed(JSON.parse(JSON.stringify(value)));
  } catch (error) {
    throw new ConfigError("The configuration cannot be written as JSON.", { field: "config", cause: error });
  }
}

function refused(field: string, what: string, value?: unknown): ConfigError {
  const not = value === undefined ? "" : `, not ${shown(value)}`;
  return new ConfigError(`bindufy: ${what}${not}.`, { field });
}

function shown(value: unknown): string {
  const isShort = value === null || /^(?:string|number|boolean)$/.test(typeof value);
  return isShort
    ? (JSON.stringify(value) ?? "").slice(0, 80)
    : Array.isArray(value)
      ? "a list"
      : `a ${typeof value}`;
}
