// The one channel to a core: its three calls, and whether it is there at all.

import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@x/core/rpc/client";
import { CoreUnavailableError } from "../errors.ts";
import {
  BinduService,
  type HeartbeatResponse,
  type RegisterAgentResponse,
} from "../gen/bindu/grpc/agent_handler_pb.ts";
import type { Skill } from "../types.ts";
import { formatAddress, isLoopbackHost, parseAddress } from "../wire/address.ts";
import { skillDefinition } from "../wire/handle-messages.ts";

/** What is to be done about a core that was started here. */
export interface CoreEvents {
  /** It ended by itself and is back. */
  onRestart(): void;
  onTrouble(error: unknown): void;
}

/** What is registered, the same each time. */
export interface Registration {
  readonly configJson: string;
  readonly skills: readonly Skill[];
  readonly callbackAddress: string;
}

/** Calls throw what the transport throws. */
export interface CoreLink {
  readonly address: string;
  register(registration: Registration, signal: AbortSignal): Promise<RegisterAgentResponse>;
  heartbeat(agentId: string, signal?: AbortSignal): Promise<HeartbeatResponse>;
  /** Whether a core answers: a port that accepts proves nothing. */
  probe(signal?: AbortSignal): Promise<boolean>;
  unregister(agentId: string): Promise<void>;
  close(): Promise<void>;
}

const registerMs = 30_000;
const heartbeatMs = 5_000;
const probeMs = 1_000;
const unregisterMs = 2_000;

/** @throws CoreUnavailableError for an address that is none */
export function linkCore(address: string): CoreLink {
  const place = parseAddress(address);
  if (place === undefined) {
    throw new CoreUnavailableError(
      `${JSON.stringify(address)} is no address of a core such as localhost:3774.`,
      {
        address,
        retryable: false,
      },
    );
  }
  const transport = createGrpcTransport({
    baseUrl: `http://${formatAddress(place)}`,
    proxy: isLoopbackHost(place.host) ? "none" : "environment",
    connectTimeoutMs: heartbeatMs,
  });
  const core = createClient(BinduService, transport);
  const beat = (agentId: string, timeoutMs: number, signal?: AbortSignal): Promise<HeartbeatResponse> =>
    core.heartbeat(
      { agentId, timestamp: BigInt(Date.now()) },
      { timeoutMs, ...(signal === undefined ? {} : { signal }) },
    );
  return {
    address,
    register: ({ configJson, skills, callbackAddress }, signal) =>
      core.registerAgent(
        { configJson, skills: skills.map(skillDefinition), grpcCallbackAddress: callbackAddress },
        { timeoutMs: registerMs, signal },
      ),
    heartbeat: (agentId, signal) => beat(agentId, heartbeatMs, signal),
    async probe(signal) {
      try {
        await beat("", probeMs, signal);
        return true;
      } catch {
        return false;
      }
    },
    async unregister(agentId) {
      await core.unregisterAgent({ agentId }, { timeoutMs: unregisterMs });
    },
    close: () => transport.close(),
  };
}
