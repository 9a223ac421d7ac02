// The agent's own gRPC server: where it binds, and what the core is told to call.

import { codeOf, messageOf, sha256Hex } from "@x/core/base";
import { createGrpcServer, type GrpcServer } from "@x/core/rpc";
import { ConfigError } from "../errors.ts";
import { AgentHandler } from "../gen/bindu/grpc/agent_handler_pb.ts";
import { formatAddress, isLoopbackHost } from "../wire/address.ts";
import { safe } from "../wire/safe-text.ts";
import type { AgentCalls } from "./agent-server.ts";

export interface CallbackPlace {
  readonly author: string;
  readonly name: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly advertiseHost: string | undefined;
}

export interface CallbackServer {
  /** `host:port` for the core. */
  readonly address: string;
  close(): Promise<void>;
}

const firstPort = 49_152;
const ports = 16_000;
/** How many ports behind the first one are tried. */
const tries = 20;
/** Longest request: more than any core sends. */
const readMaxBytes = 64 * 1_024 * 1_024;

/**
 * Listens. Without a port it is one that follows from author and name: an official core keeps the first address for ever, and finds an
 * agent that was restarted only where it was before.
 *
 * @throws ConfigError where the port or the host cannot be had
 */
export async function listenForCalls(calls: AgentCalls, place: CallbackPlace): Promise<CallbackServer> {
  const { author, name, host, port } = place;
  const server = createGrpcServer({
    routes: (router) => router.service(AgentHandler, calls.service),
    readMaxBytes,
    otherProtocols: false,
    statusText: safe,
  });
  try {
    const bound = await (port === undefined
      ? listenNear(server, host, stablePort(author, name))
      : server.listen({ host, port }));
    const isHere = isLoopbackHost(host) || host === "0.0.0.0" || host === "::";
    const shown = place.advertiseHost ?? (isHere ? "localhost" : host);
    return { address: formatAddress({ host: shown, port: bound.port }), close: () => server.close() };
  } catch (error) {
    await server.close();
    const field =
      codeOf(error) === "EADDRINUSE" || codeOf(error) === "EACCES" ? "callbackPort" : "callbackHost";
    throw new ConfigError(`bindufy: the agent's own server cannot listen on ${host}: ${messageOf(error)}`, {
      field,
      cause: error,
    });
  }
}

/** The port that an agent has by its name. */
function stablePort(author: string, name: string): number {
  return firstPort + (Number.parseInt(sha256Hex(`${author}:${name}`).slice(0, 4), 16) % ports);
}

async function listenNear(
  server: GrpcServer,
  host: string,
  first: number,
): Promise<{ readonly port: number }> {
  for (let port = first; ; port += 1) {
    try {
      return await server.listen({ host, port });
    } catch (error) {
      if (codeOf(error) !== "EADDRINUSE" || port >= first + tries) {
        throw error;
      }
    }
  }
}
