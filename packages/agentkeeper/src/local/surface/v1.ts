// The five services of the wire: requests become commands of the rules, replies become messages.
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import type { GrpcRoutes } from "@x/core/rpc";
import {
  AcquireLeaseResponseSchema,
  AgentInfoSchema,
  CampaignResponseSchema,
  CheckPolicyResponseSchema,
  ClaimTaskResponseSchema,
  CompleteTaskResponseSchema,
  CreateTaskResponseSchema,
  DeletePolicyResponseSchema,
  DeregisterResponseSchema,
  ElectionService,
  EntitlementsService,
  FailTaskResponseSchema,
  FindResponseSchema,
  GetAgentResponseSchema,
  GetTaskResponseSchema,
  HeartbeatResponseSchema,
  LeaseService,
  ListPoliciesResponseSchema,
  ListTasksResponseSchema,
  PolicyEffect,
  PolicySchema,
  RegisterResponseSchema,
  RegistryService,
  ReleaseLeaseResponseSchema,
  RenewLeaseResponseSchema,
  ResignResponseSchema,
  SetPolicyResponseSchema,
  TaskSchema,
  TaskService,
  TaskStatus,
} from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import { latestFirstHeader } from "../../wire/headers.ts";
import type { Engine } from "../engine/engine.ts";
import type { CommandOf } from "../rules/model/commands.ts";
import { checkText, limits } from "../rules/model/limits.ts";
import type { EffectView } from "../rules/model/views.ts";
import { encodeAgent, encodeElection, encodeLease, encodePolicy, encodeTask } from "./encode.ts";
import { refusalError } from "./errors.ts";
import { ask, boundedList, readCard, readTaskStatus } from "./shared.ts";
import { topicFilter } from "./topics.ts";
import type { Watches } from "./watches.ts";

/** All services of `agentkeeper.v1` on one router. */
export function v1Routes(engine: Engine, watches: Watches): GrpcRoutes {
  return (router) => {
    router.service(RegistryService, registryService(engine, watches));
    router.service(LeaseService, leaseService(engine));
    router.service(ElectionService, electionService(engine, watches));
    router.service(EntitlementsService, entitlementsService(engine));
    router.service(TaskService, taskService(engine));
  };
}

function registryService(engine: Engine, watches: Watches): ServiceImpl<typeof RegistryService> {
  return {
    async register({ card, ttlSeconds }) {
      const agentId = randomUUID();
      const reply = await ask(engine, { type: "register", agentId, card: readCard(card), ttlSeconds });
      return create(RegisterResponseSchema, { agentId: reply.agentId });
    },
    async heartbeat({ agentId }) {
      await ask(engine, { type: "heartbeat", agentId });
      return create(HeartbeatResponseSchema);
    },
    async deregister({ agentId }) {
      await ask(engine, { type: "deregister", agentId });
      return create(DeregisterResponseSchema);
    },
    async getAgent({ agentId }) {
      const { agent } = await ask(engine, { type: "getAgent", agentId });
      return create(GetAgentResponseSchema, { agent: encodeAgent(agent) });
    },
    async find({ query, tools, limit }) {
      const { agents } = await ask(engine, { type: "find", query, tools, limit });
      return create(FindResponseSchema, { agents: boundedList(AgentInfoSchema, agents, encodeAgent) });
    },
    // Not async: the watch is in force when the request has been read, before the next one on the connection.
    watch({ topics }, { signal }) {
      const filter = topicFilter(topics);
      watches.demandRoom();
      return watches.subscribe(filter, signal);
    },
  };
}

function leaseService(engine: Engine): ServiceImpl<typeof LeaseService> {
  return {
    async acquireLease({ taskId, agentId, ttlSeconds }) {
      const { acquired, lease } = await ask(engine, { type: "acquireLease", taskId, agentId, ttlSeconds });
      const response = create(AcquireLeaseResponseSchema);
      response.acquired = acquired;
      response.lease = encodeLease(lease);
      return response;
    },
    async renewLease({ taskId, agentId, token, ttlSeconds }) {
      const command: CommandOf<"renewLease"> = {
        type: "renewLease",
        taskId,
        agentId,
        token: token?.value ?? 0n,
        ttlSeconds,
      };
      const { lease } = await ask(engine, command);
      return create(RenewLeaseResponseSchema, { lease: encodeLease(lease) });
    },
    async releaseLease({ taskId, agentId, token }) {
      await ask(engine, { type: "releaseLease", taskId, agentId, token: token?.value ?? 0n });
      return create(ReleaseLeaseResponseSchema);
    },
  };
}

function electionService(engine: Engine, watches: Watches): ServiceImpl<typeof ElectionService> {
  return {
    async campaign({ group, agentId }) {
      const { election } = await ask(engine, { type: "campaign", group, agentId });
      return create(CampaignResponseSchema, { state: encodeElection(election) });
    },
    async resign({ group, agentId }) {
      await ask(engine, { type: "resign", group, agentId });
      return create(ResignResponseSchema);
    },
    watchElection({ group }, context) {
      const refusal = checkText("group", group, limits.group);
      if (refusal !== undefined) {
        throw refusalError(refusal);
      }
      watches.demandRoom();
      context.responseHeader.set(latestFirstHeader, "1");
      const latest = watches.latestLeaderChange(group);
      return watches.subscribe(
        (event) => "election" in event && event.election.group === group,
        context.signal,
        latest === undefined ? [] : [latest],
      );
    },
  };
}

function entitlementsService(engine: Engine): ServiceImpl<typeof EntitlementsService> {
  return {
    async setPolicy({ policy }) {
      const { id = "", subject = "", action = "", resource = "", effect } = policy ?? {};
      const reply = await ask(engine, {
        type: "setPolicy",
        policy: { id, subject, action, resource, effect: readEffect(effect) },
      });
      return create(SetPolicyResponseSchema, { policy: encodePolicy(reply.policy) });
    },
    async deletePolicy({ id }) {
      await ask(engine, { type: "deletePolicy", id });
      return create(DeletePolicyResponseSchema);
    },
    async listPolicies({ subjectPrefix }) {
      const { policies } = await ask(engine, { type: "listPolicies", subjectPrefix });
      return create(ListPoliciesResponseSchema, {
        policies: boundedList(PolicySchema, policies, encodePolicy),
      });
    },
    async checkPolicy({ subject, action, resource }) {
      const { allowed, reason } = await ask(engine, { type: "checkPolicy", subject, action, resource });
      return create(CheckPolicyResponseSchema, { allowed, reason });
    },
  };
}

function taskService(engine: Engine): ServiceImpl<typeof TaskService> {
  return {
    async createTask({ type, input, requiredTools, maxRetries, ttlSeconds }) {
      const { task } = await ask(engine, {
        type: "createTask",
        id: `task:${randomUUID()}`,
        taskType: type,
        // The request's bytes are a view into a larger buffer, which a stored task must not keep alive.
        input: input.slice(),
        requiredTools,
        maxRetries,
        ttlSeconds,
      });
      return create(CreateTaskResponseSchema, { task: encodeTask(task) });
    },
    async claimTask({ agentId }, { signal }) {
      const { task } = await ask(engine, { type: "claimTask", agentId }, { signal });
      return create(ClaimTaskResponseSchema, task === undefined ? {} : { task: encodeTask(task) });
    },
    async completeTask({ taskId, agentId, output }) {
      await ask(engine, { type: "completeTask", taskId, agentId, output: output.slice() });
      return create(CompleteTaskResponseSchema);
    },
    async failTask({ taskId, agentId, reason }) {
      await ask(engine, { type: "failTask", taskId, agentId, reason });
      return create(FailTaskResponseSchema);
    },
    async getTask({ taskId }) {
      const { task } = await ask(engine, { type: "getTask", taskId });
      return create(GetTaskResponseSchema, { task: encodeTask(task) });
    },
    async listTasks({ status }) {
      const wanted = readTaskStatus(status);
      if (wanted === undefined && status !== TaskStatus.UNSPECIFIED) {
        // No task has a status that this wire does not know.
        return create(ListTasksResponseSchema);
      }
      const { tasks } = await ask(engine, { type: "listTasks", status: wanted });
      return create(ListTasksResponseSchema, { tasks: boundedList(TaskSchema, tasks, encodeTask) });
    },
  };
}

function readEffect(effect: PolicyEffect | undefined): EffectView | "unspecified" {
  switch (effect) {
    case PolicyEffect.ALLOW:
      return "allow";
    case PolicyEffect.DENY:
      return "deny";
    default:
      return "unspecified";
  }
}
