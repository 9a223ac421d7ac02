// How agents come and go: their configuration is read, their key taken up, their port opened, and all of it made durable.
import { isRefusal, type Log } from "@x/core/service";
import type { Skill } from "../../types.ts";
import { deriveAgentId, deriveDid } from "../../wire/identity.ts";
import type { AgentPool } from "../engine/agent-pool.ts";
import type { Agent } from "../rules/model/entities.ts";
import { ConfigProblem, readConfig } from "../rules/registrations/config.ts";
import { type AgentListeners, PlaceProblem } from "./agent-listeners.ts";
import type { Surface } from "./context.ts";

export interface RegistrationRequest {
  readonly configJson: string;
  readonly skills: readonly Skill[];
  /** Where the agent is called back; several addresses with commas between. */
  readonly callbackAddress: string;
}

export type Registration =
  | { readonly agentId: string; readonly did: string; readonly url: string }
  /** In the words that the caller is told. */
  | { readonly problem: string };

export interface Registrar {
  register(request: RegistrationRequest): Promise<Registration>;
  /** Whether the agent is known and served. */
  heartbeat(agentId: string): Promise<boolean>;
  /** What went wrong; `undefined` when it is gone. */
  unregister(agentId: string): Promise<string | undefined>;
  /** Takes up the keys by which whatever runs is signed: of agents that are registered, or whose webhooks wait for something. */
  takeKeys(): Promise<void>;
  /** Listens again for those whose keys were taken up. */
  restore(): Promise<void>;
}

/** What the calls and requests of an agent get that is taken away, in milliseconds. */
const graceMs = 5_000;

export function createRegistrar(options: {
  readonly surface: Surface;
  readonly listeners: AgentListeners;
  readonly pool: AgentPool;
  readonly coreVersion: string;
  readonly log: Log;
}): Registrar {
  const { surface, listeners, pool, coreVersion, log } = options;
  const { engine, identities, liveness, calls } = surface;
  let latest: Promise<unknown> = Promise.resolve();
  const withKey: Agent[] = [];

  /** One after the other: two of one agent, or of one place, must not meet. */
  const inTurn = <Result>(act: () => Promise<Result>): Promise<Result> => {
    const result = latest.then(act);
    latest = result.catch(() => undefined);
    return result;
  };

  const register = async (request: RegistrationRequest): Promise<Registration> => {
    const { config, id } = readConfig(request.configJson, coreVersion);
    const agentId = id ?? deriveAgentId(config.author, config.name);
    const did = deriveDid(config.author, config.name, agentId);
    const opened = await listeners.open(agentId, config);
    try {
      await identities.take({ agentId, name: config.name }, config.recreateKeys);
      const reply = await engine.run({
        type: "register",
        agent: {
          agentId,
          did,
          config: { ...config, url: opened.url },
          skills: request.skills,
          callbacks: request.callbackAddress
            .split(",")
            .map((address) => address.trim())
            .filter((address, index) => address !== "" || index === 0),
        },
      });
      if (isRefusal(reply)) {
        throw new ConfigProblem(`Registration failed: ${reply.detail}`);
      }
    } catch (error) {
      await opened.drop();
      throw error;
    }
    opened.keep();
    liveness.watch(agentId);
    log.info({ agentId, did, url: opened.url, callback: request.callbackAddress }, "an agent is registered");
    return { agentId, did, url: opened.url };
  };

  return {
    async register(request) {
      try {
        return await inTurn(() => register(request));
      } catch (error) {
        if (error instanceof ConfigProblem) {
          return { problem: error.message };
        }
        if (error instanceof PlaceProblem || isFileError(error)) {
          return { problem: `Registration failed: ${error.message}` };
        }
        throw error;
      }
    },

    async heartbeat(agentId) {
      const reply = await engine.run({ type: "heartbeat", agentId });
      const isServed = !isRefusal(reply) && reply.known && listeners.isOpen(agentId);
      if (isServed) {
        liveness.heard(agentId);
      }
      return isServed;
    },

    unregister: (agentId) =>
      inTurn(async () => {
        const reply = await engine.run({ type: "unregister", agentId });
        if (isRefusal(reply)) {
          return reply.detail;
        }
        liveness.forget(agentId);
        log.info({ agentId }, "an agent was taken away");
        // Nothing new comes in; what runs goes on behind the answer.
        const ended = Promise.all([listeners.close(agentId, graceMs), calls.end(agentId, graceMs)]);
        void ended.then(() => pool.forget(agentId));
        return undefined;
      }),

    async takeKeys() {
      const agents = engine.peek((state) => {
        const owing = new Set([...state.outboxes.values()].map(({ agentId }) => agentId));
        return [...state.agents.values()].filter(
          ({ registered, agentId }) => registered || owing.has(agentId),
        );
      });
      await Promise.all(
        agents.map((agent) =>
          served(agent, async () => {
            await identities.take({ agentId: agent.agentId, name: agent.config.name }, false);
            if (agent.registered) {
              withKey.push(agent);
            }
          }),
        ),
      );
    },

    async restore() {
      await Promise.all(
        withKey.splice(0).map((agent) =>
          served(agent, async () => {
            (await listeners.open(agent.agentId, agent.config)).keep();
            liveness.watch(agent.agentId);
          }),
        ),
      );
    },
  };

  /** Where that fails, its heartbeats stay unacknowledged, so that it registers again and is told why it cannot be served. */
  async function served({ agentId, config }: Agent, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      log.error({ err: error, agentId, url: config.url }, "an agent of before cannot be served");
    }
  }
}

const isFileError = (error: unknown): error is Error =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "string" &&
  /^(?:E[A-Z]+|key_file_\w+|invalid_seed)$/.test(error.code);
