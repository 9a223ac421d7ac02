// The daemon's command line around `startLocalAgentKeeper`.
import { readFileSync } from "node:fs";
import {
  addressFlag,
  choiceFlag,
  FlagError,
  formatAddress,
  integerFlag,
  isLoopback,
  logLevels,
  runExecutable,
  switchFlag,
  textFlag,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { startLocalAgentKeeper, type TlsServerOptions } from "./index.ts";

const defaultAddr = "127.0.0.1:7070";
const defaultMetricsAddr = "127.0.0.1:9090";

const flags = {
  addr: addressFlag("where gRPC listens; :PORT is every interface, port 0 any free one", defaultAddr),
  "metrics-addr": addressFlag(
    "where the dashboard, /healthz and /metrics listen; off for none",
    `${defaultMetricsAddr}, or a free port if that is taken`,
    "off",
  ),
  "data-dir": textFlag("DIR", "keep everything in this directory", "none, everything is in memory"),
  fsync: choiceFlag("when changes reach the disk, with --data-dir", ["always", "never"], "always"),
  "tls-cert": textFlag("FILE", "serve TLS with this certificate (PEM), with --tls-key", "clear text"),
  "tls-key": textFlag("FILE", "the key of --tls-cert (PEM)"),
  "tls-client-ca": textFlag("FILE", "ask clients for a certificate that this authority (PEM) has signed"),
  "token-file": textFlag("FILE", "ask every call for the token in this file", "none"),
  "unique-names": switchFlag("refuse a second live agent of the same name"),
  "dead-retention": integerFlag("records of dead agents that are kept", 10_000, { min: 0, max: 10_000_000 }),
  "event-retention": integerFlag("events that are kept for replay", 100_000, { min: 0, max: 100_000_000 }),
  "max-watchers": integerFlag("watch streams that may be open at once", 10_000, { min: 1, max: 1_000_000 }),
  "log-level": choiceFlag("how much is logged on stderr", logLevels, "info"),
  version: switchFlag("print the version and exit"),
  help: switchFlag("print this text and exit"),
};

/** Runs the daemon until it is told to stop. */
export async function main(): Promise<void> {
  await runExecutable({
    name: "agentkeeper",
    version: packageVersion,
    summary: "registry, leases, elections, entitlements, tasks and events for AI agents, over gRPC",
    flags,
    stopOnStdinEofVariable: "X_AGENTKEEPER_STOP_ON_STDIN_EOF",
    storesOnDisk: (values) => values["data-dir"] !== undefined,
    async start(values, log) {
      const tls = readTls(values);
      const token = readToken(values["token-file"]);
      const askedMetrics = values["metrics-addr"];
      const server = await startLocalAgentKeeper({
        addr: values.addr ?? defaultAddr,
        metricsAddr: askedMetrics ?? defaultMetricsAddr,
        metricsMayMove: askedMetrics === undefined,
        uniqueNames: values["unique-names"],
        deadRetention: values["dead-retention"],
        eventRetention: values["event-retention"],
        maxWatchers: values["max-watchers"],
        fsync: values.fsync,
        ...(tls === undefined ? {} : { tls }),
        ...(token === undefined ? {} : { token }),
        ...(values["data-dir"] === undefined ? {} : { dataDir: values["data-dir"] }),
        log,
      });
      if (!isLoopback(server.host) && token === undefined && tls?.ca === undefined) {
        log.warn(
          { host: server.host },
          "anyone who can reach this port can act as any agent: nothing is authenticated",
        );
      }
      const http = server.dashboardUrl === undefined ? "off" : new URL(server.dashboardUrl).host;
      if (server.metricsMoved) {
        log.warn({ http }, `${defaultMetricsAddr} is taken; the dashboard is on a free port`);
      }
      return {
        readyLine: `grpc=${formatAddress(server.host, server.port)} http=${http} store=${server.store}`,
        close: () => server.close(),
      };
    },
  });
}

interface TlsFlags {
  readonly "tls-cert": string | undefined;
  readonly "tls-key": string | undefined;
  readonly "tls-client-ca": string | undefined;
}

function readTls(flags: TlsFlags): TlsServerOptions | undefined {
  const { "tls-cert": cert, "tls-key": key, "tls-client-ca": ca } = flags;
  if (cert === undefined && key === undefined && ca === undefined) {
    return undefined;
  }
  if (cert === undefined || key === undefined) {
    throw new FlagError("--tls-cert and --tls-key go together, and --tls-client-ca needs both");
  }
  return {
    cert: readFlagFile("tls-cert", cert),
    key: readFlagFile("tls-key", key),
    ...(ca === undefined ? {} : { ca: readFlagFile("tls-client-ca", ca) }),
  };
}

/** Eight characters are no strong token, but fewer are surely a mistake. */
const shortestToken = 8;

function readToken(file: string | undefined): string | undefined {
  if (file === undefined) {
    return undefined;
  }
  const token = readFlagFile("token-file", file).trim();
  if (token.length < shortestToken || /[^\x21-\x7e]/.test(token)) {
    throw new FlagError(
      `--token-file: ${file} must hold one token of at least ${shortestToken} visible ASCII characters`,
    );
  }
  return token;
}

function readFlagFile(flag: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new FlagError(`--${flag}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
