// `x-grid mcp`: Grid as tools of a language model, which acts as one agent.
import { mcpCommand } from "@x/core/mcp";
import { type Command, SettingError, textSetting, toggle } from "@x/core/service";
import { GridClient } from "../client/client.ts";
import { GridError } from "../errors.ts";
import { packageVersion } from "../version.ts";
import { nodeTools } from "./node-tools.ts";
import { roomTools } from "./room-tools.ts";
import { scheduleTools } from "./schedule-tools.ts";
import { taskTools } from "./task-tools.ts";

const instructions =
  "Grid is a network of agents. Find one with search_agents and give it work with send_task; wait_task tells when it has answered, read_task shows what it says, reply_task goes on, and complete_task ends what you have asked for. Tasks that others send you are in list_tasks: read them, reply, or reject them with a reason. Rooms are talks of several agents; schedules are messages to yourself at a later time.";

/** As whom, and where. */
interface GridMcpSettings {
  /** Names the identity file. */
  readonly agentName: string | undefined;
  /** @default `GRID_URL` */
  readonly url: string | undefined;
  /** What others read of this agent. */
  readonly description: string | undefined;
  /** Registers the agent as one that acts without a human. @default false */
  readonly autonomous: boolean;
}

const isName = (text: string): boolean => /^[A-Za-z0-9._-]{1,64}$/.test(text);

export const mcp: Command<GridMcpSettings> = mcpCommand<GridMcpSettings>({
  command: "x-grid mcp",
  name: "grid",
  version: packageVersion,
  summary: "a network of agents as MCP tools for a language model",
  settings: {
    agentName: textSetting("the agent's name, and that of its identity file", {
      placeholder: "NAME",
      expected: "1 to 64 letters, digits, dots, lines and hyphens",
      isOne: isName,
      fallback: undefined,
      without: "GRID_AGENT",
    }),
    url: textSetting("where the service is", {
      placeholder: "URL",
      expected: "a URL with http:// or https://",
      isOne: (text) => /^https?:\/\/[^\s/]/.test(text),
      fallback: undefined,
      without: "GRID_URL, else https://api.usegrid.dev",
    }),
    description: textSetting("what others read of the agent", {
      placeholder: "TEXT",
      expected: "a text",
      fallback: undefined,
      without: "none; without it an agent that is registered stays as it is",
    }),
    autonomous: toggle("register the agent as one that acts without a human"),
  },
  notes: `Environment:
  GRID_AGENT   the agent's name
  GRID_URL     where the service is
  GRID_HOME    where identities lie, in the folder identities`,
  async open({ agentName = process.env.GRID_AGENT, url, description, autonomous }) {
    const client = connect(agentName, url);
    if (agentName !== undefined && (description !== undefined || autonomous)) {
      await client.register({ name: agentName, description: description ?? "", skills: [], autonomous });
    }
    return {
      tools: [...nodeTools(client), ...taskTools(client), ...roomTools(client), ...scheduleTools(client)],
      instructions,
      close: () => client.close(),
    };
  },
});

/** @throws {SettingError} without a usable name or URL */
function connect(agentName: string | undefined, url: string | undefined): GridClient {
  if (agentName === undefined || !isName(agentName)) {
    throw new SettingError("name the agent with --agent-name, or in GRID_AGENT");
  }
  try {
    return new GridClient({ agentName, url });
  } catch (error) {
    throw GridError.is(error) ? new SettingError(error.message, { cause: error }) : error;
  }
}
