// Agents: registration, look-up and search.
import type { Registration } from "./agent-handle.ts";
import type { CallOptions } from "./call-options.ts";
import type { Connection } from "./connection.ts";
import type { AgentInfo, Capability } from "./types.ts";
import { decodeAgent } from "./wire/decode.ts";
import { required } from "./wire/required.ts";

/** What an agent says of itself. */
export interface RegisterOptions extends CallOptions {
  /** 1 to 256 bytes. Need not be unique, unless the daemon runs with `--unique-names`. */
  readonly name: string;
  /** What `find` searches, up to 8 KiB. */
  readonly description: string;
  /** Up to 128 bytes. */
  readonly version: string;
  /** Up to 256 names of 1 to 256 bytes. @default [] */
  readonly tools?: readonly string[];
  /** Up to 64 entries; keys up to 128 bytes, values up to 4 KiB. @default {} */
  readonly metadata?: Readonly<Record<string, string>>;
  /** @default [] */
  readonly capabilities?: readonly Capability[];
  /**
   * Seconds without a heartbeat until the agent is unreachable, and as many again until it is dead; 1 to 86,400.
   * Heartbeats are sent every half of it.
   *
   * @default 30
   */
  readonly ttlSeconds?: number;
}

/** What to search for. */
export interface FindOptions extends CallOptions {
  /** Words to rank by. The ranking is lexical: it knows words and their endings, not meanings. @default "" */
  readonly query?: string;
  /** Only agents that have all of these. @default [] */
  readonly tools?: readonly string[];
  /** 1 to 1,000. @default 10 */
  readonly limit?: number;
}

export async function register(connection: Connection, options: RegisterOptions): Promise<Registration> {
  const { name, description, version, ttlSeconds = 30 } = options;
  const card = {
    name,
    description,
    version,
    tools: [...(options.tools ?? [])],
    metadata: { ...options.metadata },
    capabilities: [...(options.capabilities ?? [])],
  };
  let sentAtMono = 0;
  const { agentId } = await connection.call("register", "unsafe", options, (call) => {
    sentAtMono = connection.clock.now().mono;
    return connection.registry.register({ card, ttlSeconds }, call);
  });
  return { agentId, ttlSeconds, sentAtMono };
}

export async function getAgent(
  connection: Connection,
  agentId: string,
  options?: CallOptions,
): Promise<AgentInfo> {
  const { agent } = await connection.call("getAgent", "safe", options, (call) =>
    connection.registry.getAgent({ agentId }, call),
  );
  return decodeAgent(required("getAgent", "agent", agent));
}

export async function find(connection: Connection, options: FindOptions = {}): Promise<AgentInfo[]> {
  const { query = "", limit = 10 } = options;
  const { agents } = await connection.call("find", "safe", options, (call) =>
    connection.registry.find({ query, tools: [...(options.tools ?? [])], limit }, call),
  );
  return agents.map(decodeAgent);
}
