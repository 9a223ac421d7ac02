// The daemon: AgentKeeper as a local server, inside a program or as an executable.
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcServer, grpcCodeName, healthRoutes } from "@x/core/rpc";
import {
  bindHosts,
  isLoopback,
  type LocalOptions,
  type LocalServer,
  type LocalService,
  sayNowAndThen,
  startLocal,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { startEngine } from "./engine/engine.ts";
import { startHistory } from "./engine/history.ts";
import { createMetrics } from "./engine/metrics.ts";
import { extServices, services } from "./engine/services.ts";
import type { KeeperRecord } from "./rules/model/records.ts";
import { type AgentKeeperSettings, settings } from "./settings.ts";
import { demandToken } from "./surface/bearer.ts";
import { errorDomain } from "./surface/errors.ts";
import { sizeOf } from "./surface/event-messages.ts";
import { extRoutes, type ServerFacts } from "./surface/ext.ts";
import { keeperPages } from "./surface/pages/index.ts";
import { v1Routes } from "./surface/v1.ts";
import { createWatches } from "./surface/watches.ts";

export type { TlsServerOptions } from "@x/core/service";

/** Settings of {@link startLocalAgentKeeper}. */
export interface LocalAgentKeeperOptions
  extends LocalOptions<KeeperRecord>,
    Partial<{ readonly [Name in keyof AgentKeeperSettings]: AgentKeeperSettings[Name] | undefined }> {}

/** A running daemon. */
export interface LocalAgentKeeper extends LocalServer {
  /** URL of the dashboard; `undefined` with `metricsAddr: "off"`. */
  readonly dashboardUrl: string | undefined;
}

/** AgentKeeper as core's `startLocal` and `runLocal` take it. */
export const agentkeeper: LocalService<AgentKeeperSettings, KeeperRecord, object> = {
  name: "agentkeeper",
  title: "AgentKeeper",
  version: packageVersion,
  summary: "registry, leases, elections, entitlements, tasks and events for AI agents, over gRPC",
  metricsPrefix: "agentkeeper",
  listens: "gRPC",
  port: 7070,
  operator: { name: "http", what: "the dashboard, /healthz and /metrics", port: 9090 },
  settings,
  // In memory nothing is replayed: such a store ends with its process.
  store: {
    product: "agentkeeper",
    adopts: (first) => String(first).includes('"logId"'),
    memoryRecords: 1_000,
  },

  async open({ values, log, registry, store, kernel, url, operatorAddress }) {
    const { token, tls, ext, eventRetention } = values;
    const engine = await startEngine({ kernel, rules: values, eventRetention, sizeOf });
    const watches = createWatches(engine, values);
    const metrics = createMetrics(registry, engine, () => watches.open);
    const history = startHistory(engine, metrics);
    const facts: ServerFacts = {
      version: packageVersion,
      persistent: values.dataDir !== undefined,
      metricsAddress: operatorAddress,
      wall: () => engine.now().wall,
    };
    const nowAndThen = sayNowAndThen();
    const served = [...services, ...(ext ? extServices : [])];
    return {
      engine,
      listeners: [
        {
          name: "grpc",
          what: "gRPC",
          scheme: tls === undefined ? "http" : "https",
          async listen(address) {
            const grpc = createGrpcServer({
              routes(router) {
                v1Routes(engine, watches)(router);
                if (ext) {
                  extRoutes(engine, facts, watches)(router);
                }
                healthRoutes({
                  services: served.map(({ typeName }) => typeName),
                  isServing: () => engine.healthy,
                })(router);
              },
              admit: token === undefined ? undefined : demandToken(token),
              tls,
              shutdown: { reason: "SHUTTING_DOWN", domain: errorDomain },
              onCallStart: ({ path }) => metrics.countCall(path),
              onCallEnd({ path, code, error, ofRequest }) {
                if (code !== 0) {
                  metrics.countError(path, grpcCodeName(code));
                }
                if (ofRequest) {
                  nowAndThen(`request ${path}`, (leftOut) =>
                    log.warn({ path, leftOut, reason: reasonOf(error) }, "a request was none"),
                  );
                } else if (code === Code.Internal || code === Code.Unknown) {
                  nowAndThen(path, (leftOut) =>
                    log.error({ path, leftOut, err: error }, "a call failed with an error of the daemon"),
                  );
                }
              },
            });
            const bound = await bindHosts(
              address,
              async (host, port) => (await grpc.listen({ host, port })).port,
            );
            if (!isLoopback(bound.host) && token === undefined && tls?.ca === undefined) {
              log.warn(
                { host: bound.host },
                "anyone who can reach this port can act as any agent: nothing is authenticated",
              );
            }
            return { ...bound, close: (options) => grpc.close(options) };
          },
        },
      ],
      pages: keeperPages({
        engine,
        watchers: () => watches.open,
        history,
        store,
        grpcAddress: () => new URL(url()).host,
      }),
      offer: {},
    };
  },
};

/** In few words: the text may hold what a stranger sent. */
const reasonOf = (error: unknown): string => ConnectError.from(error).rawMessage.slice(0, 120);

/**
 * Starts a daemon that speaks `agentkeeper.v1`.
 *
 * @throws {TypeError} for an option that is none, or of a wrong kind
 * @throws {RangeError} for a number out of its bounds
 * @throws {StartError} when a port is taken or cannot be bound, or the store cannot be opened
 */
export async function startLocalAgentKeeper(
  options: LocalAgentKeeperOptions = {},
): Promise<LocalAgentKeeper> {
  const server = await startLocal(agentkeeper, options);
  return Object.assign(server, { dashboardUrl: server.metricsUrl });
}
