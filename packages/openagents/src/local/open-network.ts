// The network at work, whatever it is served by: rules, metrics, and what listens for it.
import { hash } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { createGrpcServer, healthRoutes } from "@x/core/rpc";
import {
  bindHosts,
  type Kernel,
  KernelError,
  type LocalListener,
  type Log,
  sayNowAndThen,
  startHttpServer,
} from "@x/core/service";
import type { Registry } from "prom-client";
import { AgentService } from "../gen/openagents/agent_service_pb.ts";
import { type Engine, startEngine } from "./engine/engine.ts";
import { createMetrics } from "./engine/metrics.ts";
import type { NetworkRecord } from "./rules/model/records.ts";
import type { Group, NetworkRules } from "./rules/model/rule-options.ts";
import type { GroupSetting, OpenAgentsSettings } from "./settings.ts";
import { hashOf, type Surface } from "./surface/context.ts";
import { grpcRoutes } from "./surface/grpc/service.ts";
import { networkRoutes } from "./surface/network/routes.ts";
import { peopleRoutes } from "./surface/people/routes.ts";
import { problemAnswer } from "./surface/problems.ts";
import { eventRoutes } from "./surface/workspace/event-routes.ts";
import { fileRoutes } from "./surface/workspace/file-routes.ts";
import { workspaceRoutes } from "./surface/workspace/workspace-routes.ts";
import { keptToken } from "./surface/workspace-token.ts";

/** Only browsers ask, and these headers are the ones of the real network. */
const cors = {
  origins: "*",
  methods: ["GET", "POST", "PUT", "DELETE", "OPTIONS"],
  headers: ["Content-Type", "Authorization", "Accept", "Mcp-Session-Id"],
  preflightStatus: 200,
} as const;

/** A network whose rules are at work. */
export interface OpenedNetwork {
  readonly surface: Surface;
  /** Of the default workspace. */
  readonly token: string;
  readonly http: LocalListener;
  readonly grpc: LocalListener;
}

/** Starts the rules. @throws {JournalError} as the kernel's engine does */
export async function openNetwork({
  values,
  log,
  registry,
  kernel,
  dataDir,
}: {
  readonly values: OpenAgentsSettings;
  readonly log: Log;
  readonly registry: Registry;
  readonly kernel: Kernel<NetworkRecord>;
  /** Where the store lies; `undefined` for one in memory. */
  readonly dataDir: string | undefined;
}): Promise<OpenedNetwork> {
  const { token, isNew } =
    values.workspaceToken === undefined
      ? await keptToken(dataDir)
      : { token: values.workspaceToken, isNew: false };
  const rules = rulesOf(values, token);
  const engine = await startEngine({ kernel, rules, directory: dataDir });
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
  const grpc: LocalListener = {
    name: "grpc",
    what: "gRPC",
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
  };
  return { surface, token, http, grpc };
}

/** Logs what was polled and is not logged yet, before a stop. */
export async function logTaken(engine: Engine): Promise<void> {
  try {
    await engine.run<"logTaken">({ type: "logTaken" });
  } catch (error) {
    if (!(error instanceof KernelError)) {
      throw error;
    }
  }
}

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
