// From the rules' views to the messages of the wire.
import { create, type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type Any, AnySchema } from "@bufbuild/protobuf/wkt";
import {
  type AgentCard,
  AgentCardSchema,
  type AgentInfo,
  AgentInfoSchema,
  AgentStatus,
  CapabilitySchema,
  type ElectionState,
  ElectionStateSchema,
  type Event,
  EventSchema,
  FencingTokenSchema,
  type Lease,
  LeaseSchema,
  type Policy,
  PolicyEffect,
  PolicySchema,
  type Task,
  TaskSchema,
  TaskStatus,
} from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import { timestampOf } from "../../wire/timestamp.ts";
import type {
  AgentStatusView,
  AgentView,
  BusEvent,
  CardView,
  ElectionView,
  LeaseView,
  PolicyView,
  TaskStatusView,
  TaskView,
} from "../rules/model/views.ts";

const agentStatuses: { readonly [Status in AgentStatusView]: AgentStatus } = {
  alive: AgentStatus.ALIVE,
  unreachable: AgentStatus.UNREACHABLE,
  dead: AgentStatus.DEAD,
};

const taskStatuses: { readonly [Status in TaskStatusView]: TaskStatus } = {
  pending: TaskStatus.PENDING,
  claimed: TaskStatus.CLAIMED,
  completed: TaskStatus.COMPLETED,
  dead: TaskStatus.DEAD,
};

function encodeCard(card: CardView): AgentCard {
  const message = create(AgentCardSchema);
  message.name = card.name;
  message.description = card.description;
  message.version = card.version;
  message.capabilities = card.capabilities.map(({ name, description }) =>
    create(CapabilitySchema, { name, description }),
  );
  message.tools = [...card.tools];
  message.metadata = { ...card.metadata };
  return message;
}

export function encodeAgent(agent: AgentView): AgentInfo {
  const message = create(AgentInfoSchema);
  message.agentId = agent.agentId;
  message.card = encodeCard(agent.card);
  message.status = agentStatuses[agent.status];
  message.registeredAt = timestampOf(agent.registeredAt);
  message.lastHeartbeatAt = timestampOf(agent.lastHeartbeatAt);
  return message;
}

export function encodeLease(lease: LeaseView): Lease {
  const message = create(LeaseSchema);
  const token = create(FencingTokenSchema);
  token.value = BigInt(lease.token);
  message.taskId = lease.taskId;
  message.holderAgentId = lease.holderAgentId;
  message.token = token;
  message.acquiredAt = timestampOf(lease.acquiredAt);
  message.expiresAt = timestampOf(lease.expiresAt);
  return message;
}

export function encodeElection(election: ElectionView): ElectionState {
  const message = create(ElectionStateSchema);
  message.group = election.group;
  message.leaderAgentId = election.leaderAgentId;
  message.term = BigInt(election.term);
  if (election.electedAt !== undefined) {
    message.electedAt = timestampOf(election.electedAt);
  }
  return message;
}

export function encodePolicy(policy: PolicyView): Policy {
  const { id, subject, action, resource } = policy;
  const effect = policy.effect === "allow" ? PolicyEffect.ALLOW : PolicyEffect.DENY;
  return create(PolicySchema, { id, subject, action, resource, effect });
}

export function encodeTask(task: TaskView): Task {
  const message = create(TaskSchema);
  message.id = task.id;
  message.type = task.type;
  message.input = task.input;
  message.output = task.output;
  message.status = taskStatuses[task.status];
  message.requiredTools = [...task.requiredTools];
  message.maxRetries = task.maxRetries;
  message.retryCount = task.retryCount;
  message.claimedByAgentId = task.claimedByAgentId;
  message.failureReason = task.failureReason;
  message.createdAt = timestampOf(task.createdAt);
  if (task.claimedAt !== undefined) {
    message.claimedAt = timestampOf(task.claimedAt);
  }
  if (task.completedAt !== undefined) {
    message.completedAt = timestampOf(task.completedAt);
  }
  return message;
}

export function encodeEvent(event: BusEvent): Event {
  const message = create(EventSchema);
  message.topic = event.topic;
  message.payload = encodePayload(event);
  message.sequenceNumber = BigInt(event.sequence);
  message.occurredAt = timestampOf(event.occurredAt);
  return message;
}

function encodePayload(event: BusEvent): Any {
  if ("agent" in event) {
    return pack(AgentInfoSchema, encodeAgent(event.agent));
  }
  if ("lease" in event) {
    return pack(LeaseSchema, encodeLease(event.lease));
  }
  if ("election" in event) {
    return pack(ElectionStateSchema, encodeElection(event.election));
  }
  if ("task" in event) {
    return pack(TaskSchema, encodeTask(event.task));
  }
  return pack(PolicySchema, encodePolicy(event.policy));
}

/** The official client looks at the part after the last slash, and needs a slash. */
function pack<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): Any {
  const any = create(AnySchema);
  any.typeUrl = `type.googleapis.com/${schema.typeName}`;
  any.value = toBinary(schema, message);
  return any;
}
