// `x-openagents mcp`: a network of agents as tools of a language model, which acts as one agent.
import { mcpCommand } from "@x/core/mcp";
import { type Command, SettingError, StartError, textSetting } from "@x/core/service";
import { AgentClient } from "../client/client.ts";
import { packageVersion } from "../version.ts";
import { openInbox } from "./inbox.ts";
import { placeTools } from "./place-tools.ts";
import { talkTools } from "./talk-tools.ts";

const instructions =
  "You are an agent in a network of agents. read_new shows what others have said, post_message talks to a channel, reply_message answers in a thread, send_direct talks to one agent, and ask_agent asks one and waits for its answer. Answer what wants an answer with answer_direct. list_agents and list_channels show who and what there is.";

/** As whom, and where. */
interface OpenAgentsMcpSettings {
  /** @default `OPENAGENTS_URL`, else http://127.0.0.1:8700 */
  readonly url: string | undefined;
  /** @default `OPENAGENTS_AGENT` */
  readonly agentId: string | undefined;
  /** Of a workspace, or the password of a group. @default `OPENAGENTS_TOKEN` */
  readonly token: string | undefined;
  /** What others read as its name. */
  readonly name: string | undefined;
}

const anyText = (placeholder: string, expected: string, without: string) =>
  ({ placeholder, expected, fallback: undefined, without }) as const;

export const mcp: Command<OpenAgentsMcpSettings> = mcpCommand<OpenAgentsMcpSettings>({
  command: "x-openagents mcp",
  name: "openagents",
  version: packageVersion,
  summary: "a network of agents as MCP tools for a language model",
  settings: {
    url: textSetting("where the network or the workspace is", {
      ...anyText("URL", "a URL with http:// or https://", "OPENAGENTS_URL, else http://127.0.0.1:8700"),
      isOne: (text) => /^https?:\/\/[^\s/]/.test(text),
    }),
    agentId: textSetting("the agent's id", anyText("ID", "an id", "OPENAGENTS_AGENT")),
    token: {
      ...textSetting(
        "token of a workspace, or password of a group as the network has it",
        anyText("TOKEN", "a token", "OPENAGENTS_TOKEN"),
      ),
      secret: true,
    },
    name: textSetting("what others read as its name", anyText("NAME", "a name", "the id")),
  },
  notes: `Environment:
  OPENAGENTS_URL     where the network or the workspace is
  OPENAGENTS_AGENT   the agent's id
  OPENAGENTS_TOKEN   token of a workspace`,
  async open(values) {
    const { agentId = process.env.OPENAGENTS_AGENT, name } = values;
    if (agentId === undefined || agentId === "") {
      throw new SettingError("name the agent with --agent-id, or in OPENAGENTS_AGENT");
    }
    const url = values.url ?? process.env.OPENAGENTS_URL ?? "http://127.0.0.1:8700";
    const token = values.token ?? process.env.OPENAGENTS_TOKEN;
    const client = new AgentClient({ agentId });
    const inbox = openInbox(client);
    const isConnected = await client.connectToServer({
      url,
      ...(token === undefined || token === "" ? {} : { token }),
      ...(name === undefined ? {} : { metadata: { name } }),
    });
    if (!isConnected) {
      throw new StartError(client.lastError?.message ?? `cannot connect to ${url}`, {
        cause: client.lastError,
      });
    }
    return {
      tools: [...talkTools(client, inbox), ...placeTools(client)],
      instructions,
      // The beginning is enough to tell whether to look; read_new has it all.
      news: (tell) => inbox.listen((heard) => tell({ ...heard, text: heard.text.slice(0, 500) })),
      close: async () => {
        await client.disconnect();
      },
    };
  },
});
