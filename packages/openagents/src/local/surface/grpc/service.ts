// The network over gRPC: the same rules behind protobuf, with payloads inside an Any.
import { create } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import type { ServiceImpl } from "@connectrpc/connect";
import type { GrpcRoutes } from "@x/core/rpc";
import {
  type AgentInfo,
  AgentInfoSchema,
  AgentService,
  DiscoverAgentsResponseSchema,
  EventResponseSchema,
  GetAgentInfoResponseSchema,
  HeartbeatResponseSchema,
  NetworkInfoResponseSchema,
  RegisterAgentResponseSchema,
  UnregisterAgentResponseSchema,
} from "../../../gen/openagents/agent_service_pb.ts";
import { isStruct, packDataText, unpackAny } from "../../../wire/any.ts";
import { type Body, listOf, parseBody, textsOf } from "../../../wire/body.ts";
import { objectOf } from "../../rules/model/exact-json.ts";
import { isRefusal } from "../../rules/model/refusal.ts";
import type { Agent } from "../../rules/model/state.ts";
import { isTooWide, tooWide } from "../bounds.ts";
import { hashOf, type Surface } from "../context.ts";
import { answerEvent } from "../network/answering.ts";
import { registerAgent } from "../network/registering.ts";
import { readSentEvent } from "../network/sent-event.ts";

export function grpcRoutes(surface: Surface): GrpcRoutes {
  return (router) => {
    router.service(AgentService, agentService(surface));
  };
}

/** Without `StreamEvents`, which the real network does not have either. */
function agentService(surface: Surface): Partial<ServiceImpl<typeof AgentService>> {
  const { engine, metrics, rules } = surface;
  const infoOf = (agent: Agent): AgentInfo => {
    const now = engine.now();
    return describe(agent, now.wall - (now.mono - agent.seenMono));
  };
  return {
    async sendEvent(request) {
      const { eventName, sourceId, secret, targetAgentId, payload, metadata } = request;
      const body = payloadOf(payload);
      if (body === undefined) {
        return create(EventResponseSchema, { success: false, message: unreadable });
      }
      if (isTooWide([body, metadata])) {
        return create(EventResponseSchema, { success: false, message: tooWide });
      }
      const event = readSentEvent({
        id: request.eventId,
        name: eventName,
        source: sourceId,
        to: targetAgentId,
        payload: body,
        payloadText: structJson(body),
        metadata,
        metadataText: JSON.stringify(metadata),
        visibility: request.visibility === "" ? "network" : request.visibility,
        preserved: {},
      });
      if (typeof event === "string") {
        return create(EventResponseSchema, { success: false, message: event });
      }
      const { success, message, data } = await answerEvent(surface, event, hashOf(secret), "127.0.0.1");
      metrics.countEvent("grpc", success);
      const response = create(EventResponseSchema, { success, message, eventName });
      if (data !== null && data !== "{}") {
        response.data = create(AnySchema, packDataText(data));
      }
      return response;
    },

    async registerAgent({ agentId, metadata, capabilities, forceReconnect, passwordHash }) {
      if (isTooWide(metadata)) {
        return create(RegisterAgentResponseSchema, { success: false, errorMessage: tooWide });
      }
      const listed = capabilities.length > 0 ? capabilities : undefined;
      const reply = await registerAgent(surface, {
        agentId,
        group: null,
        passwordHash,
        transport: "grpc",
        metadata,
        capabilities: metadata.capabilities ?? listed,
        force: forceReconnect,
      });
      if (isRefusal(reply)) {
        metrics.countAuthFailure();
        return create(RegisterAgentResponseSchema, { success: false, errorMessage: reply.detail });
      }
      return create(RegisterAgentResponseSchema, { success: true, secret: reply.secret });
    },

    async unregisterAgent({ agentId, secret }) {
      const reply = await engine.run<"unregister">({
        type: "unregister",
        agentId,
        secretHash: hashOf(secret),
      });
      if (isRefusal(reply)) {
        metrics.countAuthFailure();
        return create(UnregisterAgentResponseSchema, { success: false, errorMessage: reply.detail });
      }
      return create(UnregisterAgentResponseSchema, { success: true });
    },

    heartbeat: () =>
      create(HeartbeatResponseSchema, { success: true, timestamp: secondsOf(engine.now().wall) }),

    discoverAgents: ({ requiredCapabilities }) =>
      create(DiscoverAgentsResponseSchema, {
        agents: engine
          .peek(({ agents }) => [...agents.values()])
          .map(infoOf)
          .filter(({ capabilities }) =>
            requiredCapabilities.every((wanted) => capabilities.includes(wanted)),
          ),
      }),

    getAgentInfo({ agentId }) {
      const agent = engine.peek(({ agents }) => agents.get(agentId));
      return create(
        GetAgentInfoResponseSchema,
        agent === undefined ? { found: false } : { found: true, agent: infoOf(agent) },
      );
    },

    getNetworkInfo() {
      const agents = engine.peek((state) => [...state.agents.values()]);
      const own = surface.addresses().find(({ type }) => type === "grpc");
      return create(NetworkInfoResponseSchema, {
        networkId: rules.networkId,
        networkName: rules.networkName,
        isRunning: true,
        uptimeSeconds: secondsOf(engine.now().wall - engine.startedMs),
        agentCount: agents.length,
        agents: agents.map(infoOf),
        topologyMode: "centralized",
        transportType: "grpc",
        host: own?.host ?? "",
        port: own?.port ?? 0,
      });
    },
  };
}

const secondsOf = (ms: number): bigint => BigInt(Math.floor(ms / 1_000));

const unreadable = "the payload is no Struct, or nested deeper than 64 levels";

/** A Struct, `undefined` for a broken one; what else an Any holds is nothing, as the real network has it. */
const payloadOf = (payload: Any | undefined) =>
  payload === undefined || !isStruct(payload) ? {} : unpackAny(payload);

/** The numbers of a Struct are doubles, and are passed on as such: `5` as `5.0`. */
const structJson = (body: Body): string =>
  JSON.stringify(body, (_, value: unknown) => {
    const text = Object.is(value, -0) ? "-0" : String(value);
    return typeof value === "number" && /^-?\d+$/.test(text) ? JSON.rawJSON(`${text}.0`) : value;
  });

function describe({ facts }: Agent, seenMs: number): AgentInfo {
  const metadata = Object.entries(objectOf(facts.metadata)).map(
    ([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)] as const,
  );
  return create(AgentInfoSchema, {
    agentId: facts.id,
    metadata: Object.fromEntries(metadata),
    capabilities: [...capabilitiesOf(facts.capabilities)],
    lastSeen: secondsOf(seenMs),
    transportType: facts.transport,
    address: "",
  });
}

/** Capabilities as a list of texts, in whichever form they were registered. */
function capabilitiesOf(text: string): readonly string[] {
  const value: unknown = JSON.parse(text);
  if (typeof value === "string") {
    const inner: unknown = value.startsWith("[") ? parseBody(`{"list":${value}}`)?.list : undefined;
    return inner === undefined ? [value] : textsOf(listOf(inner));
  }
  return textsOf(value);
}
