// The way to one agent process, for the client and for the core: it connects at the first call, and again after a loss.

import { type CallOptions, type Client, Code, ConnectError, createClient } from "@connectrpc/connect";
import { createGrpcTransport, type GrpcTransport } from "@x/core/rpc/client";
import {
  AgentHandler,
  type GetCapabilitiesResponse,
  type HandleRequest,
  type HandleResponse,
  type HealthCheckResponse,
} from "../gen/bindu/grpc/agent_handler_pb.ts";
import { formatAddress, isLoopbackHost, parseAddress } from "./address.ts";
import { agentError } from "./agent-error.ts";
import type { TlsOptions } from "./tls-options.ts";

/** How an agent is reached. */
export interface AgentConnectionOptions {
  readonly credentials?: TlsOptions | undefined;
  /** Longest message in each direction. */
  readonly maxMessageBytes: number;
}

/** How one call is made. */
export interface AgentCall {
  readonly signal?: AbortSignal | undefined;
  /** The whole call; the agent gets it as its deadline. `Infinity` for none. */
  readonly timeoutMs: number;
  /** Metadata to send along. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Each method throws the exceptions of `agentError`, and makes its call once: a handler may have acted already. */
export interface AgentConnection {
  readonly address: string;
  handle(request: HandleRequest, call: AgentCall): Promise<HandleResponse>;
  /** Begins when it is iterated; leaving the loop ends it. */
  stream(request: HandleRequest, call: AgentCall): AsyncGenerator<HandleResponse, void, void>;
  health(call: AgentCall): Promise<HealthCheckResponse>;
  capabilities(call: AgentCall): Promise<GetCapabilitiesResponse>;
  /** Ends the connection and the calls on it; a later call connects again. */
  close(): Promise<void>;
}

/** Opens nothing yet. An address that is none is found at the first call: no agent can be there. */
export function connectAgent(address: string, options: AgentConnectionOptions): AgentConnection {
  let open: { readonly transport: GrpcTransport; readonly agent: Client<typeof AgentHandler> } | undefined;
  const agent = (): Client<typeof AgentHandler> => {
    if (open === undefined) {
      const transport = openTransport(address, options);
      open = { transport, agent: createClient(AgentHandler, transport) };
    }
    return open.agent;
  };
  const ask = async <Answer>(
    call: AgentCall,
    attempt: (rpc: CallOptions) => Promise<Answer>,
  ): Promise<Answer> => {
    try {
      return await attempt(rpcOptions(call));
    } catch (error) {
      throw agentError(error, address, call.signal?.aborted === true);
    }
  };
  return {
    address,
    handle: (request, call) => ask(call, (rpc) => agent().handleMessages(request, rpc)),
    async *stream(request, call) {
      try {
        yield* agent().handleMessagesStream(request, rpcOptions(call));
      } catch (error) {
        throw agentError(error, address, call.signal?.aborted === true);
      }
    },
    health: (call) => ask(call, (rpc) => agent().healthCheck({}, rpc)),
    capabilities: (call) => ask(call, (rpc) => agent().getCapabilities({}, rpc)),
    async close() {
      const { transport } = open ?? {};
      open = undefined;
      await transport?.close();
    },
  };
}

function openTransport(address: string, options: AgentConnectionOptions): GrpcTransport {
  const place = parseAddress(address);
  if (place === undefined) {
    throw new ConnectError(
      `${JSON.stringify(address)} is no address such as localhost:50052`,
      Code.Unavailable,
    );
  }
  const { credentials: tls, maxMessageBytes } = options;
  return createGrpcTransport({
    baseUrl: `${tls === undefined ? "http" : "https"}://${formatAddress(place)}`,
    tls: tls && { ca: tls.ca, cert: tls.cert, key: tls.key, servername: tls.serverName },
    readMaxBytes: maxMessageBytes,
    writeMaxBytes: maxMessageBytes,
    // What is on this machine is behind no proxy.
    proxy: isLoopbackHost(place.host) ? "none" : "environment",
  });
}

function rpcOptions({ signal, headers, timeoutMs }: AgentCall): CallOptions {
  return {
    ...(signal === undefined ? {} : { signal }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    timeoutMs: timeoutMs === Infinity ? 0 : timeoutMs,
  };
}
