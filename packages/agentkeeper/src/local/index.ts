// The daemon inside a program: all five services, the operator's port, and one way to stop.
import { resolve } from "node:path";
import { Code } from "@connectrpc/connect";

import { createGrpcServer, grpcCodeName, healthRoutes } from "@x/core/rpc";
import {
  bindHosts,
  type Clock,
  createPlainJournal,
  formatAddress,
  type Journal,
  type Log,
  listenFor,
  listenForOperators,
  type OperatorListener,
  openStoreIn,
  readAddress,
  silentLog,
  systemClock,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { startKeeper } from "./engine/engine.ts";
import { createMetrics } from "./engine/metrics.ts";
import { extServices, services } from "./engine/services.ts";
import { defaultRules } from "./rules/machine.ts";
import type { KeeperRecord } from "./rules/model/records.ts";
import { demandToken } from "./surface/bearer.ts";
import { errorDomain } from "./surface/errors.ts";
import { extRoutes, type ServerFacts } from "./surface/ext.ts";
import { renderDashboard } from "./surface/pages/dashboard.ts";
import { v1Routes } from "./surface/v1.ts";

/** Settings of {@link startLocalAgentKeeper}. */
export interface LocalAgentKeeperOptions {
  /** Where gRPC listens, as `HOST:PORT`. `:PORT` is every interface. @default "127.0.0.1:0" */
  readonly addr?: string;
  /** Port of gRPC on loopback; shorter than `addr`, which wins. 0 for any free port. @default 0 */
  readonly port?: number;
  /** Where the dashboard, `/healthz` and `/metrics` listen, as `HOST:PORT`; `off` for none. @default "127.0.0.1:0" */
  readonly metricsAddr?: string;
  /** Use a free port when the one of `metricsAddr` is taken, instead of failing. @default false */
  readonly metricsMayMove?: boolean;
  /** Refuse a second live agent of the same name. @default false */
  readonly uniqueNames?: boolean;
  /** Records of dead agents that are kept. @default 10_000 */
  readonly deadRetention?: number;
  /** Events that are kept for watches that start in the past. @default 100_000 */
  readonly eventRetention?: number;
  /** Directory that keeps the store, created with its parents (mode 0700). In memory by default. */
  readonly dataDir?: string;
  /**
   * Whether a change is on the disk before it is answered (`always`), or left to the operating system (`never`: a crash
   * of the machine may lose the newest changes; a crash of the process loses nothing). @default "always"
   */
  readonly fsync?: "always" | "never";
  /**
   * Serve TLS: PEM of the certificate and its key; with `ca`, clients must show a certificate that it has signed.
   * Clear text by default.
   */
  readonly tls?: TlsServerOptions;
  /** A shared token that every call must carry as `authorization: Bearer ...`, save health checks. None by default. */
  readonly token?: string;
  /** Serve `agentkeeper.ext.v1` beside `agentkeeper.v1`. Without it, a daemon as upstream describes it. @default true */
  readonly ext?: boolean;
  /** Records of completed and dead tasks that are kept. @default 10_000 */
  readonly finishedRetention?: number;
  /** Watch streams that may be open at once. @default 10_000 */
  readonly maxWatchers?: number;
  /** Events that may wait for one slow watcher before its stream is ended. @default 10_000 */
  readonly watcherQueue?: number;
  /** Bytes that may wait for one slow watcher before its stream is ended. @default 8 MiB */
  readonly watcherQueueBytes?: number;
  /** Where the daemon logs. Silent by default. */
  readonly log?: Log;
  /** The daemon's time. @default systemClock */
  readonly clock?: Clock;
  /** @internal A journal in place of the memory one. */
  readonly journal?: Journal<KeeperRecord>;
}

/** PEM texts. */
export interface TlsServerOptions {
  readonly cert: string;
  readonly key: string;
  /** Authority of the certificates that clients must show. */
  readonly ca?: string;
}

/** A running daemon. */
export interface LocalAgentKeeper extends AsyncDisposable {
  /** Host that gRPC listens on. */
  readonly host: string;
  /** Port that gRPC listens on. */
  readonly port: number;
  /** `HOST:PORT` of gRPC. */
  readonly address: string;
  /** URL of gRPC. */
  readonly url: string;
  /** URL of the dashboard; `undefined` with `metricsAddr: "off"`. */
  readonly dashboardUrl: string | undefined;
  /** Whether the operator's port was taken, and moved to a free one. */
  readonly metricsMoved: boolean;
  /** `memory`, or the data directory. */
  readonly store: string;
  /** Stops within two seconds: open streams and blocked claims end UNAVAILABLE (SHUTTING_DOWN). Idempotent. */
  close(): Promise<void>;
}

const closeBoundMs = 1_500;

/**
 * Starts a daemon that speaks `agentkeeper.v1`.
 *
 * @throws {StartError} when a port is taken or cannot be bound
 * @throws {TypeError} for an address that cannot be read
 */
export async function startLocalAgentKeeper(
  options: LocalAgentKeeperOptions = {},
): Promise<LocalAgentKeeper> {
  const grpcAddress = readAddress("addr", options.addr ?? `127.0.0.1:${options.port ?? 0}`);
  const metricsAddr = options.metricsAddr ?? "127.0.0.1:0";
  const operatorAddress = metricsAddr === "off" ? undefined : readAddress("metricsAddr", metricsAddr);
  const { log = silentLog, clock = systemClock } = options;

  const keeper = await openStoreIn(options.dataDir, () =>
    startKeeper({
      rules: {
        uniqueNames: options.uniqueNames ?? defaultRules.uniqueNames,
        deadRetention: options.deadRetention ?? defaultRules.deadRetention,
        finishedRetention: options.finishedRetention ?? defaultRules.finishedRetention,
      },
      logger: log,
      clock,
      eventRetention: options.eventRetention ?? 100_000,
      watcherQueue: options.watcherQueue ?? 10_000,
      watcherQueueBytes: options.watcherQueueBytes ?? 8 * 1024 * 1024,
      // In memory nothing is replayed: such a store ends with its process.
      journal:
        options.journal ??
        createPlainJournal({
          ...options,
          product: "agentkeeper",
          adopts: (first) => String(first).includes('"logId"'),
          memoryRecords: 1_000,
        }),
    }),
  );
  const metrics = createMetrics(keeper);
  let operators: OperatorListener | undefined;
  const surface = { maxWatchers: options.maxWatchers ?? 10_000 };
  const facts: ServerFacts = {
    version: packageVersion,
    persistent: options.dataDir !== undefined,
    metricsAddress: () => (operators === undefined ? "" : formatAddress(operators.host, operators.port)),
    wall: () => keeper.runner.peek((_, now) => now.wall),
  };
  const grpc = createGrpcServer({
    routes(router) {
      demandToken(options.token, v1Routes(keeper, surface))(router);
      if (options.ext ?? true) {
        demandToken(options.token, extRoutes(keeper, facts, surface))(router);
      }
      healthRoutes({
        services: [...services, ...(options.ext === false ? [] : extServices)].map(
          ({ typeName }) => typeName,
        ),
        isServing: () => keeper.runner.healthy,
      })(router);
    },
    tls: options.tls,
    shutdown: { reason: "SHUTTING_DOWN", domain: errorDomain },
    onCallStart: ({ path }) => metrics.countCall(path),
    onCallEnd({ path, code, error }) {
      if (code !== 0) {
        metrics.countError(path, grpcCodeName(code));
      }
      if (code === Code.Internal || code === Code.Unknown) {
        log.error({ path, err: error }, "a call failed with an error of the daemon");
      }
    },
  });
  const store = options.dataDir === undefined ? "memory" : resolve(options.dataDir);
  try {
    const bound = await listenFor("gRPC", grpcAddress, () =>
      bindHosts(grpcAddress, async (host, port) => (await grpc.listen({ host, port })).port),
    );
    keeper.runner.ready();
    const address = formatAddress(bound.host, bound.port);
    const dashboard = (): string =>
      keeper.runner.peek((state) =>
        renderDashboard(state, clock.now(), {
          version: packageVersion,
          grpcAddress: address,
          store,
          healthy: keeper.runner.healthy,
          watchers: keeper.watchers,
          recentEvents: keeper.recentEvents(),
        }),
      );
    if (operatorAddress !== undefined) {
      operators = await listenFor("the operator's port", operatorAddress, () =>
        listenForOperators(
          {
            dashboard,
            healthy: () => keeper.runner.healthy,
            damage: () => keeper.runner.damage?.message,
            metrics: metrics.registry,
          },
          { address: operatorAddress, orFreePort: options.metricsMayMove ?? false },
        ),
      );
    }
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      // Streams and blocked claims end first, so that the port has nothing left to wait for; they are told so while the
      // store takes its last snapshot.
      await Promise.all([keeper.close(), grpc.close({ graceMs: closeBoundMs }), operators?.close()]);
    };
    const stop = (): Promise<void> => {
      closing ??= close();
      return closing;
    };
    return {
      host: bound.host,
      port: bound.port,
      address,
      url: `${options.tls === undefined ? "http" : "https"}://${address}`,
      dashboardUrl:
        operators === undefined ? undefined : `http://${formatAddress(operators.host, operators.port)}/`,
      metricsMoved: operators?.moved ?? false,
      store,
      close: stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await Promise.allSettled([keeper.close(), grpc.close({ graceMs: 0 }), operators?.close()]);
    throw error;
  }
}
