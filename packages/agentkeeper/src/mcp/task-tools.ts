// Tools for the queue of work: put a task in, look at one, claim the next, and say how it went.
import { isServiceError } from "@x/core/base";
import { defineTool, type Tool } from "@x/core/mcp";
import { z } from "zod";
import type { AgentKeeperClient } from "../client/client.ts";
import type { TaskDetail } from "../types.ts";
import { taskFields } from "./encode.ts";
import type { Identity } from "./identity.ts";

const taskId = z.string().min(1).describe("The task_id of the task");

/** Tools that need no identity. */
export function taskTools(client: AgentKeeperClient): readonly Tool[] {
  return [
    defineTool({
      name: "create_task",
      description:
        "Puts a task into the queue for any agent that has the required tools. Look at its status with get_task.",
      input: {
        type: z.string().min(1).describe("What kind of work it is, such as summarize"),
        input: z.string().default("").describe("All that who works on it must know; up to 1 MiB"),
        required_tools: z
          .array(z.string())
          .default([])
          .describe("Only agents with all of these tools get it"),
        max_retries: z
          .number()
          .int()
          .min(0)
          .max(1_000)
          .default(0)
          .describe("Failures after which it is tried again"),
        ttl_seconds: z
          .number()
          .int()
          .min(1)
          .max(604_800)
          .default(300)
          .describe("How long a claim holds when its agent falls silent"),
        idempotency_key: z.string().nullish().describe("A repeat with the same key answers the first task"),
      },
      hints: { readOnlyHint: false },
      async run({ type, input, required_tools, max_retries, ttl_seconds, idempotency_key }, { signal }) {
        const task = await client.createTask({
          type,
          input,
          requiredTools: required_tools,
          maxRetries: max_retries,
          ttlSeconds: ttl_seconds,
          signal,
          ...(idempotency_key ? { idempotencyKey: idempotency_key } : {}),
        });
        return taskFields(task);
      },
    }),

    defineTool({
      name: "get_task",
      description:
        "Tells where a task stands: PENDING, CLAIMED, COMPLETED (then output is its result), FAILED or DEAD (then failure_reason says why).",
      input: { task_id: taskId },
      hints: { readOnlyHint: true },
      run: async ({ task_id }, { signal }) => taskFields(await client.getTask(task_id, { signal })),
    }),
  ];
}

/** Tools of an agent that works on tasks. */
export function claimTools(client: AgentKeeperClient, identity: Identity): readonly Tool[] {
  /** A claim is a lease on the task's id, which is renewed until the task has ended. */
  const keep = async ({ id, ttlSeconds }: TaskDetail, agentId: string): Promise<boolean> => {
    try {
      const claim = await client.acquireLease(id, agentId, { ttlSeconds, autoRenew: true });
      if (claim !== null) {
        identity.hold(claim);
      }
      return claim !== null;
    } catch (error) {
      // The claim itself stands, for as long as its time lasts; who claimed must learn of it.
      if (isServiceError(error)) {
        return false;
      }
      throw error;
    }
  };
  return [
    defineTool({
      name: "claim_task",
      description:
        "Takes the next task that this agent can do; no other agent gets it. The claim is kept while this server runs, until complete_task or fail_task. task=null means that there was none in this time.",
      input: {
        types: z.array(z.string()).default([]).describe("Only tasks of these types"),
        wait_seconds: z.number().min(0).max(3_600).default(0).describe("How long to wait for one"),
      },
      hints: { readOnlyHint: false },
      async run({ types, wait_seconds }, { signal, progress }) {
        const agentId = await identity.act();
        if (wait_seconds > 0) {
          progress("waiting for a task", wait_seconds);
        }
        const waitTimeoutMs = wait_seconds * 1_000;
        const task = await client.tryClaimTask(agentId, { types, waitTimeoutMs, signal });
        if (task === null) {
          return { task: null };
        }
        if (signal.aborted) {
          // Nobody reads of a task that came too late: another agent gets it.
          const claim = await client.acquireLease(task.id, agentId);
          await claim?.release();
          return { task: null };
        }
        const kept = await keep(task, agentId);
        return { task: taskFields(task), claim_is_kept: kept, claim_ttl_seconds: task.ttlSeconds };
      },
    }),

    defineTool({
      name: "complete_task",
      description: "Ends a task that this agent has claimed, with its result.",
      input: { task_id: taskId, output: z.string().default("").describe("The result; up to 1 MiB") },
      hints: { readOnlyHint: false, idempotentHint: true },
      async run({ task_id, output }, { signal }) {
        await client.completeTask(task_id, await identity.act(), { output, signal });
        identity.held(task_id)?.abandon();
        return { completed: true, task_id };
      },
    }),

    defineTool({
      name: "fail_task",
      description:
        "Gives a task that this agent has claimed up. It goes back into the queue while it has retries left, else it is dead.",
      input: { task_id: taskId, reason: z.string().default("").describe("What went wrong; up to 8 KiB") },
      hints: { readOnlyHint: false, destructiveHint: true },
      async run({ task_id, reason }, { signal }) {
        await client.failTask(task_id, await identity.act(), { reason, signal });
        identity.held(task_id)?.abandon();
        return { failed: true, task_id };
      },
    }),
  ];
}
