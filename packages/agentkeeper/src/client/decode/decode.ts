// From the messages of the wire to what callers see. Values of newer servers read as the documented fallback.
import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { InternalError } from "@x/core/base";
import type * as wire from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import {
  AgentInfoSchema,
  ElectionStateSchema,
  LeaseSchema,
  PolicySchema,
  TaskSchema,
  AgentStatus as WireAgentStatus,
  PolicyEffect as WirePolicyEffect,
  TaskStatus as WireTaskStatus,
} from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import type {
  AgentInfo,
  AgentStatus,
  ElectionState,
  EventPayload,
  EventTopic,
  Lease,
  Policy,
  PolicyEffect,
  Task,
  TaskStatus,
  WatchEvent,
} from "../../types.ts";
import { dateOf, dateOrNull } from "../../wire/timestamp.ts";

const agentStatuses: { readonly [Status in WireAgentStatus]: AgentStatus } = {
  [WireAgentStatus.UNSPECIFIED]: "DEAD",
  [WireAgentStatus.ALIVE]: "ALIVE",
  [WireAgentStatus.UNREACHABLE]: "UNREACHABLE",
  [WireAgentStatus.DEAD]: "DEAD",
};

const taskStatuses: { readonly [Status in WireTaskStatus]: TaskStatus } = {
  [WireTaskStatus.UNSPECIFIED]: "PENDING",
  [WireTaskStatus.PENDING]: "PENDING",
  [WireTaskStatus.CLAIMED]: "CLAIMED",
  [WireTaskStatus.COMPLETED]: "COMPLETED",
  [WireTaskStatus.FAILED]: "FAILED",
  [WireTaskStatus.DEAD]: "DEAD",
};

/** The number of each agent status, for requests. */
export const wireAgentStatuses: { readonly [Status in AgentStatus]: WireAgentStatus } = {
  ALIVE: WireAgentStatus.ALIVE,
  UNREACHABLE: WireAgentStatus.UNREACHABLE,
  DEAD: WireAgentStatus.DEAD,
};

/** The number of each task status, for requests. */
export const wireTaskStatuses: { readonly [Status in TaskStatus]: WireTaskStatus } = {
  PENDING: WireTaskStatus.PENDING,
  CLAIMED: WireTaskStatus.CLAIMED,
  COMPLETED: WireTaskStatus.COMPLETED,
  FAILED: WireTaskStatus.FAILED,
  DEAD: WireTaskStatus.DEAD,
};

/** The number of each effect, for requests. */
export const wirePolicyEffects: { readonly [Effect in PolicyEffect]: WirePolicyEffect } = {
  ALLOW: WirePolicyEffect.ALLOW,
  DENY: WirePolicyEffect.DENY,
};

export function decodeAgent(agent: wire.AgentInfo): AgentInfo {
  const { card } = agent;
  return {
    agentId: agent.agentId,
    card: {
      name: card?.name ?? "",
      description: card?.description ?? "",
      version: card?.version ?? "",
      tools: card?.tools ?? [],
      metadata: card?.metadata ?? {},
      capabilities: (card?.capabilities ?? []).map(({ name, description }) => ({ name, description })),
    },
    status: agentStatuses[agent.status] ?? "DEAD",
    registeredAt: dateOf(agent.registeredAt),
    lastHeartbeatAt: dateOf(agent.lastHeartbeatAt),
  };
}

export function decodeLease(lease: wire.Lease): Lease {
  return {
    taskId: lease.taskId,
    holderAgentId: lease.holderAgentId,
    token: lease.token?.value ?? 0n,
    acquiredAt: dateOf(lease.acquiredAt),
    expiresAt: dateOf(lease.expiresAt),
  };
}

export function decodeElection(state: wire.ElectionState): ElectionState {
  const { group, leaderAgentId, term } = state;
  return { group, leaderAgentId, term, electedAt: dateOrNull(state.electedAt) };
}

export function decodePolicy(policy: wire.Policy): Policy {
  const { id, subject, action, resource } = policy;
  return {
    id,
    subject,
    action,
    resource,
    effect: policy.effect === WirePolicyEffect.ALLOW ? "ALLOW" : "DENY",
  };
}

export function decodeTask(task: wire.Task): Task {
  return {
    id: task.id,
    type: task.type,
    input: task.input,
    output: task.output,
    status: taskStatuses[task.status] ?? "PENDING",
    requiredTools: task.requiredTools,
    maxRetries: task.maxRetries,
    retryCount: task.retryCount,
    claimedByAgentId: task.claimedByAgentId,
    failureReason: task.failureReason,
    createdAt: dateOrNull(task.createdAt),
    claimedAt: dateOrNull(task.claimedAt),
    completedAt: dateOrNull(task.completedAt),
  };
}

/** The type of what each known topic carries. */
const payloadTypes: { readonly [Topic in EventTopic]: string } = {
  "agent.registered": AgentInfoSchema.typeName,
  "agent.unreachable": AgentInfoSchema.typeName,
  "agent.recovered": AgentInfoSchema.typeName,
  "agent.died": AgentInfoSchema.typeName,
  "lease.acquired": LeaseSchema.typeName,
  "lease.renewed": LeaseSchema.typeName,
  "lease.expired": LeaseSchema.typeName,
  "lease.released": LeaseSchema.typeName,
  "leader.changed": ElectionStateSchema.typeName,
  "task.created": TaskSchema.typeName,
  "task.claimed": TaskSchema.typeName,
  "task.completed": TaskSchema.typeName,
  "task.requeued": TaskSchema.typeName,
  "task.dead": TaskSchema.typeName,
  "policy.set": PolicySchema.typeName,
  "policy.deleted": PolicySchema.typeName,
};

const isKnown = (topic: string): topic is EventTopic => Object.hasOwn(payloadTypes, topic);

/** @throws InternalError when an event of a known topic does not carry what its topic says */
export function decodeEvent(event: wire.Event): WatchEvent {
  const { topic } = event;
  const typeName = typeNameOf(event.payload);
  const payload = decodePayload(event.payload, typeName);
  if (isKnown(topic) && (payload === null || typeName !== payloadTypes[topic])) {
    throw new InternalError(`watch: the daemon sent ${topic} without ${payloadTypes[topic]}.`, {
      service: "agentkeeper",
      operation: "watch",
    });
  }
  const when = { sequence: event.sequenceNumber, timestamp: dateOf(event.occurredAt) };
  return isKnown(topic)
    ? // What the compiler cannot follow: the payload has just been held to its topic.
      ({ topic, ...when, payload } as WatchEvent)
    : { topic: "other", newerTopic: topic, ...when, payload };
}

function typeNameOf(any: wire.Event["payload"]): string | undefined {
  return any?.typeUrl.includes("/") ? any.typeUrl.slice(any.typeUrl.lastIndexOf("/") + 1) : undefined;
}

/** What an event carries; `null` for a type that this version does not know, or bytes that are none of it. */
export function decodePayload(
  any: wire.Event["payload"],
  typeName: string | undefined = typeNameOf(any),
): EventPayload | null {
  if (any === undefined || typeName === undefined) {
    return null;
  }
  switch (typeName) {
    case AgentInfoSchema.typeName:
      return unpack(AgentInfoSchema, any.value, decodeAgent);
    case LeaseSchema.typeName:
      return unpack(LeaseSchema, any.value, decodeLease);
    case ElectionStateSchema.typeName:
      return unpack(ElectionStateSchema, any.value, decodeElection);
    case TaskSchema.typeName:
      return unpack(TaskSchema, any.value, decodeTask);
    case PolicySchema.typeName:
      return unpack(PolicySchema, any.value, decodePolicy);
    default:
      return null;
  }
}

function unpack<Schema extends DescMessage, Payload>(
  schema: Schema,
  bytes: Uint8Array,
  decode: (message: MessageShape<Schema>) => Payload,
): Payload | null {
  let message: MessageShape<Schema>;
  try {
    message = fromBinary(schema, bytes);
  } catch {
    return null;
  }
  return decode(message);
}
