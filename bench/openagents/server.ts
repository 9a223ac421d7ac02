// The OpenAgents server and the official network as processes.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { freePort, startServerProcess } from "@x/core/testing";
import { type MeasuredServer, startServer, type Usage, usageOf } from "../shared/daemon.ts";
import { preparePython } from "../shared/python.ts";

/** A network under measurement. */
export interface Network extends AsyncDisposable {
  readonly url: string;
  readonly grpcUrl: string;
  readonly pid: number;
  readonly usage: Usage;
}

/** Starts our server; in memory unless flags say otherwise. */
export async function startOpenAgents(
  flags: readonly string[] = [],
  nodeFlags: readonly string[] = [],
): Promise<Network & MeasuredServer> {
  const started = await startServer(
    join("openagents", "dist", "bin", "x-openagents.js"),
    ["--grpc-addr=127.0.0.1:0", ...flags],
    nodeFlags,
  );
  const listens = (what: string): string =>
    `http://${new RegExp(`${what}=(\\S+)`).exec(started.readyLine)?.[1]}`;
  return { ...started, url: listens(" http"), grpcUrl: listens("grpc") };
}

/** The interpreter with the official package; undefined if this machine has no Python or cannot install. */
export const officialPython = (): string | undefined =>
  preparePython("openagents", ["openagents==0.9.3.post20", "grpcio==1.85.1", "protobuf==7.36.2"]);

/** Starts the official network, which keeps everything in memory. */
export async function startOfficial(python: string): Promise<Network> {
  const work = join(import.meta.dirname, "..", "..", ".work", "bench-openagents");
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, "network-"));
  const [http, grpc] = [await freePort(), await freePort()];
  writeFileSync(join(folder, "network.yaml"), fileOf(http, grpc));
  const started = await startServerProcess(
    join(dirname(python), "openagents"),
    ["network", "start", folder],
    {
      runtime: [],
      env: { HOME: folder, PYTHONDONTWRITEBYTECODE: "1" },
      readyLine: /Network is running/,
      readyWithinMs: 120_000,
    },
  );
  return {
    url: `http://127.0.0.1:${http}`,
    grpcUrl: `http://127.0.0.1:${grpc}`,
    pid: started.pid,
    usage: usageOf(started.pid),
    async [Symbol.asyncDispose]() {
      await started[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The network's file; YAML is JSON too. */
function fileOf(httpPort: number, grpcPort: number): string {
  const transport = (type: string, port: number): object => ({ type, config: { host: "127.0.0.1", port } });
  const messaging = {
    name: "openagents.mods.workspace.messaging",
    enabled: true,
    config: { default_channels: [{ name: "general", description: "General" }] },
  };
  return JSON.stringify({
    network: {
      name: "Bench",
      mode: "centralized",
      node_id: "bench",
      initialized: true,
      created_by_version: "0.9.3",
      transports: [transport("http", httpPort), transport("grpc", grpcPort)],
      manifest_transport: "http",
      recommended_transport: "http",
      default_agent_group: "guest",
      mods: [messaging],
    },
    network_profile: { discoverable: false, name: "Bench" },
  });
}
