// `agentkeeper mcp`: the daemon as tools of a language model, which acts as an agent of its own.
import { isServiceError } from "@x/core/base";
import { mcpCommand, type OpenedTools } from "@x/core/mcp";
import { type Command, type Log, StartError } from "@x/core/service";
import { AgentKeeperClient } from "../client/client.ts";
import { packageVersion } from "../version.ts";
import { eventTools } from "./event-tools.ts";
import { type Identity, startIdentity } from "./identity.ts";
import { leaseTools } from "./lease-tools.ts";
import { lookTools } from "./look-tools.ts";
import { type KeeperMcpSettings, settings } from "./settings.ts";
import { claimTools, taskTools } from "./task-tools.ts";

const purpose =
  "AgentKeeper lets agents find each other, hold a key exclusively (leases), share a queue of tasks, and see who leads a group and what has happened.";

export const mcp: Command<KeeperMcpSettings> = mcpCommand<KeeperMcpSettings>({
  command: "agentkeeper mcp",
  name: "agentkeeper",
  version: packageVersion,
  summary: "a daemon's registry, leases, tasks and events as MCP tools for a language model",
  settings,
  async open(values, log): Promise<OpenedTools> {
    const client = connect(values);
    const looking = [...lookTools(client), ...taskTools(client), ...eventTools(client)];
    const { agentName: name } = values;
    if (name === undefined) {
      return {
        tools: looking,
        instructions: `${purpose} This server has no identity, so it can look and create tasks only; started with --agent-name it can hold leases and work on tasks.`,
        close: () => client.close(),
      };
    }
    const identity = await register(client, { ...values, agentName: name }, log);
    return {
      tools: [...looking, ...leaseTools(client, identity), ...claimTools(client, identity)],
      instructions: `${purpose} You act as the agent ${name}, registered as ${identity.agentId}. Take a lease before you change what others may change too, and pass its token on with the change. Claim a task, do it, then complete or fail it; its claim is kept for you until then.`,
      async close() {
        await identity.close();
        await client.close();
      },
    };
  },
});

function connect({
  host,
  port,
  daemonToken: token,
  tls,
  tlsCa,
  tlsCert,
  tlsKey,
}: KeeperMcpSettings): AgentKeeperClient {
  const isTls = tls || tlsCa !== undefined || tlsCert !== undefined;
  return new AgentKeeperClient({
    host,
    port,
    ...(token === undefined ? {} : { token }),
    ...(isTls
      ? {
          tls: {
            ...(tlsCa === undefined ? {} : { ca: tlsCa }),
            ...(tlsCert === undefined ? {} : { cert: tlsCert }),
            ...(tlsKey === undefined ? {} : { key: tlsKey }),
          },
        }
      : {}),
  });
}

/** @throws {StartError} without a daemon that takes the agent */
async function register(
  client: AgentKeeperClient,
  values: KeeperMcpSettings & { readonly agentName: string },
  log: Log,
): Promise<Identity> {
  const { host, port, agentName, agentDescription, agentTools, agentTtlSeconds, agentReplace } = values;
  try {
    return await startIdentity(
      client,
      {
        name: agentName,
        description: agentDescription,
        version: packageVersion,
        tools: agentTools,
        ttlSeconds: agentTtlSeconds,
        ...(agentReplace ? { replace: true } : {}),
      },
      log,
    );
  } catch (error) {
    await client.close();
    if (isServiceError(error)) {
      throw new StartError(`cannot register ${agentName} at ${host}:${port}: ${error.message}`, {
        cause: error,
      });
    }
    throw error;
  }
}
