// The server: a network of OpenAgents and its workspace as a local server, inside a program or as an executable.
import { hash } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { createGrpcServer, healthRoutes } from "@x/core/rpc";
import {
  bindHosts,
  isLoopback,
  jsonCodec,
  KernelError,
  type ListenAddress,
  type LocalListener,
  type LocalOptions,
  type LocalServer,
  type LocalService,
  SettingError,
  sayNowAndThen,
  startHttpServer,
  startLocal,
} from "@x/core/service";
import { AgentService } from "../gen/openagents/agent_service_pb.ts";
import { packageVersion } from "../version.ts";
import { defaultPorts } from "../wire/paths.ts";
import { startEngine } from "./engine/engine.ts";
import { createMetrics } from "./engine/metrics.ts";
import type { NetworkRecord } from "./rules/model/records.ts";
import type { Group, NetworkRules } from "./rules/model/rule-options.ts";
import { type GroupSetting, type OpenAgentsSettings, settings } from "./settings.ts";
import { hashOf, type Surface } from "./surface/context.ts";
import { grpcRoutes } from "./surface/grpc/service.ts";
import { networkRoutes } from "./surface/network/routes.ts";
import { operatorPages } from "./surface/pages/index.ts";
import { peopleRoutes } from "./surface/people/routes.ts";
import { problemAnswer } from "./surface/problems.ts";
import { eventRoutes } from "./surface/workspace/event-routes.ts";
import { fileRoutes } from "./surface/workspace/file-routes.ts";
import { workspaceRoutes } from "./surface/workspace/workspace-routes.ts";
import { keptToken } from "./surface/workspace-token.ts";

export type { GroupSetting } from "./settings.ts";

/** Settings of {@link startLocalOpenAgents}. */
export interface LocalOpenAgentsOptions
  extends LocalOptions<NetworkRecord>,
    Partial<{
      readonly [Name in Exclude<keyof OpenAgentsSettings, "grpcAddr">]: OpenAgentsSettings[Name] | undefined;
    }> {
  /** Where gRPC listens, as `HOST:PORT`. None by default. */
  readonly grpcAddr?: string | undefined;
}

/** What a running server offers beside what every local server does. */
export interface OpenAgentsOffer {
  /** The token of the default workspace. */
  readonly workspaceToken: string;
  /** `HOST:PORT` of gRPC; `undefined` where there is none. */
  readonly grpcAddress: string | undefined;
  /** The server's time. */
  now(): Date;
}

/** A running server. */
export type LocalOpenAgents = LocalServer & OpenAgentsOffer;

/** Only browsers ask, and these headers are the ones of the real network. */
const cors = {
  origins: "*",
  methods: ["GET", "POST", "PUT", "DELETE", "OPTIONS"],
  headers: ["Content-Type", "Authorization", "Accept", "Mcp-Session-Id"],
  preflightStatus: 200,
} as const;

/** OpenAgents as core's `startLocal` and `runLocal` take it. */
export const openagents: LocalService<OpenAgentsSettings, NetworkRecord, OpenAgentsOffer> = {
  name: "x-openagents",
  title: "OpenAgents",
  version: packageVersion,
  summary: "a network of agents and a workspace for them, over HTTP and gRPC (unofficial, compatible)",
  metricsPrefix: "x_openagents",
  tellsUrl: true,
  listens: "HTTP",
  port: defaultPorts.http,
  operator: { name: "metrics", what: "the dashboard, /healthz and /metrics", port: 9094 },
  settings,
  store: { product: "openagents", memoryRecords: 10_000, codec: jsonCodec<NetworkRecord>() },
  stopBoundMs: 4_900,

  check({ allowRemote, grpcAddr, requirePassword, groups, adminPassword }, addr) {
    const remote = [addr, grpcAddr].flatMap((at) => at?.hosts ?? []).find((host) => !isLoopback(host));
    if (remote !== undefined && !allowRemote) {
      throw new SettingError(
        `other machines could reach ${remote}; if they shall, say so with --allow-remote=true`,
      );
    }
    if (requirePassword && groups.length === 0 && adminPassword === undefined) {
      throw new SettingError("a password is required, and no group has one: nobody could register");
    }
    if (adminPassword !== undefined && groups.some(({ name }) => name === "admin")) {
      throw new SettingError("the group admin has two passwords: give it one, as group or as adminPassword");
    }
  },

  async open({ values, log, registry, kernel }) {
    const { token, isNew } =
      values.workspaceToken === undefined
        ? await keptToken(values.dataDir)
        : { token: values.workspaceToken, isNew: false };
    const rules = rulesOf(values, token);
    const engine = await startEngine({ kernel, rules, directory: values.dataDir });
    if (isNew) {
      log.info(`the workspace ${values.workspaceSlug} has the token ${token}`);
    }
    const metrics = createMetrics(registry, engine);
    const bound: { type: "http" | "grpc"; host: string; port: number }[] = [];
    const surface: Surface = { engine, rules, metrics, addresses: () => bound, maxBody: values.maxBody };
    const nowAndThen = sayNowAndThen();
    const onFault = (what: string, error: unknown): void =>
      nowAndThen(what, (leftOut) =>
        log.error({ err: error, leftOut, what }, "a request failed with an error of the server"),
      );

    const http: LocalListener = {
      name: "http",
      what: "HTTP",
      async listen(address) {
        const server = await startHttpServer({
          address,
          routes: [
            ...networkRoutes(surface),
            ...workspaceRoutes(surface),
            ...eventRoutes(surface),
            ...fileRoutes(surface),
            ...peopleRoutes(surface),
          ],
          problem: problemAnswer,
          maxBodyBytes: values.maxBody,
          cors,
          onAnswer: metrics.countAnswer,
          onFault: (error, { route }) => onFault(route, error),
        });
        bound.push({ type: "http", host: server.host, port: server.port });
        return server;
      },
    };
    const grpc = (address: ListenAddress): LocalListener => ({
      name: "grpc",
      what: "gRPC",
      address,
      async listen(at) {
        const server = createGrpcServer({
          routes(router) {
            grpcRoutes(surface)(router);
            healthRoutes({ services: [AgentService.typeName], isServing: () => engine.healthy })(router);
          },
          readMaxBytes: values.maxBody,
          shutdown: { domain: "openagents" },
          onCallEnd({ path, code, error, ofRequest }) {
            if (!ofRequest && (code === Code.Internal || code === Code.Unknown)) {
              onFault(path, error);
            }
          },
        });
        const address = await bindHosts(at, async (host, port) => (await server.listen({ host, port })).port);
        bound.push({ type: "grpc", host: address.host, port: address.port });
        return { ...address, close: (options) => server.close(options) };
      },
    });

    return {
      engine,
      listeners: [http, ...(values.grpcAddr === undefined ? [] : [grpc(values.grpcAddr)])],
      // Whoever waits ends with its listener.
      drain: () => Promise.resolve(),
      // What was polled is logged a little later; after a stop nothing of it shall come again.
      started: () => ({
        idle: () => Promise.resolve(),
        async close() {
          try {
            await engine.run<"logTaken">({ type: "logTaken" });
          } catch (error) {
            if (!(error instanceof KernelError)) {
              throw error;
            }
          }
        },
      }),
      pages: operatorPages(surface),
      offer: {
        workspaceToken: token,
        get grpcAddress() {
          const at = bound.find(({ type }) => type === "grpc");
          return at === undefined
            ? undefined
            : `${at.host.includes(":") ? `[${at.host}]` : at.host}:${at.port}`;
        },
        now: () => new Date(engine.now().wall),
      },
    };
  },
};

/** What the settings say to the rules. */
function rulesOf(values: OpenAgentsSettings, token: string): NetworkRules {
  const { adminPassword, agentTimeout } = values;
  const admins: readonly GroupSetting[] =
    adminPassword === undefined
      ? []
      : [{ name: "admin", password: adminPassword, description: "Admins", permissions: ["all"] }];
  const groups = [...admins, ...values.groups].map(
    ({ name, password, description = "", permissions, agents }): Group => ({
      name,
      description,
      passwordHash: hash("sha256", password),
      metadata: {
        ...(permissions === undefined ? {} : { permissions }),
        ...(agents === undefined ? {} : { agents }),
      },
    }),
  );
  return {
    networkName: values.networkName,
    networkId: values.networkId,
    channels: values.channels,
    groups,
    requirePassword: values.requirePassword,
    claimIds: values.claimIds,
    maxAgents: values.maxAgents,
    workspaceSlug: values.workspaceSlug,
    workspaceTokenHash: hashOf(token),
    agentTimeoutMs: agentTimeout * 1_000,
    queueLimit: values.queueLimit,
    queueBytes: values.queueBytes,
    historyLimit: values.historyLimit,
    groupAgents: [],
  };
}

/**
 * Starts a server that speaks the network of OpenAgents over HTTP, and over gRPC where that is asked for, with its workspace.
 *
 * @throws {TypeError} for an option that is none, or of a wrong kind
 * @throws {RangeError} for a number out of its bounds
 * @throws {StartError} when a port is taken, or the store cannot be opened
 */
export function startLocalOpenAgents(options: LocalOpenAgentsOptions = {}): Promise<LocalOpenAgents> {
  return startLocal(openagents, options);
}
