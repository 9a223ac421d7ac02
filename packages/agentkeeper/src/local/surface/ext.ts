// The services of our additive wire: the same rules, with more to ask and more to see.
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { linkSignals } from "@x/core/base";
import type { GrpcRoutes } from "@x/core/rpc";
import {
  ElectionExtService,
  GetElectionResponseSchema,
  ListElectionsResponseSchema,
} from "../../gen/agentkeeper/ext/v1/election_pb.ts";
import { EventService } from "../../gen/agentkeeper/ext/v1/event_pb.ts";
import {
  AcquireResponseSchema,
  GetLeaseResponseSchema,
  LeaseExtService,
  ListLeasesResponseSchema,
  ValidateFenceResponseSchema,
} from "../../gen/agentkeeper/ext/v1/lease_pb.ts";
import {
  BatchCheckPolicyResponseSchema,
  GetPolicyResponseSchema,
  PolicyCheckResultSchema,
  PolicyExtService,
} from "../../gen/agentkeeper/ext/v1/policy_pb.ts";
import {
  FindScoredResponseSchema,
  ListAgentsResponseSchema,
  RegisterAgentResponseSchema,
  RegistryExtService,
  ScoredAgentSchema,
} from "../../gen/agentkeeper/ext/v1/registry_pb.ts";
import { RequestService, WithdrawResponseSchema } from "../../gen/agentkeeper/ext/v1/request_pb.ts";
import { GetServerInfoResponseSchema, ServerService } from "../../gen/agentkeeper/ext/v1/server_pb.ts";
import {
  CancelTaskResponseSchema,
  ClaimTaskResponseSchema,
  CompleteTaskResponseSchema,
  CreateTaskResponseSchema,
  FailTaskResponseSchema,
  ListTasksResponseSchema,
  TaskExtService,
} from "../../gen/agentkeeper/ext/v1/task_pb.ts";
import { AgentStatus } from "../../gen/agentkeeper/v1/agentkeeper_pb.ts";
import { durationOf, millisecondsOf } from "../../wire/duration.ts";
import { timestampOf } from "../../wire/timestamp.ts";
import type { Engine } from "../engine/engine.ts";
import type { AgentStatusView } from "../rules/model/views.ts";
import { encodeAgent, encodeLease, encodePolicy } from "./encode.ts";
import {
  encodeAgentDetail,
  encodeElectionDetail,
  encodeLeaseDetail,
  encodeTaskDetail,
  encodeToken,
} from "./encode-details.ts";
import { replayWatch } from "./replay-watch.ts";
import { ask, boundedList, readCard, readTaskStatus } from "./shared.ts";
import type { Watches } from "./watches.ts";

/** What the daemon says about itself. */
export interface ServerFacts {
  readonly version: string;
  readonly persistent: boolean;
  /** `HOST:PORT` of the operator's port, "" without one. Known only after it is bound. */
  metricsAddress(): string;
  /** The present wall time in milliseconds. */
  wall(): number;
}

/** All services of `agentkeeper.ext.v1` on one router. */
export function extRoutes(engine: Engine, facts: ServerFacts, watches: Watches): GrpcRoutes {
  return (router) => {
    router.service(ServerService, serverService(engine, facts));
    router.service(RegistryExtService, registryService(engine));
    router.service(LeaseExtService, leaseService(engine));
    router.service(ElectionExtService, electionService(engine));
    router.service(PolicyExtService, policyService(engine));
    router.service(TaskExtService, taskService(engine));
    router.service(RequestService, requestService(engine));
    router.service(EventService, {
      // Not async: the watch is in force when the request has been read, before the next one on the connection.
      watch(request, { signal }) {
        watches.demandRoom();
        // The call's own signal aborts with its end, and takes this one off the engine's.
        const until = linkSignals(signal, engine.stopping);
        const stream = replayWatch(engine, request, until.signal);
        watches.count(signal);
        return stream;
      },
    });
  };
}

function serverService(engine: Engine, facts: ServerFacts): ServiceImpl<typeof ServerService> {
  return {
    getServerInfo() {
      return create(GetServerInfoResponseSchema, {
        version: facts.version,
        logId: engine.logId,
        lastSequence: BigInt(engine.feed.last),
        firstRetainedSequence: BigInt(engine.feed.first),
        serverTime: timestampOf(facts.wall()),
        persistent: facts.persistent,
        metricsAddress: facts.metricsAddress(),
        name: "x-agentkeeper",
      });
    },
  };
}

function registryService(engine: Engine): ServiceImpl<typeof RegistryExtService> {
  return {
    async registerAgent({ card, ttlSeconds, requestId, replace, unique }) {
      const { detail, replacedAgentId } = await ask(engine, {
        type: "registerAgent",
        agentId: randomUUID(),
        card: readCard(card),
        ttlSeconds,
        requestId,
        replace,
        unique,
      });
      return create(RegisterAgentResponseSchema, { agent: encodeAgentDetail(detail), replacedAgentId });
    },
    async listAgents({ statuses, namePrefix, pageSize, pageToken }) {
      const { items, nextToken, sequence } = await ask(engine, {
        type: "listAgents",
        statuses: statuses.flatMap(readAgentStatus),
        namePrefix,
        page: { size: pageSize, token: pageToken },
      });
      return create(ListAgentsResponseSchema, {
        agents: items.map(encodeAgentDetail),
        nextPageToken: nextToken,
        sequence: BigInt(sequence),
      });
    },
    async findScored({ query, tools, limit, statuses, metadata, minScore }) {
      const { matches } = await ask(engine, {
        type: "findScored",
        query,
        tools,
        limit,
        statuses: statuses.flatMap(readAgentStatus),
        metadata,
        minScore,
      });
      return create(FindScoredResponseSchema, {
        matches: boundedList(ScoredAgentSchema, matches, ({ agent, score }) =>
          create(ScoredAgentSchema, { agent: encodeAgent(agent), score }),
        ),
      });
    },
  };
}

function leaseService(engine: Engine): ServiceImpl<typeof LeaseExtService> {
  return {
    async acquire({ taskId, agentId, ttlSeconds, requestId, wait, lockDelay }, { signal }) {
      const reply = await ask(
        engine,
        {
          type: "acquireLease",
          taskId,
          agentId,
          ttlSeconds,
          requestId,
          waitMs: millisecondsOf(wait) ?? 0,
          lockDelayMs: millisecondsOf(lockDelay) ?? 0,
        },
        { signal },
      );
      const response = create(AcquireResponseSchema, {
        acquired: reply.acquired,
        lease: encodeLease(reply.lease),
        alreadyHeld: reply.alreadyHeld,
      });
      if (reply.retryAfterMs !== undefined) {
        response.retryAfter = durationOf(reply.retryAfterMs);
      }
      return response;
    },
    async getLease({ taskId }) {
      const { detail } = await ask(engine, { type: "getLease", taskId });
      return create(GetLeaseResponseSchema, { lease: encodeLeaseDetail(detail) });
    },
    async listLeases({ taskIdPrefix, holderAgentId, pageSize, pageToken }) {
      const { items, nextToken, sequence } = await ask(engine, {
        type: "listLeases",
        taskIdPrefix,
        holderAgentId,
        page: { size: pageSize, token: pageToken },
      });
      return create(ListLeasesResponseSchema, {
        leases: items.map(encodeLeaseDetail),
        nextPageToken: nextToken,
        sequence: BigInt(sequence),
      });
    },
    async validateFence({ taskId, token }) {
      const { current, currentToken } = await ask(engine, {
        type: "validateFence",
        taskId,
        token: token?.value ?? 0n,
      });
      return create(ValidateFenceResponseSchema, { current, currentToken: encodeToken(currentToken) });
    },
  };
}

function electionService(engine: Engine): ServiceImpl<typeof ElectionExtService> {
  return {
    async getElection({ group }) {
      const { detail } = await ask(engine, { type: "getElection", group });
      return create(GetElectionResponseSchema, { election: encodeElectionDetail(detail) });
    },
    async listElections({ groupPrefix, pageSize, pageToken }) {
      const { items, nextToken, sequence } = await ask(engine, {
        type: "listElections",
        groupPrefix,
        page: { size: pageSize, token: pageToken },
      });
      return create(ListElectionsResponseSchema, {
        elections: items.map(encodeElectionDetail),
        nextPageToken: nextToken,
        sequence: BigInt(sequence),
      });
    },
  };
}

function policyService(engine: Engine): ServiceImpl<typeof PolicyExtService> {
  return {
    async getPolicy({ id }) {
      const { policy } = await ask(engine, { type: "getPolicy", id });
      return create(GetPolicyResponseSchema, { policy: encodePolicy(policy) });
    },
    async batchCheckPolicy({ checks }) {
      const { results, sequence } = await ask(engine, { type: "batchCheckPolicy", checks });
      return create(BatchCheckPolicyResponseSchema, {
        results: boundedList(PolicyCheckResultSchema, results, ({ allowed, reason, determiningIds }) =>
          create(PolicyCheckResultSchema, { allowed, reason, determiningPolicyIds: [...determiningIds] }),
        ),
        sequence: BigInt(sequence),
      });
    },
  };
}

function taskService(engine: Engine): ServiceImpl<typeof TaskExtService> {
  return {
    async createTask({ type, input, requiredTools, maxRetries, maxLost, ttlSeconds, idempotencyKey }) {
      const { detail, created } = await ask(engine, {
        type: "createTask",
        id: `task:${randomUUID()}`,
        taskType: type,
        input: input.slice(),
        requiredTools,
        maxRetries,
        maxLost,
        ttlSeconds,
        idempotencyKey,
      });
      return create(CreateTaskResponseSchema, { task: encodeTaskDetail(detail), created });
    },
    async claimTask({ agentId, types, wait, requestId }, { signal }) {
      const { detail } = await ask(
        engine,
        { type: "claimTask", agentId, types, waitMs: millisecondsOf(wait), requestId },
        { signal },
      );
      return create(ClaimTaskResponseSchema, detail === undefined ? {} : { task: encodeTaskDetail(detail) });
    },
    async completeTask({ taskId, agentId, token, output }) {
      const { detail } = await ask(engine, {
        type: "completeTask",
        taskId,
        agentId,
        output: output.slice(),
        token: token?.value ?? 0n,
      });
      return create(CompleteTaskResponseSchema, { task: encodeTaskDetail(detail) });
    },
    async failTask({ taskId, agentId, token, reason }) {
      const { detail } = await ask(engine, {
        type: "failTask",
        taskId,
        agentId,
        reason,
        token: token?.value ?? 0n,
      });
      return create(FailTaskResponseSchema, { task: encodeTaskDetail(detail) });
    },
    async listTasks({ statuses, type, pageSize, pageToken, withData }) {
      const { items, nextToken, sequence } = await ask(engine, {
        type: "listTaskPage",
        statuses: statuses.flatMap((status) => readTaskStatus(status) ?? []),
        taskType: type,
        withData,
        page: { size: pageSize, token: pageToken },
      });
      return create(ListTasksResponseSchema, {
        tasks: items.map(encodeTaskDetail),
        nextPageToken: nextToken,
        sequence: BigInt(sequence),
      });
    },
    async cancelTask({ taskId, reason }) {
      const { detail } = await ask(engine, { type: "cancelTask", taskId, reason });
      return create(CancelTaskResponseSchema, { task: encodeTaskDetail(detail) });
    },
  };
}

function requestService(engine: Engine): ServiceImpl<typeof RequestService> {
  return {
    async withdraw({ requestId }) {
      return create(WithdrawResponseSchema, await ask(engine, { type: "withdraw", requestId }));
    },
  };
}

function readAgentStatus(status: AgentStatus): AgentStatusView[] {
  switch (status) {
    case AgentStatus.ALIVE:
      return ["alive"];
    case AgentStatus.UNREACHABLE:
      return ["unreachable"];
    case AgentStatus.DEAD:
      return ["dead"];
    default:
      return [];
  }
}
