// A daemon of one test and the raw clients of both wires: messages as they cross the wire, and no retry in between.
import { isServiceError, type ServiceError } from "@x/core";
import { serviceName } from "../../src/client/checks.ts";
import { type Connection, openConnection, toError } from "../../src/client/connection.ts";
import type { ExtClients } from "../../src/client/raw-client.ts";
import type { EventBatch, WatchRequest, WatchResponse } from "../../src/gen/agentkeeper/ext/v1/event_pb.ts";
import type { AgentDetail } from "../../src/gen/agentkeeper/ext/v1/registry_pb.ts";
import {
  type LocalAgentKeeper,
  type LocalAgentKeeperOptions,
  startLocalAgentKeeper,
} from "../../src/local/index.ts";

export interface RawKeeper extends AsyncDisposable {
  readonly server: LocalAgentKeeper;
  readonly connection: Connection;
  readonly ext: ExtClients;
  /** One more connection to the same daemon, closed with it. */
  connect(): Connection;
  /** Registers an agent that outlives the test, and answers its id. */
  agent(name?: string, tools?: string[]): Promise<string>;
}

const card = (name: string, tools: string[]) => ({
  name,
  description: "",
  version: "1",
  tools,
  metadata: {},
});

export async function startRawKeeper(options: LocalAgentKeeperOptions = {}): Promise<RawKeeper> {
  const server = await startLocalAgentKeeper(options);
  const connections: Connection[] = [];
  const connect = (): Connection => {
    const opened = openConnection({ host: server.host, port: server.port, timeoutMs: 10_000, maxRetries: 0 });
    connections.push(opened);
    return opened;
  };
  const connection = connect();
  return {
    server,
    connection,
    ext: await connection.loadExt(),
    connect,
    async agent(name = "agent", tools = []): Promise<string> {
      const { agentId } = await connection.registry.register({ card: card(name, tools), ttlSeconds: 86_400 });
      return agentId;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(connections.map((each) => each.close()));
      await server.close();
    },
  };
}

/** What a call that must fail failed with, as our client would show it. */
export async function failureOf(call: Promise<unknown>): Promise<ServiceError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => toError(error, { service: serviceName, operation: "raw" }),
  );
  if (!isServiceError(outcome)) {
    throw new Error("the call was answered");
  }
  return outcome;
}

/** The agent of a detail that must have one. */
export function idOf(detail: AgentDetail | undefined): string {
  const id = detail?.agent?.agentId ?? "";
  if (id === "") {
    throw new Error("a detail without an agent");
  }
  return id;
}

/** A replayable watch that is read message by message. */
export interface RawWatch extends AsyncDisposable {
  /** The next message, of whatever kind. */
  next(): Promise<WatchResponse["kind"]>;
  /** The next batch, with what came before it thrown away. */
  batch(): Promise<EventBatch>;
}

export function watchRaw(
  connection: Connection,
  request: Partial<Omit<WatchRequest, "$typeName" | "$unknown">> = {},
): RawWatch {
  const end = new AbortController();
  const stream = connection.events
    .watch({ topics: [], logId: "", ...request }, { signal: end.signal, timeoutMs: 0 })
    [Symbol.asyncIterator]();
  const next = async (): Promise<WatchResponse["kind"]> => {
    const { value, done } = await stream.next();
    if (done === true) {
      throw new Error("the watch ended");
    }
    return value.kind;
  };
  return {
    next,
    async batch(): Promise<EventBatch> {
      for (;;) {
        const kind = await next();
        if (kind.case === "batch") {
          return kind.value;
        }
      }
    },
    async [Symbol.asyncDispose](): Promise<void> {
      end.abort();
      await stream.next().catch(() => undefined);
    },
  };
}
