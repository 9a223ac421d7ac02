// The configuration of an agent as it is sent: what it must have, what is refused, and what is taken where it says nothing.
import { parseHttpUrl } from "../../../wire/http-url.ts";
import { notAUuid, parseUuid } from "../../../wire/uuid.ts";
import type { AgentConfig, Extra } from "../model/entities.ts";

/** A configuration that is none; the message is what the caller is told. */
export class ConfigProblem extends Error {
  override readonly name = "ConfigProblem";
}

const failed = (text: string): never => {
  throw new ConfigProblem(`Registration failed: ${text}`);
};

const isObject = (value: unknown): value is Extra =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const required = ["author", "name", "deployment.url"] as const;
const texts = ["author", "name", "description", "version", "key_password"] as const;
const flags = ["recreate_keys", "debug_mode", "monitoring", "telemetry"] as const;
const kinds = ["agent", "team", "workflow"] as const;

export interface ReadConfig {
  readonly config: AgentConfig;
  /** In the form of all ids; `undefined` where it follows from author and name. */
  readonly id: string | undefined;
}

/**
 * @param coreVersion the version of an agent that has none
 * @throws {ConfigProblem}
 */
export function readConfig(text: string, coreVersion: string): ReadConfig {
  const given = parsed(text);
  const deployment = isObject(given.deployment) ? given.deployment : {};
  const { url } = deployment;
  demandRequired({
    author: given.author,
    name: given.name,
    "deployment.url": typeof url === "string" ? url : undefined,
  });
  const at = String(url);
  if (parseHttpUrl(at) === undefined) {
    failed(`ConfigError: 'deployment.url' must be a valid http(s) URL, got '${at}'.`);
  }
  if (!("expose" in deployment)) {
    failed("Missing required config field(s): deployment.expose");
  }
  for (const name of texts) {
    if (given[name] !== undefined && given[name] !== null && typeof given[name] !== "string") {
      failed(`Field '${name}' must be a str`);
    }
  }
  for (const name of flags) {
    if (given[name] !== undefined && typeof given[name] !== "boolean") {
      failed(`Field '${name}' must be a bool`);
    }
  }
  const { kind = "agent", num_history_sessions: sessions = 10, debug_level: level = 1 } = given;
  const knownKind =
    kinds.find((each) => each === kind) ?? failed(`Field 'kind' must be one of: ${kinds.join(", ")}`);
  if (typeof sessions !== "number" || !Number.isInteger(sessions) || sessions < 0) {
    return failed("Field 'num_history_sessions' must be a non-negative integer");
  }
  if (level !== 1 && level !== 2) {
    return failed("Field 'debug_level' must be 1 or 2");
  }
  const { capabilities = {}, extra_metadata: extra } = given;
  if (!isObject(capabilities)) {
    return failed("Field 'capabilities' must be a dict");
  }
  if (extra !== undefined && extra !== null && !isObject(extra)) {
    return failed("Field 'extra_metadata' must be a dict");
  }
  refuseUnsupported(given);
  const author = String(given.author);
  const name = String(given.name);
  if (`${author}${name}`.includes(":")) {
    failed(
      "DID Document validation failed: Invalid DID in id field: bindu DID must have format did:bindu:author:agent_name",
    );
  }
  return {
    id: given.id === undefined || given.id === null ? undefined : uuidOf(given.id),
    config: {
      author,
      name,
      description: textOr(given.description, "A Bindu agent"),
      version: textOr(given.version, coreVersion),
      kind: knownKind,
      url: at,
      corsOrigins: Array.isArray(deployment.cors_origins) ? deployment.cors_origins.map(String) : [],
      streaming: flagOf(capabilities.streaming),
      pushNotifications: flagOf(capabilities.push_notifications),
      numHistorySessions: sessions,
      systemMessage: given.enable_system_message !== false,
      contextHistory: given.enable_context_based_history === true,
      debugMode: given.debug_mode === true,
      debugLevel: level,
      monitoring: given.monitoring === true,
      telemetry: given.telemetry !== false,
      recreateKeys: given.recreate_keys === true,
      extraMetadata: isObject(extra) ? extra : undefined,
    },
  };
}

function parsed(text: string): Extra {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ConfigProblem(`Invalid config_json: ${error instanceof Error ? error.message : "no JSON"}`);
  }
  return isObject(value) ? value : failed("the configuration must be a JSON object");
}

function demandRequired(values: Readonly<Record<(typeof required)[number], unknown>>): void {
  const missing = required.filter((name) => isMissing(values[name]));
  const [first] = missing;
  if (missing.length > 1) {
    failed(`ConfigError: missing required fields in the agent configuration: ${missing.join(", ")}`);
  }
  if (first !== undefined) {
    failed(`ConfigError: '${first}' is a required field in the agent configuration.`);
  }
}

const isMissing = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

/** Work that would be done for nothing, or for anybody, is worse than none. */
function refuseUnsupported({ execution_cost: cost, auth }: Extra): void {
  if (cost !== undefined && cost !== null) {
    failed("execution_cost is not supported by this core");
  }
  if (isObject(auth) && auth.enabled === true) {
    failed("auth is not supported by this core");
  }
}

const uuidOf = (value: unknown): string =>
  (typeof value === "string" ? parseUuid(value) : undefined) ?? failed(notAUuid);

const textOr = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise);
const flagOf = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);
