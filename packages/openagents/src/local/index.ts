// The server: a network of OpenAgents and its workspace as a local server, inside a program or as an executable.
import {
  isLoopback,
  jsonCodec,
  type LocalOptions,
  type LocalServer,
  type LocalService,
  SettingError,
  startLocal,
} from "@x/core/service";
import { packageVersion } from "../version.ts";
import { defaultPorts } from "../wire/paths.ts";
import { logTaken, openNetwork } from "./open-network.ts";
import type { NetworkRecord } from "./rules/model/records.ts";
import { type OpenAgentsSettings, settings } from "./settings.ts";
import { operatorPages } from "./surface/pages/index.ts";

export {
  createLocalNetwork,
  type ListeningNetwork,
  type LocalNetwork,
  type LocalNetworkOptions,
} from "./in-process.ts";
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
  store: {
    product: "openagents",
    besides: ["files", "workspace-token"],
    memoryRecords: 10_000,
    codec: jsonCodec<NetworkRecord>(),
  },
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
    const { surface, token, http, grpc } = await openNetwork({
      values,
      log,
      registry,
      kernel,
      dataDir: values.dataDir,
    });
    const { engine } = surface;
    return {
      engine,
      listeners: [http, ...(values.grpcAddr === undefined ? [] : [{ ...grpc, address: values.grpcAddr }])],
      // Whoever waits ends with its listener.
      drain: () => Promise.resolve(),
      // What was polled is logged a little later; after a stop nothing of it shall come again.
      started: () => ({ idle: () => Promise.resolve(), close: () => logTaken(engine) }),
      pages: operatorPages(surface),
      offer: {
        workspaceToken: token,
        get grpcAddress() {
          const at = surface.addresses().find(({ type }) => type === "grpc");
          return at === undefined
            ? undefined
            : `${at.host.includes(":") ? `[${at.host}]` : at.host}:${at.port}`;
        },
        now: () => new Date(engine.now().wall),
      },
    };
  },
};

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
