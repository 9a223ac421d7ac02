// Every reason that the rules refuse with: how it is provoked, and what a gRPC caller sees of it.
import { Code } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@x/core/rpc";
import { describe, expect, it } from "vitest";
import type { Command } from "../../src/local/rules/model/commands.ts";
import type { RefusalReason } from "../../src/local/rules/model/refusal.ts";
import { errorDomain, refusalError } from "../../src/local/surface/errors.ts";
import { acquire, claim, createTask, createTaskCommand, deregister, noBytes } from "./steps.ts";
import { card, createWorld, type World } from "./world.ts";

interface Case {
  readonly code: Code;
  readonly metadata: Readonly<Record<string, string>>;
  /** Sets the scene, and answers what is refused in it. */
  readonly provoke: (world: World, agentId: string) => Command;
}

const cases: { readonly [Reason in RefusalReason]: Case } = {
  FIELD_EMPTY: {
    code: Code.InvalidArgument,
    metadata: { field: "group" },
    provoke: (_, agentId) => ({ type: "campaign", group: "", agentId }),
  },
  FIELD_TOO_LONG: {
    code: Code.InvalidArgument,
    metadata: { field: "group", limit: "1024" },
    provoke: (_, agentId) => ({ type: "campaign", group: "g".repeat(1_025), agentId }),
  },
  TTL_OUT_OF_RANGE: {
    code: Code.InvalidArgument,
    metadata: { field: "ttl_seconds", limit: "86400" },
    provoke: () => ({ type: "register", agentId: "id", card: card("name"), ttlSeconds: 86_401 }),
  },
  LIMIT_OUT_OF_RANGE: {
    code: Code.InvalidArgument,
    metadata: { field: "limit", limit: "1000" },
    provoke: () => ({ type: "find", query: "", tools: [], limit: 1_001 }),
  },
  ELECTION_NOT_FOUND: {
    code: Code.NotFound,
    metadata: { group: "nobody's" },
    provoke: () => ({ type: "getElection", group: "nobody's" }),
  },
  PAGE_TOKEN_INVALID: {
    code: Code.InvalidArgument,
    metadata: { field: "page_token" },
    provoke: () => ({ type: "listElections", groupPrefix: "", page: { size: 0, token: "forged" } }),
  },
  EFFECT_UNSPECIFIED: {
    code: Code.InvalidArgument,
    metadata: { field: "effect" },
    provoke: () => ({
      type: "setPolicy",
      policy: { id: "id", subject: "s", action: "a", resource: "r", effect: "unspecified" },
    }),
  },
  RETRIES_OUT_OF_RANGE: {
    code: Code.InvalidArgument,
    metadata: { field: "max_retries", limit: "1000" },
    provoke: () => createTaskCommand("task", { maxRetries: 1_001 }),
  },
  LOSSES_OUT_OF_RANGE: {
    code: Code.InvalidArgument,
    metadata: { field: "max_lost", limit: "1000" },
    provoke: () => createTaskCommand("task", { maxLost: 1_001 }),
  },
  REQUEST_WITHDRAWN: {
    code: Code.FailedPrecondition,
    metadata: { request_id: "r" },
    provoke(world, agentId) {
      world.ok({ type: "withdraw", requestId: "r" });
      return { type: "claimTask", agentId, requestId: "r" };
    },
  },
  AGENT_NOT_FOUND: {
    code: Code.NotFound,
    metadata: { agent_id: "nobody" },
    provoke: () => ({ type: "heartbeat", agentId: "nobody" }),
  },
  AGENT_DEAD: {
    code: Code.NotFound,
    metadata: { agent_id: "id-1" },
    provoke: (world, agentId) => {
      deregister(world, agentId);
      return { type: "heartbeat", agentId };
    },
  },
  LEASE_NOT_HELD: {
    code: Code.NotFound,
    metadata: { task_id: "key" },
    provoke: (_, agentId) => ({ type: "releaseLease", taskId: "key", agentId, token: 1n }),
  },
  POLICY_NOT_FOUND: {
    code: Code.NotFound,
    metadata: { id: "none" },
    provoke: () => ({ type: "deletePolicy", id: "none" }),
  },
  TASK_NOT_FOUND: {
    code: Code.NotFound,
    metadata: { task_id: "none" },
    provoke: () => ({ type: "getTask", taskId: "none" }),
  },
  LEASE_TOKEN_MISMATCH: {
    code: Code.PermissionDenied,
    metadata: { task_id: "key" },
    provoke: (world, agentId) => {
      acquire(world, "key", agentId);
      return { type: "renewLease", taskId: "key", agentId, token: 1n, ttlSeconds: 0 };
    },
  },
  TASK_NOT_YOURS: {
    code: Code.PermissionDenied,
    metadata: { task_id: "task" },
    provoke: (world, agentId) => {
      createTask(world, "task");
      claim(world, agentId);
      return { type: "completeTask", taskId: "task", agentId: world.agent(), output: noBytes };
    },
  },
  NAME_TAKEN: {
    code: Code.AlreadyExists,
    metadata: { name: "taken" },
    provoke: () => ({ type: "register", agentId: "id", card: card("taken"), ttlSeconds: 0 }),
  },
  TASK_NOT_CLAIMED: {
    code: Code.FailedPrecondition,
    metadata: { task_id: "task" },
    provoke: (world, agentId) => {
      createTask(world, "task");
      return { type: "failTask", taskId: "task", agentId, reason: "" };
    },
  },
};

describe("errors", () => {
  it.each(Object.entries(cases))("AK-ERR-%s has its status, domain and metadata", (reason, expected) => {
    const world = createWorld({ uniqueNames: true });
    const command = expected.provoke(world, world.agent("taken"));
    world.fresh();
    const refusal = world.refused(command);
    expect(world.topics()).toEqual([]);
    expect(refusal).toMatchObject({ refused: reason, metadata: expected.metadata });
    expect(refusal.message).not.toBe("");
    const error = refusalError(refusal);
    expect(error.code).toBe(expected.code);
    expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
      { reason, domain: errorDomain, metadata: expected.metadata },
    ]);
    expect(errorDomain).toBe("agentkeeper");
  });
});
