// `x-bindu mcp`: agents as tools of a language model, those of a core or any that speak A2A.
import { mcpCommand } from "@x/core/mcp";
import { type Command, SettingError, textSetting } from "@x/core/service";
import { packageVersion } from "../version.ts";
import { createAgentDirectory } from "./agent-directory.ts";
import { agentTools } from "./agent-tools.ts";

const instructions =
  "Agents that do work for you. list_agents names them and says what they can do; ask_agent gives one a message and waits for its answer. When the answer's state is input_required or auth_required the agent asks you something: answer with ask_agent again, with the same task. For work that takes long, send_message begins it and get_task tells how far it is; cancel_task calls it off.";

/** Where the agents are. */
interface BinduMcpSettings {
  /** The operator's address of a core, whose agents are all there. */
  readonly core: string | undefined;
  /** URLs of agents, with commas between. */
  readonly agents: string | undefined;
}

const isUrl = (text: string): boolean => /^https?:\/\/[^\s/]/.test(text) && URL.canParse(text);

const urlsIn = (text: string): readonly string[] =>
  text
    .split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");

export const mcp: Command<BinduMcpSettings> = mcpCommand<BinduMcpSettings>({
  command: "x-bindu mcp",
  name: "bindu",
  version: packageVersion,
  summary: "agents as MCP tools for a language model",
  settings: {
    core: textSetting("the operator's page of a core, whose agents are all there", {
      placeholder: "URL",
      expected: "a URL with http:// or https://",
      isOne: isUrl,
      fallback: undefined,
      without: "X_BINDU_CORE; http://127.0.0.1:9093 where no agent is named either",
    }),
    agents: textSetting("agents that speak A2A, by their URLs", {
      placeholder: "URL,...",
      expected: "URLs with http:// or https://, with commas between",
      isOne: (text) => urlsIn(text).length > 0 && urlsIn(text).every(isUrl),
      fallback: undefined,
      without: "X_BINDU_AGENTS",
    }),
  },
  notes: `Environment:
  X_BINDU_CORE     the operator's page of a core
  X_BINDU_AGENTS   URLs of agents, with commas between`,
  async open({ core = process.env.X_BINDU_CORE || undefined, agents = process.env.X_BINDU_AGENTS ?? "" }) {
    const urls = urlsIn(agents);
    const wrong = [...urls, ...(core === undefined ? [] : [core])].find((url) => !isUrl(url));
    if (wrong !== undefined) {
      throw new SettingError(`${wrong} is no URL with http:// or https://`);
    }
    const directory = createAgentDirectory({
      core: core ?? (urls.length === 0 ? "http://127.0.0.1:9093" : undefined),
      urls,
    });
    return { tools: agentTools(directory), instructions, close: () => directory.close() };
  },
});
