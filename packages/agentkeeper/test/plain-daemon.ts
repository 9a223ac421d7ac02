// A daemon that speaks agentkeeper.v1 only, as one of somebody else: our rules behind the plain wire alone.
import { Code } from "@connectrpc/connect";
import { createGrpcServer } from "@x/core/rpc";
import { createMemoryJournal, silentLog, systemClock } from "@x/core/service";
import { AgentKeeperClient } from "../src/index.ts";
import { startEngine } from "../src/local/engine/engine.ts";
import { defaultRules } from "../src/local/rules/machine.ts";
import type { KeeperRecord } from "../src/local/rules/model/records.ts";
import { sizeOf } from "../src/local/surface/event-messages.ts";
import { v1Routes } from "../src/local/surface/v1.ts";
import { createWatches } from "../src/local/surface/watches.ts";

export interface PlainDaemon extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly client: AgentKeeperClient;
  connect(): AgentKeeperClient;
  /** Calls that the daemon does not know. */
  readonly asked: number;
}

export async function startPlainDaemon(): Promise<PlainDaemon> {
  const engine = await startEngine({
    kernel: { journal: createMemoryJournal<KeeperRecord>(), clock: systemClock, log: silentLog, tickMs: 200 },
    rules: defaultRules,
    eventRetention: 0,
    sizeOf,
  });
  const watches = createWatches(engine, {
    maxWatchers: 100,
    watcherQueue: 1_000,
    watcherQueueBytes: 1_000_000,
  });
  let asked = 0;
  const server = createGrpcServer({
    routes: v1Routes(engine, watches),
    onCallEnd({ code }) {
      asked += code === Code.Unimplemented ? 1 : 0;
    },
  });
  const { host, port } = await server.listen();
  const clients: AgentKeeperClient[] = [];
  const connect = (): AgentKeeperClient => {
    const client = new AgentKeeperClient({ host, port });
    clients.push(client);
    return client;
  };
  return {
    host,
    port,
    client: connect(),
    connect,
    get asked() {
      return asked;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(clients.map((client) => client.close()));
      await engine.close();
      await server.close();
    },
  };
}
