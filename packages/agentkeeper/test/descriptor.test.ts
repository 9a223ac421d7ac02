// The wire, written down a second time: names, numbers, types, methods and nothing else.
import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { expect, test } from "vitest";
import { file_agentkeeper_v1_agentkeeper as file } from "../src/gen/agentkeeper/v1/agentkeeper_pb.ts";

const enums: Readonly<Record<string, readonly string[]>> = {
  AgentStatus: [
    "AGENT_STATUS_UNSPECIFIED = 0",
    "AGENT_STATUS_ALIVE = 1",
    "AGENT_STATUS_UNREACHABLE = 2",
    "AGENT_STATUS_DEAD = 3",
  ],
  TaskStatus: [
    "TASK_STATUS_UNSPECIFIED = 0",
    "TASK_STATUS_PENDING = 1",
    "TASK_STATUS_CLAIMED = 2",
    "TASK_STATUS_COMPLETED = 3",
    "TASK_STATUS_FAILED = 4",
    "TASK_STATUS_DEAD = 5",
  ],
  PolicyEffect: ["POLICY_EFFECT_UNSPECIFIED = 0", "POLICY_EFFECT_ALLOW = 1", "POLICY_EFFECT_DENY = 2"],
};

/** Fields as `number name type`; a type without a package is one of this package, Ts is a timestamp. */
const messages: Readonly<Record<string, readonly string[]>> = {
  Capability: ["1 name string", "2 description string"],
  AgentCard: [
    "1 name string",
    "2 description string",
    "3 version string",
    "4 capabilities repeated Capability",
    "5 tools repeated string",
    "6 metadata map<string, string>",
  ],
  AgentInfo: [
    "1 agent_id string",
    "2 card AgentCard",
    "3 status AgentStatus",
    "4 registered_at Ts",
    "5 last_heartbeat_at Ts",
  ],
  FencingToken: ["1 value uint64"],
  Lease: [
    "1 task_id string",
    "2 holder_agent_id string",
    "3 token FencingToken",
    "4 acquired_at Ts",
    "5 expires_at Ts",
  ],
  ElectionState: ["1 group string", "2 leader_agent_id string", "3 term uint64", "4 elected_at Ts"],
  Event: ["1 topic string", "2 payload Any", "3 sequence_number uint64", "4 occurred_at Ts"],
  Policy: [
    "1 id string",
    "2 subject string",
    "3 action string",
    "4 resource string",
    "5 effect PolicyEffect",
  ],
  Task: [
    "1 id string",
    "2 type string",
    "3 input bytes",
    "4 output bytes",
    "5 status TaskStatus",
    "6 required_tools repeated string",
    "7 max_retries uint32",
    "8 retry_count uint32",
    "9 claimed_by_agent_id string",
    "10 failure_reason string",
    "11 created_at Ts",
    "12 claimed_at Ts",
    "13 completed_at Ts",
  ],
  RegisterRequest: ["1 card AgentCard", "2 ttl_seconds uint32"],
  RegisterResponse: ["1 agent_id string"],
  HeartbeatRequest: ["1 agent_id string"],
  HeartbeatResponse: [],
  DeregisterRequest: ["1 agent_id string"],
  DeregisterResponse: [],
  GetAgentRequest: ["1 agent_id string"],
  GetAgentResponse: ["1 agent AgentInfo"],
  FindRequest: ["1 query string", "2 tools repeated string", "3 limit uint32"],
  FindResponse: ["1 agents repeated AgentInfo"],
  WatchRequest: ["1 topics repeated string"],
  AcquireLeaseRequest: ["1 task_id string", "2 agent_id string", "3 ttl_seconds uint32"],
  AcquireLeaseResponse: ["1 lease Lease", "2 acquired bool"],
  RenewLeaseRequest: [
    "1 task_id string",
    "2 agent_id string",
    "3 token FencingToken",
    "4 ttl_seconds uint32",
  ],
  RenewLeaseResponse: ["1 lease Lease"],
  ReleaseLeaseRequest: ["1 task_id string", "2 agent_id string", "3 token FencingToken"],
  ReleaseLeaseResponse: [],
  CampaignRequest: ["1 group string", "2 agent_id string"],
  CampaignResponse: ["1 state ElectionState"],
  ResignRequest: ["1 group string", "2 agent_id string"],
  ResignResponse: [],
  WatchElectionRequest: ["1 group string"],
  SetPolicyRequest: ["1 policy Policy"],
  SetPolicyResponse: ["1 policy Policy"],
  DeletePolicyRequest: ["1 id string"],
  DeletePolicyResponse: [],
  ListPoliciesRequest: ["1 subject_prefix string"],
  ListPoliciesResponse: ["1 policies repeated Policy"],
  CheckPolicyRequest: ["1 subject string", "2 action string", "3 resource string"],
  CheckPolicyResponse: ["1 allowed bool", "2 reason string"],
  CreateTaskRequest: [
    "1 type string",
    "2 input bytes",
    "3 required_tools repeated string",
    "4 max_retries uint32",
    "5 ttl_seconds uint32",
  ],
  CreateTaskResponse: ["1 task Task"],
  ClaimTaskRequest: ["1 agent_id string"],
  ClaimTaskResponse: ["1 task Task"],
  CompleteTaskRequest: ["1 task_id string", "2 agent_id string", "3 output bytes"],
  CompleteTaskResponse: [],
  FailTaskRequest: ["1 task_id string", "2 agent_id string", "3 reason string"],
  FailTaskResponse: [],
  GetTaskRequest: ["1 task_id string"],
  GetTaskResponse: ["1 task Task"],
  ListTasksRequest: ["1 status TaskStatus"],
  ListTasksResponse: ["1 tasks repeated Task"],
};

const unary = (name: string): string => `${name}: ${name}Request -> ${name}Response`;
const services: Readonly<Record<string, readonly string[]>> = {
  RegistryService: [
    ...["Register", "Heartbeat", "Deregister", "GetAgent", "Find"].map(unary),
    "Watch: WatchRequest -> stream Event",
  ],
  LeaseService: ["AcquireLease", "RenewLease", "ReleaseLease"].map(unary),
  ElectionService: [
    ...["Campaign", "Resign"].map(unary),
    "WatchElection: WatchElectionRequest -> stream Event",
  ],
  EntitlementsService: ["SetPolicy", "DeletePolicy", "ListPolicies", "CheckPolicy"].map(unary),
  TaskService: ["CreateTask", "ClaimTask", "CompleteTask", "FailTask", "GetTask", "ListTasks"].map(unary),
};

function nameOf(type: DescMessage | DescEnum): string {
  if (type.typeName === "google.protobuf.Timestamp") return "Ts";
  if (type.typeName === "google.protobuf.Any") return "Any";
  return type.typeName.replace(/^agentkeeper\.v1\./, "");
}

function elementOf(scalar: ScalarType | undefined, type: DescMessage | DescEnum | undefined): string {
  if (type !== undefined) return nameOf(type);
  return scalar === undefined ? "?" : ScalarType[scalar].toLowerCase();
}

function describeField(field: DescField): string {
  const start = `${field.number} ${field.name}`;
  switch (field.fieldKind) {
    case "scalar":
      return `${start} ${elementOf(field.scalar, undefined)}`;
    case "enum":
      return `${start} ${nameOf(field.enum)}`;
    case "message":
      return `${start} ${nameOf(field.message)}`;
    case "list":
      return `${start} repeated ${elementOf(field.scalar, field.message ?? field.enum)}`;
    case "map":
      return `${start} map<${elementOf(field.mapKey, undefined)}, ${elementOf(field.scalar, field.message ?? field.enum)}>`;
  }
}

function table<Item>(
  items: readonly Item[],
  row: (item: Item) => readonly [string, readonly string[]],
): object {
  return Object.fromEntries(items.map(row));
}

test("AK-WIRE the file is agentkeeper/v1/agentkeeper.proto of proto3 and package agentkeeper.v1", () => {
  expect(file.proto).toMatchObject({
    name: "agentkeeper/v1/agentkeeper.proto",
    package: "agentkeeper.v1",
    syntax: "proto3",
    options: { goPackage: "agentkeeper/v1;agentkeeperpb" },
  });
  expect([...file.proto.dependency].sort()).toEqual([
    "google/protobuf/any.proto",
    "google/protobuf/timestamp.proto",
  ]);
  expect(file.extensions).toEqual([]);
});

test("AK-WIRE the enums have exactly these values", () => {
  expect(table(file.enums, (e) => [e.name, e.values.map((v) => `${v.name} = ${v.number}`)])).toEqual(enums);
});

test("AK-WIRE the messages have exactly these fields", () => {
  expect(table(file.messages, (m) => [m.name, m.fields.map(describeField)])).toEqual(messages);
});

test("AK-WIRE no message has a oneof, an optional field, a nested type or a reserved number", () => {
  for (const message of file.messages) {
    expect(message.oneofs, message.name).toEqual([]);
    expect(message.nestedEnums, message.name).toEqual([]);
    expect(message.nestedMessages, message.name).toEqual([]);
    expect(message.proto.reservedRange, message.name).toEqual([]);
    expect(message.proto.extensionRange, message.name).toEqual([]);
    for (const field of message.fields) {
      expect(field.proto.proto3Optional, `${message.name}.${field.name}`).toBe(false);
      if (field.fieldKind === "scalar" || field.fieldKind === "enum") {
        expect(field.presence, `${message.name}.${field.name}`).toBe(FeatureSet_FieldPresence.IMPLICIT);
      }
    }
  }
});

test("AK-WIRE the services have exactly these methods and kinds", () => {
  const rows = table(file.services, (service) => [
    service.name,
    service.methods.map((method) => {
      const { clientStreaming, serverStreaming } = method.proto;
      const input = `${clientStreaming ? "stream " : ""}${nameOf(method.input)}`;
      return `${method.name}: ${input} -> ${serverStreaming ? "stream " : ""}${nameOf(method.output)}`;
    }),
  ]);
  expect(rows).toEqual(services);
});
