// A core of a test, made of the generated description: it registers, answers heartbeats, and serves /health of its agents.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Code, ConnectError } from "@connectrpc/connect";
import { createGrpcServer } from "@x/core/rpc";
import { BinduService, type RegisterAgentRequest } from "../src/proto.ts";
import { deriveAgentId, deriveDid } from "../src/wire/identity.ts";

/** A reply other than its own. */
interface SmallReply {
  readonly success: boolean;
  readonly error?: string;
  readonly agentId?: string;
  readonly did?: string;
  readonly agentUrl?: string;
}

export interface SmallCoreOptions {
  readonly port?: number;
  /** What is answered to a registration instead; nothing for the usual. */
  readonly onRegister?: (
    request: RegisterAgentRequest,
    count: number,
  ) => SmallReply | undefined | Promise<undefined>;
  /** What /health says, and with which status. */
  readonly health?: (did: string, asked: number) => { readonly status: number; readonly did: string };
}

export interface SmallCore extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  /** Where it serves its agents. */
  readonly url: string;
  readonly registrations: readonly RegisterAgentRequest[];
  readonly heartbeats: readonly string[];
  readonly unregistered: readonly string[];
  /** Forgets all agents, as a core that was started again does. */
  forget(): void;
}

export async function startSmallCore(options: SmallCoreOptions = {}): Promise<SmallCore> {
  const registrations: RegisterAgentRequest[] = [];
  const heartbeats: string[] = [];
  const unregistered: string[] = [];
  const known = new Set<string>();
  let did = "";
  let asked = 0;
  const http = await listen(
    createServer((_, response) => {
      asked += 1;
      const { status, did: shown } = options.health?.(did, asked) ?? { status: 200, did };
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ pid: process.pid, application: { agent_did: shown } }));
    }),
  );
  const url = `http://localhost:${http.port}`;
  const grpc = createGrpcServer({
    routes: (router) =>
      router.service(BinduService, {
        async registerAgent(request) {
          registrations.push(request);
          const said = await options.onRegister?.(request, registrations.length);
          if (said !== undefined) {
            return said;
          }
          const { author, name, id } = JSON.parse(request.configJson);
          const agentId: string = id ?? deriveAgentId(author, name);
          did = deriveDid(author, name, agentId);
          known.add(agentId);
          return { success: true, agentId, did, agentUrl: url };
        },
        heartbeat({ agentId, timestamp }) {
          if (timestamp <= 1_700_000_000_000n) {
            throw new ConnectError("no time", Code.InvalidArgument);
          }
          heartbeats.push(agentId);
          return { acknowledged: known.has(agentId), serverTimestamp: BigInt(Date.now()) };
        },
        unregisterAgent({ agentId }) {
          unregistered.push(agentId);
          return { success: known.delete(agentId) };
        },
      }),
  });
  const { port } = await grpc.listen({ port: options.port ?? 0 });
  return {
    address: `localhost:${port}`,
    port,
    url,
    registrations,
    heartbeats,
    unregistered,
    forget: () => known.clear(),
    async [Symbol.asyncDispose]() {
      await grpc.close();
      await http.close();
    },
  };
}

async function listen(server: Server): Promise<{ readonly port: number; close(): Promise<void> }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // Listening on a port of TCP: the address is an object.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async close() {
      server.closeAllConnections();
      await new Promise<unknown>((resolve) => server.close(resolve));
    },
  };
}
