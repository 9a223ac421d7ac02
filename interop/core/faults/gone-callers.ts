// Callers that have gone while they were waiting, on every protocol of the port: what comes free afterwards goes to those who are
// still there. A claim or a lease that a ghost was given would be kept from them for ten minutes.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import type { AgentHandle, AgentKeeperClient } from "@x/agentkeeper";
import { ClaimTaskRequestSchema } from "@x/agentkeeper/proto";
import { waitUntil } from "@x/core/testing";
import { AcquireRequestSchema } from "../../../packages/agentkeeper/src/gen/agentkeeper/ext/v1/lease_pb.ts";
import { type Attack, type Checks, scaled } from "./checks.ts";
import { message, openSession } from "./frames.ts";
import { clientOf, type Server, startServer } from "./servers.ts";

const claimPath = "/agentkeeper.v1.TaskService/ClaimTask";
const acquirePath = "/agentkeeper.ext.v1.LeaseExtService/Acquire";

/** How long whoever is still there waits: far longer than a daemon needs to see that a caller has gone. */
const patienceMs = 20_000;
const ttlSeconds = 600;

const protocols: Readonly<
  Record<string, { readonly type: string; readonly body: (bytes: Uint8Array) => Uint8Array }>
> = {
  gRPC: { type: "application/grpc", body: (bytes) => message(bytes) },
  "gRPC-Web": { type: "application/grpc-web+proto", body: (bytes) => message(bytes) },
  Connect: { type: "application/proto", body: (bytes) => bytes },
};

type Departure = (stream: ClientHttp2Stream, session: ClientHttp2Session, port: number) => Promise<void>;

/**
 * Each resolves when the daemon can know: an answer that was on its way before might have been read. A ping comes back behind the
 * cancellation, and a socket that was cut off is closed at the other end.
 */
const departures: Readonly<Record<string, Departure>> = {
  async "has cancelled"(stream, session) {
    stream.close(8);
    await new Promise((resolve) => session.ping(resolve));
  },
  async "has been cut off"(_, session, port) {
    const own = session.socket.localPort ?? 0;
    session.destroy();
    await waitUntil(() => !isOpen(port, own), { withinMs: 30_000, what: "the daemon to close its end" });
  },
};

/** Whether the end of a connection that listens on `local` is still there (Linux). */
function isOpen(local: number, remote: number): boolean {
  const hex = (port: number): string => `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  return lines.some((line) => line.includes(`${hex(local)} ${hex(remote)}`) && / 0[18] /.test(line));
}

/** Asks for something that is not there yet, and goes once the daemon has the call. */
async function comeAndGo(
  { port }: Server,
  call: { readonly path: string; readonly type: string; readonly body: Uint8Array },
  isWaiting: () => Promise<boolean>,
  leave: Departure,
): Promise<ClientHttp2Session> {
  const session = await openSession(port);
  const stream = session.request({
    ":method": "POST",
    ":path": call.path,
    "content-type": call.type,
    te: "trailers",
    "connect-protocol-version": "1",
  });
  stream.on("error", () => {});
  stream.end(call.body);
  await waitUntil(isWaiting, { withinMs: 30_000, what: "the daemon to have the call" });
  await leave(stream, session, port);
  return session;
}

interface Stage {
  readonly checks: Checks;
  readonly server: Server;
  readonly client: AgentKeeperClient;
}

const newcomer = (client: AgentKeeperClient, tools: readonly string[] = []): Promise<AgentHandle> =>
  client.register({ name: "caller", description: "", version: "1", tools, ttlSeconds });

async function goneClaimers({ checks, server, client }: Stage): Promise<void> {
  const started = async (): Promise<number> => {
    const metrics = await (await fetch(`http://127.0.0.1:${server.operator}/metrics`)).text();
    const line = metrics
      .split("\n")
      .find((each) => /^agentkeeper_rpc_total\{.*TaskService\/?.*ClaimTask/.test(each));
    return Number(line?.split(" ").at(-1) ?? 0);
  };
  for (const [protocol, { type, body }] of Object.entries(protocols)) {
    for (const [how, leave] of Object.entries(departures)) {
      let given = 0;
      const rounds = scaled(3, 50);
      for (let round = 0; round < rounds; round += 1) {
        const tool = randomUUID();
        await using ghost = await newcomer(client, [tool]);
        await using other = await newcomer(client, [tool]);
        const request = toBinary(
          ClaimTaskRequestSchema,
          create(ClaimTaskRequestSchema, { agentId: ghost.agentId }),
        );
        const before = await started();
        const isWaiting = async (): Promise<boolean> => (await started()) > before;
        const session = await comeAndGo(
          server,
          { path: claimPath, type, body: body(request) },
          isWaiting,
          leave,
        );
        const { id } = await client.createTask({ type: "w", requiredTools: [tool], ttlSeconds });
        const task = await client.tryClaimTask(other.agentId, { waitTimeoutMs: patienceMs });
        given += task?.id === id ? 1 : 0;
        session.destroy();
      }
      checks.that(`a claimer over ${protocol} that ${how} takes no task with it`, given === rounds, given);
    }
  }
}

async function goneWaiters({ checks, server, client }: Stage): Promise<void> {
  await using holder = await newcomer(client);
  for (const [protocol, { type, body }] of Object.entries(protocols)) {
    for (const [how, leave] of Object.entries(departures)) {
      let given = 0;
      const rounds = scaled(3, 50);
      for (let round = 0; round < rounds; round += 1) {
        const key = randomUUID();
        const held = await client.acquireLease(key, holder.agentId, { ttlSeconds });
        await using ghost = await newcomer(client);
        await using other = await newcomer(client);
        const request = toBinary(
          AcquireRequestSchema,
          create(AcquireRequestSchema, {
            taskId: key,
            agentId: ghost.agentId,
            ttlSeconds,
            wait: { seconds: 60n },
          }),
        );
        const isWaiting = async (): Promise<boolean> => (await client.getLease(key)).waiters === 1;
        const session = await comeAndGo(
          server,
          { path: acquirePath, type, body: body(request) },
          isWaiting,
          leave,
        );
        await held?.release();
        const lease = await client.acquireLease(key, other.agentId, { waitTimeoutMs: patienceMs });
        given += lease === null ? 0 : 1;
        session.destroy();
      }
      checks.that(`a waiter over ${protocol} that ${how} takes no lease with it`, given === rounds, given);
    }
  }
}

export const goneCallers: Attack = async (checks) => {
  await using server = await startServer("agentkeeper", ["--metrics-addr=127.0.0.1:0"]);
  await using client = clientOf(server);
  const stage: Stage = { checks, server, client };
  await goneClaimers(stage);
  await goneWaiters(stage);
};
