import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, type ServerProcess, startServerProcess } from "@x/core/testing";
import { workFolder } from "../../shared/suite.ts";

export interface OfficialNetwork extends AsyncDisposable {
  /** Where HTTP listens; it tells where gRPC does. */
  readonly port: number;
  /** Kills it, and starts it anew: it keeps nothing. */
  restart(): Promise<void>;
}

const transport = (type: string, port: number): object => ({ type, config: { host: "127.0.0.1", port } });

/** The network's file; YAML is JSON too. */
function fileOf(httpPort: number, grpcPort: number): string {
  const mod = (name: string, config: object): object => ({
    name: `openagents.mods.${name}`,
    enabled: true,
    config,
  });
  return JSON.stringify({
    network: {
      name: "Official",
      mode: "centralized",
      node_id: "official",
      initialized: true,
      created_by_version: "0.9.3",
      transports: [transport("http", httpPort), transport("grpc", grpcPort)],
      manifest_transport: "http",
      recommended_transport: "grpc",
      default_agent_group: "guest",
      mods: [
        mod("workspace.messaging", { default_channels: [{ name: "general", description: "General" }] }),
        mod("discovery.agent_discovery", { broadcast_connection: true, broadcast_disconnection: true }),
      ],
    },
    network_profile: { discoverable: false, name: "Official" },
  });
}

/** @param programs the folder of programs of the official package */
export async function startOfficialNetwork(programs: string): Promise<OfficialNetwork> {
  const work = workFolder("interop-openagents");
  mkdirSync(work, { recursive: true });
  const folder = mkdtempSync(join(work, "network-"));
  const port = await freePort();
  writeFileSync(join(folder, "network.yaml"), fileOf(port, await freePort()));
  const start = (): Promise<ServerProcess> =>
    startServerProcess(join(programs, "openagents"), ["network", "start", folder], {
      runtime: [],
      env: { HOME: folder, PYTHONDONTWRITEBYTECODE: "1" },
      readyLine: /Network is running/,
      readyWithinMs: 60_000,
    });
  let running = await start();
  return {
    port,
    async restart() {
      await running.stop("SIGKILL");
      running = await start();
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  };
}
