// `x-agentdraft mcp`: the booking arbiter as tools of a language model, which acts for the agent of one key.
import { mcpCommand } from "@x/core/mcp";
import { type Command, SettingError, secretFile, textSetting } from "@x/core/service";
import { AgentDraft } from "../client/client.ts";
import { AuthError } from "../errors.ts";
import { packageVersion } from "../version.ts";
import { auditTools } from "./audit-tools.ts";
import { bookingTools } from "./booking-tools.ts";
import { approvalTools, mailTools } from "./people-tools.ts";

const instructions =
  "AgentDraft decides which agent gets a slot of one person's calendar. Ask get_availability before you propose a time, create_hold while you talk about it, commit_booking to make it final. When a slot is lost the answer says who won it: propose another time instead of trying again.";

/** Where the service is, and as whom. */
interface AgentDraftMcpSettings {
  /** @default `AGENTDRAFT_BASE_URL` */
  readonly url: string | undefined;
  /** @default `AGENTDRAFT_API_KEY` */
  readonly apiKey: string | undefined;
}

export const mcp: Command<AgentDraftMcpSettings> = mcpCommand<AgentDraftMcpSettings>({
  command: "x-agentdraft mcp",
  name: "agentdraft",
  version: packageVersion,
  summary: "the booking arbiter as MCP tools for a language model",
  settings: {
    url: textSetting("where the service is", {
      placeholder: "URL",
      expected: "a URL with http:// or https://",
      isOne: (text) => /^https?:\/\/[^\s/]/.test(text),
      fallback: undefined,
      without: "AGENTDRAFT_BASE_URL, else https://api.agentdraft.io",
    }),
    apiKey: secretFile("key-file", "the agent's key, in this file", {
      expected: "a key that begins with avs_live_",
      isOne: (text) => text.startsWith("avs_live_"),
      without: "AGENTDRAFT_API_KEY",
    }),
  },
  notes: `Environment:
  AGENTDRAFT_API_KEY    the agent's key, avs_live_...
  AGENTDRAFT_BASE_URL   where the service is`,
  async open({ url, apiKey }) {
    const client = connect({ baseUrl: url, apiKey });
    return {
      tools: [...bookingTools(client), ...auditTools(client), ...approvalTools(client), ...mailTools(client)],
      instructions,
      close: () => client.close(),
    };
  },
});

/** @throws {SettingError} without a usable key */
function connect(where: {
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
}): AgentDraft {
  try {
    return new AgentDraft({ ...where, userAgent: `x-agentdraft-mcp/${packageVersion}` });
  } catch (error) {
    throw error instanceof AuthError ? new SettingError(error.message, { cause: error }) : error;
  }
}
