// The official server with a service's tools on it. Its own checks of arguments are left out: ours say which word is wrong.
import type { Log } from "../service/shared/logger.ts";
import { answerText } from "./answer.ts";
import { failureOf } from "./failure.ts";
import type { News } from "./news.ts";
import { type CallToolResult, McpServer, type ServerContext } from "./official.ts";
import { startProgress } from "./progress.ts";
import type { Tool } from "./tool.ts";

/** What an MCP server says of itself, and what it offers. */
export interface ServedTools {
  readonly name: string;
  readonly version: string;
  readonly instructions: string;
  readonly tools: readonly Tool[];
  /** The longest answer, in characters. */
  readonly maxAnswerChars: number;
  readonly log: Log;
  /** What happens without being asked for; told to hosts as messages of the log. */
  readonly news?: News | undefined;
}

/** A server for one connection, session or request. */
export function createMcpServer(served: ServedTools): McpServer {
  const { name, version, instructions } = served;
  const server = new McpServer(
    { name, version },
    {
      capabilities: { tools: { listChanged: false }, ...(served.news === undefined ? {} : { logging: {} }) },
      instructions,
    },
  );
  tellNews(server, served);
  for (const tool of served.tools) {
    const { description, hints } = tool;
    const shape = tool.input["~standard"];
    const inputSchema = { "~standard": { ...shape, validate: (value: unknown) => ({ value }) } };
    server.registerTool(
      tool.name,
      { description, inputSchema, annotations: { ...hints } },
      (given, context) => call(served, tool, given, context),
    );
  }
  return server;
}

/** From the handshake to the end of the connection: a server for a single request has neither, and nobody who would listen. */
function tellNews({ server }: McpServer, { name, news }: ServedTools): void {
  if (news === undefined) {
    return;
  }
  let stop: () => void = () => undefined;
  server.oninitialized = () => {
    stop = news((data) => {
      // Who has gone hears nothing.
      server.sendLoggingMessage({ level: "notice", logger: name, data }).catch(() => undefined);
    });
  };
  server.onclose = () => stop();
}

async function call(
  { maxAnswerChars, log }: ServedTools,
  tool: Tool,
  given: unknown,
  { mcpReq }: ServerContext,
): Promise<CallToolResult> {
  const { signal } = mcpReq;
  const progressToken = mcpReq._meta?.progressToken;
  const progress = startProgress((note) => {
    if (progressToken !== undefined && !signal.aborted) {
      // A caller that has gone needs no sign of life.
      mcpReq
        .notify({ method: "notifications/progress", params: { progressToken, ...note } })
        .catch(() => undefined);
    }
  });
  try {
    const answer = await tool.run(given, { signal, progress: progress.say });
    const text = answerText(answer, maxAnswerChars);
    return { content: [{ type: "text", text }], structuredContent: JSON.parse(text) };
  } catch (thrown) {
    const { text, error } = failureOf(tool.name, thrown, log);
    return { content: [{ type: "text", text }], structuredContent: { error }, isError: true };
  } finally {
    progress.stop();
  }
}
