// Short forms of the commands that many tests give, with defaults for what a test does not care about.
import type { CommandOf, Replies } from "../../src/local/rules/model/commands.ts";
import type { AgentStatusView, LeaseView, TaskView } from "../../src/local/rules/model/views.ts";
import type { World } from "./world.ts";

/** Lives long enough that no test outlasts it. */
export const longLived = { ttlSeconds: 86_400 } as const;

export const noBytes: Uint8Array = new Uint8Array(0);

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function statusOf(world: World, agentId: string): AgentStatusView {
  return world.ok({ type: "getAgent", agentId }).agent.status;
}

export function heartbeat(world: World, agentId: string): void {
  world.ok({ type: "heartbeat", agentId });
}

export function deregister(world: World, agentId: string): void {
  world.ok({ type: "deregister", agentId });
}

export function find(world: World, options: Partial<CommandOf<"find">> = {}): string[] {
  const { agents } = world.ok({ type: "find", query: "", tools: [], limit: 0, ...options });
  return agents.map(({ agentId }) => agentId);
}

export function acquire(
  world: World,
  taskId: string,
  agentId: string,
  ttlSeconds = 0,
): Replies["acquireLease"] {
  return world.ok({ type: "acquireLease", taskId, agentId, ttlSeconds });
}

export function release(world: World, lease: LeaseView): void {
  const { taskId, holderAgentId: agentId, token } = lease;
  world.ok({ type: "releaseLease", taskId, agentId, token: BigInt(token) });
}

export function campaign(world: World, group: string, agentId: string): Replies["campaign"]["election"] {
  return world.ok({ type: "campaign", group, agentId }).election;
}

export function createTaskCommand(
  id: string,
  options: Partial<CommandOf<"createTask">> = {},
): CommandOf<"createTask"> {
  return {
    type: "createTask",
    id,
    taskType: "work",
    input: noBytes,
    requiredTools: [],
    maxRetries: 0,
    ttlSeconds: 0,
    ...options,
  };
}

export function createTask(
  world: World,
  id: string,
  options: Partial<CommandOf<"createTask">> = {},
): TaskView {
  return world.ok(createTaskCommand(id, options)).task;
}

/** Claims what is there. Fails the test if the call has to wait. */
export function claim(world: World, agentId: string): TaskView {
  const { task: claimed } = world.ok({ type: "claimTask", agentId });
  if (claimed === undefined) {
    throw new Error("there was nothing to claim");
  }
  return claimed;
}

export function task(world: World, taskId: string): TaskView {
  return world.ok({ type: "getTask", taskId }).task;
}

export function complete(world: World, taskId: string, agentId: string, output: Uint8Array = noBytes): void {
  world.ok({ type: "completeTask", taskId, agentId, output });
}

export function fail(world: World, taskId: string, agentId: string, reason = ""): void {
  world.ok({ type: "failTask", taskId, agentId, reason });
}

/** The reply that came to a call that had waited. */
export function answerTo(world: World, ticket: number): string {
  const reply = world.answers.get(ticket);
  if (reply === undefined) {
    return "still waiting";
  }
  if ("refused" in reply) {
    return reply.refused;
  }
  return "task" in reply && reply.task !== undefined ? reply.task.id : "answered";
}
