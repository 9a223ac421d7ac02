// Calls that wait in line for the key of a test, and what they were answered.
import type { CommandOf } from "../../src/local/rules/model/commands.ts";
import { longLived } from "./steps.ts";
import type { World } from "./world.ts";

export type Wanted = Partial<CommandOf<"acquireLease">>;

export const asking = (agentId: string, more: Wanted = {}): CommandOf<"acquireLease"> => ({
  type: "acquireLease",
  taskId: "key",
  agentId,
  ttlSeconds: 60,
  ...more,
});
export const inLine = (world: World, agentId: string, more: Wanted = {}): number =>
  world.waits(asking(agentId, { waitMs: 600_000, ...more }));
export const agentsOf = (world: World, count: number): string[] =>
  Array.from({ length: count }, (_, index) => world.agent(`agent-${index}`, longLived));
/** Who holds the key. */
export const holder = (world: World): string | undefined => world.state.leases.get("key")?.agentId;

/** The answer that came to a call in line. */
export function answered(world: World, ticket: number): unknown {
  const reply = world.answers.get(ticket);
  return reply !== undefined && "acquired" in reply
    ? [reply.acquired, reply.lease.holderAgentId, reply.alreadyHeld]
    : reply;
}
