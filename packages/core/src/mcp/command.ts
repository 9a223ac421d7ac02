// `<executable> mcp`: a service's tools for language models, over stdin and stdout or over HTTP.
import { messageOf } from "../errors/foreign.ts";
import type { Log } from "../service/shared/logger.ts";
import { isLoopback, type ListenAddress } from "../service/start/address.ts";
import type { Command } from "../service/start/command.ts";
import { endOnSignal } from "../service/start/process-end.ts";
import { address, readSettings, SettingError, type Settings, whole } from "../service/start/settings.ts";
import { sharedToken } from "../service/start/shared-token.ts";
import { StartError } from "../service/start/start-local.ts";
import { answerChars } from "./answer.ts";
import type { News } from "./news.ts";
import type { Tool } from "./tool.ts";

/** A service's face for language models. */
export interface McpService<Values> {
  /** The full name of the command, such as `agentkeeper mcp`. */
  readonly command: string;
  /** The name by which hosts know the server. */
  readonly name: string;
  readonly version: string;
  /** What it offers, in one sentence for the help text. */
  readonly summary: string;
  /** The service's own settings, such as where its server is. */
  readonly settings: Settings<Values>;
  /** What the help text says below the flags, such as environment variables. */
  readonly notes?: string;
  /**
   * Makes the client, and the tools over it.
   *
   * @throws {SettingError} for settings that do not suffice; {StartError} for a server that cannot be reached
   */
  open(values: Values, log: Log): Promise<OpenedTools>;
}

/** Tools that can be called. */
export interface OpenedTools {
  readonly tools: readonly Tool[];
  /** For a model: what the service is, and in which order to use the tools. */
  readonly instructions: string;
  /** Tells hosts of what happens without being asked, where they take messages of the log. */
  readonly news?: News | undefined;
  /** Ends the client. No call is running any more. */
  close(): Promise<void>;
}

/** Settings of every MCP server. */
interface FaceValues {
  /** Where to serve HTTP; stdin and stdout when absent. */
  readonly http: ListenAddress | undefined;
  /** The bearer token of HTTP. */
  readonly httpToken: string | undefined;
  /** 1..10000 @default 100 */
  readonly maxSessions: number;
  /** 1000..1000000 @default 25_000 */
  readonly maxAnswerChars: number;
}

const faceSettings: Settings<FaceValues> = {
  http: address<never>(
    "serve Streamable HTTP at /mcp there, to any number of hosts; port 0 is a free one",
    "stdin and stdout",
  ),
  httpToken: sharedToken(
    "ask every HTTP request for the bearer token in this file",
    "none, on loopback only",
  ),
  maxSessions: whole("HTTP sessions that may be open at once", { fallback: 100, min: 1, max: 10_000 }),
  maxAnswerChars: whole(
    "characters of an answer; lists are cut between items, and say how to go on",
    answerChars,
  ),
};

/** The command, for `subcommand(...)` of an executable. */
export function mcpCommand<Values>(service: McpService<Values>): Command<Values & FaceValues> {
  const { command, name, version, summary, notes } = service;
  const settings = { ...service.settings, ...faceSettings } as Settings<Values & FaceValues>;
  return {
    summary,
    settings,
    ...(notes === undefined ? {} : { notes }),
    async run(options, _, log) {
      const values = readSettings(settings, options);
      const { http, httpToken: token, maxSessions, maxAnswerChars } = values;
      checkFace(values);
      const [{ serveHttp }, { serveStdio }] = await Promise.all([
        import("./serve-http.ts"),
        import("./serve-stdio.ts"),
      ]);
      const { tools, instructions, news, close: closeTools } = await service.open(values, log);
      const served = { name, version, instructions, tools, maxAnswerChars, log, news };
      if (http === undefined) {
        const { close } = serveStdio(served);
        const stop = endOnSignal({ log, close: () => endBoth(close, closeTools) });
        process.stdin.on("end", () => stop("the end of stdin"));
        return;
      }
      try {
        const { url, close } = await serveHttp(served, { address: http, token, maxSessions });
        endOnSignal({ log, close: () => endBoth(close, closeTools) });
        process.stdout.write(`${command} ready http=${url}\n`);
      } catch (error) {
        await closeTools();
        const why = messageOf(error);
        throw new StartError(`cannot serve MCP over HTTP: ${why}`, { cause: error });
      }
    },
  };
}

/** @throws {SettingError} */
function checkFace({ http, httpToken: token }: FaceValues): void {
  if (http === undefined && token !== undefined) {
    throw new SettingError("--token-file is for HTTP: it needs --http");
  }
  if (http !== undefined && token === undefined && !http.hosts.every(isLoopback)) {
    throw new SettingError(
      "--http: other machines could use these tools. Listen on loopback, or ask for a token with --token-file",
    );
  }
}

/** What was served first, then its client, whatever the first comes to. */
async function endBoth(closeServed: () => Promise<void>, closeTools: () => Promise<void>): Promise<void> {
  try {
    await closeServed();
  } finally {
    await closeTools();
  }
}
