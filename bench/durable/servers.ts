// The three servers that keep what they acknowledge, each on a fresh directory of one disk.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { RegistryService } from "@x/agentkeeper/proto";
import { createGrpcTransport } from "@x/core/rpc";
import { freePort, type ServerProcess, startServerProcess } from "@x/core/testing";
import { startDaemon, type Usage, usageOf } from "../shared/daemon.ts";
import { etcd } from "./tools.ts";

export type Kind = "etcd" | "bare" | "ours";

/** A running server. */
export interface DurableServer extends AsyncDisposable {
  readonly kind: Kind;
  readonly port: number;
  readonly usage: Usage;
}

const work = join(import.meta.dirname, "..", "..", ".work", "bench-durable");

/** Starts a server; its directory goes with it. */
export async function startServer(kind: Kind): Promise<DurableServer> {
  mkdirSync(work, { recursive: true });
  const directory = mkdtempSync(join(work, `${kind}-`));
  const { port, usage, stop } = await starters[kind](directory);
  return {
    kind,
    port,
    usage,
    async [Symbol.asyncDispose]() {
      await stop();
      rmSync(directory, { recursive: true });
    },
  };
}

interface Started {
  readonly port: number;
  readonly usage: Usage;
  stop(): Promise<unknown>;
}

function measured(server: ServerProcess, port: number): Started {
  return { port, usage: usageOf(server.pid), stop: () => server.stop("SIGTERM") };
}

const starters: Record<Kind, (directory: string) => Promise<Started>> = {
  async etcd(directory) {
    const [port, peerPort] = [await freePort(), await freePort()];
    const client = `http://127.0.0.1:${port}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    const server = await startServerProcess(
      etcd,
      [
        `--data-dir=${directory}`,
        `--listen-client-urls=${client}`,
        `--advertise-client-urls=${client}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=default=${peer}`,
        "--log-level=info",
      ],
      { runtime: [], readyOn: "stderr", readyLine: /ready to serve client requests/ },
    );
    return measured(server, port);
  },

  async bare(directory) {
    const server = await startServerProcess(join(import.meta.dirname, "bare.ts"), [directory], {
      stderr: "inherit",
    });
    return measured(server, Number(server.readyLine));
  },

  async ours(directory) {
    const daemon = await startDaemon([`--data-dir=${directory}`]);
    return { port: daemon.port, usage: daemon.usage, stop: async () => daemon[Symbol.asyncDispose]() };
  },
};

/** An agent that outlives the measurement. */
export async function registerAgent(port: number): Promise<string> {
  await using transport = createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` });
  const card = { name: "bench", description: "acquires", version: "1.0.0" };
  const { agentId } = await createClient(RegistryService, transport).register({ card, ttlSeconds: 86_400 });
  return agentId;
}
