// Agents: registration, look-up and search.
import { callRules, must, type OptionRules, UnimplementedError } from "@x/core/base";
import type { AgentDetail, AgentInfo, AgentStatus, Capability, ScoredAgent } from "../types.ts";
import type { Registration } from "./agent-handle.ts";
import type { CallOptions } from "./call-options.ts";
import { agentTtlRule, check, checkCall, checkTexts, requiredText, serviceName } from "./checks.ts";
import { type Connection, callEither } from "./connection.ts";
import { decodeAgent, wireAgentStatuses } from "./decode/decode.ts";
import { decodeAgentDetail } from "./decode/decode-details.ts";
import { required } from "./decode/required.ts";
import { pages } from "./pages.ts";
import { heardOut, taking } from "./taking.ts";

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
  /**
   * End the live agent of the same name first, as after a crash and a quick restart. Needs our own daemon.
   *
   * @default false
   */
  readonly replace?: boolean;
  /**
   * Send heartbeats from a worker thread, so that an event loop that is blocked for long does not cost the agent its
   * life. The thread has a connection of its own and lives as long as the agent.
   *
   * @default "main"
   */
  readonly heartbeatsFrom?: "main" | "worker";
}

/** What to search for with more to choose. */
export interface FindScoredOptions extends FindOptions {
  /** Agents in these states. @default ["ALIVE"] */
  readonly statuses?: readonly AgentStatus[];
  /** Only agents whose metadata has all of these. @default {} */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Only agents that fit at least so well. @default 0 */
  readonly minScore?: number;
}

/** Which agents to list. */
export interface ListAgentsOptions extends CallOptions {
  /** All by default. */
  readonly statuses?: readonly AgentStatus[];
  /** Only names that begin with this. @default "" */
  readonly namePrefix?: string;
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

const agentStatuses = Object.keys(wireAgentStatuses);
const isCapability = (value: unknown): boolean =>
  must.beTextMap.isOne(value) && Object.keys(Object(value)).sort().join() === "description,name";
const registerRules: OptionRules<RegisterOptions> = {
  ...callRules,
  name: requiredText,
  description: requiredText,
  version: requiredText,
  tools: must.beTexts,
  metadata: must.beTextMap,
  capabilities: {
    expected: "a list of objects with name and description",
    isOne: (value) => Array.isArray(value) && value.every(isCapability),
  },
  ttlSeconds: agentTtlRule,
  replace: must.beBoolean,
  heartbeatsFrom: must.beOneOf("main", "worker"),
};
const findRules: OptionRules<FindOptions> = {
  ...callRules,
  query: must.beText,
  tools: must.beTexts,
  limit: { ...must.beWhole(1, 1_000), code: "limit_out_of_range" },
};
const findScoredRules: OptionRules<FindScoredOptions> = {
  ...findRules,
  statuses: must.beSomeOf(...agentStatuses),
  metadata: must.beTextMap,
  minScore: must.beNumber(0, 1),
};
const listRules: OptionRules<ListAgentsOptions> = {
  ...callRules,
  statuses: must.beSomeOf(...agentStatuses),
  namePrefix: must.beText,
};

export async function register(connection: Connection, options: RegisterOptions): Promise<Registration> {
  check("register", options, registerRules);
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
  const agentId = await callEither(
    connection,
    async () => {
      // With a request id a repeat gives the first answer, so it is safe.
      const answer = await taking(connection, "register", "safe", options, (call, ext, requestId) => {
        sentAtMono = connection.clock.now().mono;
        return ext.registry.registerAgent(
          { card, ttlSeconds, requestId, replace: options.replace ?? false },
          call,
        );
      });
      return required("register", "agent", answer.agent?.agent).agentId;
    },
    async () => {
      if (options.replace === true) {
        throw new UnimplementedError("register: only our own daemon can replace an agent.", {
          service: serviceName,
          operation: "register",
          code: "ext_unavailable",
        });
      }
      const answer = await connection.call("register", "unsafe", options, (call) => {
        sentAtMono = connection.clock.now().mono;
        return heardOut(
          connection,
          "register",
          call,
          (heard) => connection.registry.register({ card, ttlSeconds }, heard),
          ({ agentId: unwanted }) =>
            connection.call("deregister", "safe", undefined, (end) =>
              connection.registry.deregister({ agentId: unwanted }, end),
            ),
        );
      });
      return answer.agentId;
    },
  );
  return { agentId, ttlSeconds, sentAtMono };
}

export async function getAgent(
  connection: Connection,
  agentId: string,
  options?: CallOptions,
): Promise<AgentInfo> {
  checkTexts("getAgent", { agentId });
  checkCall("getAgent", options);
  const { agent } = await connection.call("getAgent", "safe", options, (call) =>
    connection.registry.getAgent({ agentId }, call),
  );
  return decodeAgent(required("getAgent", "agent", agent));
}

export async function find(connection: Connection, options: FindOptions = {}): Promise<AgentInfo[]> {
  check("find", options, findRules);
  const { query = "", limit = 10 } = options;
  const { agents } = await connection.call("find", "safe", options, (call) =>
    connection.registry.find({ query, tools: [...(options.tools ?? [])], limit }, call),
  );
  return agents.map(decodeAgent);
}

export async function findScored(
  connection: Connection,
  options: FindScoredOptions = {},
): Promise<ScoredAgent[]> {
  check("findScored", options, findScoredRules);
  const { query = "", limit = 10, minScore = 0 } = options;
  const { matches } = await connection.callExt("findScored", "safe", options, (call, ext) =>
    ext.registry.findScored(
      {
        query,
        limit,
        minScore,
        tools: [...(options.tools ?? [])],
        statuses: (options.statuses ?? []).map((status) => wireAgentStatuses[status]),
        metadata: { ...options.metadata },
      },
      call,
    ),
  );
  return matches.map(({ agent, score }) => ({
    agent: decodeAgent(required("findScored", "agent", agent)),
    score,
  }));
}

export function listAgents(
  connection: Connection,
  options: ListAgentsOptions = {},
): AsyncIterable<AgentDetail> {
  check("listAgents", options, listRules);
  const statuses = (options.statuses ?? []).map((status) => wireAgentStatuses[status]);
  const { namePrefix = "" } = options;
  return pages(async (pageToken) => {
    const { agents, nextPageToken } = await connection.callExt("listAgents", "safe", options, (call, ext) =>
      ext.registry.listAgents({ statuses, namePrefix, pageSize: 0, pageToken }, call),
    );
    return { items: agents.map((agent) => decodeAgentDetail("listAgents", agent)), nextPageToken };
  });
}
