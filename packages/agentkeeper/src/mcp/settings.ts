// What a user may choose about `agentkeeper mcp`: where the daemon is, and as which agent the model acts.
import { type Setting, type Settings, secretFile, textSetting, toggle, whole } from "@x/core/service";

/** Settings of `agentkeeper mcp`, beside those of every MCP server. */
export interface KeeperMcpSettings {
  /** @default "localhost" */
  readonly host: string;
  /** 1..65535 @default 7070 */
  readonly port: number;
  /** The agent's name; without one, only tools that need no identity are offered. */
  readonly agentName: string | undefined;
  /** @default "A language model behind MCP" */
  readonly agentDescription: string;
  /** @default [] */
  readonly agentTools: readonly string[];
  /** 2..86400 @default 30 */
  readonly agentTtlSeconds: number;
  /** @default false */
  readonly agentReplace: boolean;
  /** The shared token of the daemon. */
  readonly daemonToken: string | undefined;
  /** @default false */
  readonly tls: boolean;
  readonly tlsCa: string | undefined;
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
}

const names: Setting<readonly string[]> = {
  flags: [
    {
      placeholder: "A,B",
      help: "the tools that others find the agent by, and that tasks require",
      fallback: "none",
    },
  ],
  fallback: [],
  expected: "names with commas between them",
  accept: (value) =>
    Array.isArray(value) && value.every((name) => typeof name === "string" && name !== "")
      ? value
      : undefined,
  parse: ([text]) => text?.split(",").map((name) => name.trim()),
};

const pem = (flag: string, help: string, without: string): Setting<string | undefined> =>
  secretFile(flag, help, {
    expected: "a file with PEM text",
    isOne: (text) => text.startsWith("-----BEGIN "),
    without,
  });

export const settings: Settings<KeeperMcpSettings> = {
  host: textSetting("where the daemon is", {
    placeholder: "HOST",
    expected: "a host",
    fallback: "localhost",
  }),
  port: whole("its gRPC port", { fallback: 7_070, min: 1, max: 65_535 }),
  agentName: textSetting("register an agent of this name for as long as the server runs", {
    placeholder: "NAME",
    expected: "a name",
    fallback: undefined,
    without: "none, which leaves out the tools that act as an agent",
  }),
  agentDescription: textSetting("what others find the agent by", {
    placeholder: "TEXT",
    expected: "a text",
    fallback: "A language model behind MCP",
  }),
  agentTools: names,
  agentTtlSeconds: whole("seconds without a heartbeat until the agent is unreachable", {
    fallback: 30,
    min: 2,
    max: 86_400,
  }),
  agentReplace: toggle("end a live agent of the same name first"),
  daemonToken: secretFile("daemon-token-file", "the token that the daemon asks for, in this file", {
    isOne: (text) => text !== "",
    expected: "a token",
    without: "none",
  }),
  tls: toggle("speak TLS with the daemon"),
  tlsCa: pem("tls-ca", "TLS, with the authority of the daemon's certificate (PEM)", "the well-known ones"),
  tlsCert: pem("tls-cert", "TLS, with this certificate for a daemon that asks for one (PEM)", "none"),
  tlsKey: pem("tls-key", "the key of --tls-cert (PEM)", "none"),
};
