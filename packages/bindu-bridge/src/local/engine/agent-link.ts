// One agent process: calls to it, how many run, and whether it answers at all.
import { type Client, ConnectError, createClient } from "@connectrpc/connect";
import type { GrpcTransport } from "@x/core/rpc/client";
import { AgentHandler } from "../../gen/bindu/grpc/agent_handler_pb.ts";
import { type AgentTransportOptions, agentTransport } from "../../wire/agent-transport.ts";

export interface AgentLink {
  readonly address: string;
  /** Calls that run. */
  readonly busy: number;
  /** Whether the latest call or look found nobody there. */
  isDead: boolean;
  /** Carries a call out. @throws ConnectError for whatever status ends it */
  call<Result>(act: (agent: Client<typeof AgentHandler>) => Promise<Result>): Promise<Result>;
  /** Whether it says that it is well, within 5 s. */
  isHealthy(): Promise<boolean>;
  /** Whether it can stream, as it has said once, within 5 s; `false` for one that does not answer. */
  canStream(): Promise<boolean>;
  /** It has no such method after all. */
  cannotStream(): void;
  /** Ends the connection once nothing runs on it. */
  retire(): void;
  close(): Promise<void>;
}

/** How long health and capabilities are waited for. */
const lookMs = 5_000;

export function createAgentLink(options: AgentTransportOptions): AgentLink {
  let opened: { readonly transport: GrpcTransport; readonly agent: Client<typeof AgentHandler> } | undefined;
  let busy = 0;
  let retired = false;
  let streams: Promise<boolean> | undefined;

  const agent = (): Client<typeof AgentHandler> => {
    if (opened === undefined) {
      const transport = agentTransport(options);
      opened = { transport, agent: createClient(AgentHandler, transport) };
    }
    return opened.agent;
  };
  const close = async (): Promise<void> => {
    const { transport } = opened ?? {};
    opened = undefined;
    await transport?.close();
  };

  const askCapabilities = async (): Promise<boolean> => {
    try {
      return (await agent().getCapabilities({}, { timeoutMs: lookMs })).supportsStreaming;
    } catch {
      streams = undefined;
      return false;
    }
  };

  return {
    address: options.address,
    isDead: false,
    get busy() {
      return busy;
    },

    async call(act) {
      busy += 1;
      try {
        return await act(agent());
      } catch (error) {
        throw ConnectError.from(error);
      } finally {
        busy -= 1;
        if (retired && busy === 0) {
          void close();
        }
      }
    },

    async isHealthy(): Promise<boolean> {
      try {
        return (await agent().healthCheck({}, { timeoutMs: lookMs })).healthy;
      } catch {
        return false;
      }
    },

    canStream(): Promise<boolean> {
      streams ??= askCapabilities();
      return streams;
    },
    cannotStream(): void {
      streams = Promise.resolve(false);
    },

    retire(): void {
      retired = true;
      if (busy === 0) {
        void close();
      }
    },
    close,
  };
}
