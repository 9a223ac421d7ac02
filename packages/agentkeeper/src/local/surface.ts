// The five services of the wire: requests become commands of the rules, replies become messages.
import { randomUUID } from "node:crypto";
import { create, type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { Code, type ServiceImpl } from "@connectrpc/connect";
import type { GrpcRoutes } from "@x/core/rpc";
import {
  AcquireLeaseResponseSchema,
  type AgentCard,
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
  RegisterResponseSchema,
  RegistryService,
  ReleaseLeaseResponseSchema,
  RenewLeaseResponseSchema,
  ResignResponseSchema,
  SetPolicyResponseSchema,
  TaskService,
  TaskStatus,
} from "../gen/agentkeeper/v1/agentkeeper_pb.ts";
import { encodeAgent, encodeElection, encodeLease, encodePolicy, encodeTask } from "../wire/encode.ts";
import { latestFirstHeader } from "../wire/headers.ts";
import type { CardView, EffectView } from "../wire/views.ts";
import type { CommandOf } from "./commands.ts";
import type { Keeper } from "./keeper.ts";
import { checkText, checkTexts, limits } from "./limits.ts";
import { refusalError, statusError } from "./status.ts";

export interface SurfaceOptions {
  /** Watch streams that may be open at once. */
  readonly maxWatchers: number;
}

/** The official client refuses messages above 4 MiB; an answer stays below this. */
const largestAnswerBytes = 4_000_000;

/** All services of `agentkeeper.v1` on one router. */
export function routes(keeper: Keeper, options: SurfaceOptions): GrpcRoutes {
  return (router) => {
    router.service(RegistryService, registryService(keeper, options));
    router.service(LeaseService, leaseService(keeper));
    router.service(ElectionService, electionService(keeper, options));
    router.service(EntitlementsService, entitlementsService(keeper));
    router.service(TaskService, taskService(keeper));
  };
}

function registryService(keeper: Keeper, options: SurfaceOptions): ServiceImpl<typeof RegistryService> {
  return {
    async register({ card, ttlSeconds }) {
      const agentId = randomUUID();
      const reply = await keeper.run({ type: "register", agentId, card: readCard(card), ttlSeconds });
      return create(RegisterResponseSchema, { agentId: reply.agentId });
    },
    async heartbeat({ agentId }) {
      await keeper.run({ type: "heartbeat", agentId });
      return create(HeartbeatResponseSchema);
    },
    async deregister({ agentId }) {
      await keeper.run({ type: "deregister", agentId });
      return create(DeregisterResponseSchema);
    },
    async getAgent({ agentId }) {
      const { agent } = await keeper.run({ type: "getAgent", agentId });
      return create(GetAgentResponseSchema, { agent: encodeAgent(agent) });
    },
    async find({ query, tools, limit }) {
      const { agents } = await keeper.run({ type: "find", query, tools, limit });
      return bounded(FindResponseSchema, create(FindResponseSchema, { agents: agents.map(encodeAgent) }));
    },
    // Not async: the watch is in force when the request has been read, before the next one on the connection.
    watch({ topics }) {
      const refusal = checkTexts(
        "topics",
        topics.filter((topic) => topic !== ""),
        { count: limits.topicsCount, bytes: limits.topic },
      );
      if (refusal !== undefined) {
        throw refusalError(refusal);
      }
      demandWatcher(keeper, options);
      return keeper.watch(
        topics.length === 0
          ? () => true
          : ({ event }) => topics.some((prefix) => event.topic.startsWith(prefix)),
      );
    },
  };
}

function leaseService(keeper: Keeper): ServiceImpl<typeof LeaseService> {
  return {
    async acquireLease({ taskId, agentId, ttlSeconds }) {
      const { acquired, lease } = await keeper.run({ type: "acquireLease", taskId, agentId, ttlSeconds });
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
      const { lease } = await keeper.run(command);
      return create(RenewLeaseResponseSchema, { lease: encodeLease(lease) });
    },
    async releaseLease({ taskId, agentId, token }) {
      await keeper.run({ type: "releaseLease", taskId, agentId, token: token?.value ?? 0n });
      return create(ReleaseLeaseResponseSchema);
    },
  };
}

function electionService(keeper: Keeper, options: SurfaceOptions): ServiceImpl<typeof ElectionService> {
  return {
    async campaign({ group, agentId }) {
      const { election } = await keeper.run({ type: "campaign", group, agentId });
      return create(CampaignResponseSchema, { state: encodeElection(election) });
    },
    async resign({ group, agentId }) {
      await keeper.run({ type: "resign", group, agentId });
      return create(ResignResponseSchema);
    },
    watchElection({ group }, context) {
      const refusal = checkText("group", group, limits.group);
      if (refusal !== undefined) {
        throw refusalError(refusal);
      }
      demandWatcher(keeper, options);
      context.responseHeader.set(latestFirstHeader, "1");
      const latest = keeper.latestLeaderChange(group);
      return keeper.watch(
        ({ event }) => "election" in event && event.election.group === group,
        latest === undefined ? [] : [latest],
      );
    },
  };
}

function entitlementsService(keeper: Keeper): ServiceImpl<typeof EntitlementsService> {
  return {
    async setPolicy({ policy }) {
      const { id = "", subject = "", action = "", resource = "", effect } = policy ?? {};
      const reply = await keeper.run({
        type: "setPolicy",
        policy: { id, subject, action, resource, effect: readEffect(effect) },
      });
      return create(SetPolicyResponseSchema, { policy: encodePolicy(reply.policy) });
    },
    async deletePolicy({ id }) {
      await keeper.run({ type: "deletePolicy", id });
      return create(DeletePolicyResponseSchema);
    },
    async listPolicies({ subjectPrefix }) {
      const { policies } = await keeper.run({ type: "listPolicies", subjectPrefix });
      const response = create(ListPoliciesResponseSchema, { policies: policies.map(encodePolicy) });
      return bounded(ListPoliciesResponseSchema, response);
    },
    async checkPolicy({ subject, action, resource }) {
      const { allowed, reason } = await keeper.run({ type: "checkPolicy", subject, action, resource });
      return create(CheckPolicyResponseSchema, { allowed, reason });
    },
  };
}

function taskService(keeper: Keeper): ServiceImpl<typeof TaskService> {
  return {
    async createTask({ type, input, requiredTools, maxRetries, ttlSeconds }) {
      const { task } = await keeper.run({
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
      const { task } = await keeper.run({ type: "claimTask", agentId }, { signal });
      return create(ClaimTaskResponseSchema, task === undefined ? {} : { task: encodeTask(task) });
    },
    async completeTask({ taskId, agentId, output }) {
      await keeper.run({ type: "completeTask", taskId, agentId, output: output.slice() });
      return create(CompleteTaskResponseSchema);
    },
    async failTask({ taskId, agentId, reason }) {
      await keeper.run({ type: "failTask", taskId, agentId, reason });
      return create(FailTaskResponseSchema);
    },
    async getTask({ taskId }) {
      const { task } = await keeper.run({ type: "getTask", taskId });
      return create(GetTaskResponseSchema, { task: encodeTask(task) });
    },
    async listTasks({ status }) {
      const { tasks } = await keeper.run({ type: "listTasks", status: readTaskStatus(status) });
      return bounded(
        ListTasksResponseSchema,
        create(ListTasksResponseSchema, { tasks: tasks.map(encodeTask) }),
      );
    },
  };
}

function demandWatcher(keeper: Keeper, { maxWatchers }: SurfaceOptions): void {
  if (keeper.watchers >= maxWatchers) {
    throw statusError(
      Code.ResourceExhausted,
      "TOO_MANY_WATCHERS",
      `${maxWatchers} watches are open, which is the daemon's limit (--max-watchers)`,
    );
  }
}

/** Refuses an answer that the official client could not receive. */
function bounded<Schema extends DescMessage>(
  schema: Schema,
  response: MessageShape<Schema>,
): MessageShape<Schema> {
  const bytes = toBinary(schema, response).length;
  if (bytes > largestAnswerBytes) {
    throw statusError(
      Code.ResourceExhausted,
      "RESULT_TOO_LARGE",
      `the answer would have ${bytes} bytes, above the ${largestAnswerBytes} that every client can receive; ask for less`,
      { bytes: String(bytes), limit: String(largestAnswerBytes) },
    );
  }
  return response;
}

function readCard(card: AgentCard | undefined): CardView {
  return {
    name: card?.name ?? "",
    description: card?.description ?? "",
    version: card?.version ?? "",
    capabilities: (card?.capabilities ?? []).map(({ name, description }) => ({ name, description })),
    tools: card?.tools ?? [],
    metadata: card?.metadata ?? {},
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

function readTaskStatus(status: TaskStatus): CommandOf<"listTasks">["status"] {
  switch (status) {
    case TaskStatus.PENDING:
      return "pending";
    case TaskStatus.CLAIMED:
      return "claimed";
    case TaskStatus.COMPLETED:
      return "completed";
    case TaskStatus.FAILED:
      return "failed";
    case TaskStatus.DEAD:
      return "dead";
    default:
      return undefined;
  }
}
