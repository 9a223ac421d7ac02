// The daemon's command line around `startLocalAgentKeeper`.
import {
  choiceFlag,
  type Flag,
  FlagError,
  formatAddress,
  integerFlag,
  isLoopback,
  logLevels,
  parseAddress,
  runExecutable,
  switchFlag,
  textFlag,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { startLocalAgentKeeper } from "./index.ts";

const defaultAddr = "127.0.0.1:7070";
const defaultMetricsAddr = "127.0.0.1:9090";

function addressFlag(help: string, fallback: string, off?: string): Flag<string | undefined> {
  return {
    placeholder: "HOST:PORT",
    help,
    fallback,
    read(text) {
      if (text !== undefined && text !== off && parseAddress(text) === undefined) {
        throw new FlagError(`expected HOST:PORT, :PORT or [IPV6]:PORT, got "${text}"`);
      }
      return text;
    },
  };
}

const flags = {
  addr: addressFlag("where gRPC listens; :PORT is every interface, port 0 any free one", defaultAddr),
  "metrics-addr": addressFlag(
    "where the dashboard, /healthz and /metrics listen; off for none",
    `${defaultMetricsAddr}, or a free port if that is taken`,
    "off",
  ),
  "data-dir": textFlag("DIR", "keep everything in this directory", "none, everything is in memory"),
  fsync: choiceFlag("when changes reach the disk, with --data-dir", ["always", "never"], "always"),
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
    async start(values, log) {
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
        ...(values["data-dir"] === undefined ? {} : { dataDir: values["data-dir"] }),
        log,
      });
      if (!isLoopback(server.host)) {
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
