// How an agent ends, by its own word or by silence, and all that follows from it.
import { refuseWaitersOf } from "./claims.ts";
import { refuseLeaseWaitersOf } from "./lease-queue.ts";
import { compareUtf8 } from "./lists/utf8-order.ts";
import { type CommandOf, done, type Replies } from "./model/commands.ts";
import type { DeathCause } from "./model/records.ts";
import { isRefusal, type Refusal } from "./model/refusal.ts";
import type { Agent, State } from "./model/state.ts";
import type { KeeperTurn } from "./model/turn.ts";
import { actingAgent } from "./registry.ts";
import { loseClaim } from "./tasks.ts";

/** How many of those that have ended are remembered. */
export interface DeathRules {
  /** How many records of dead agents are kept. */
  readonly deadRetention: number;
  /** How many finished tasks are kept. */
  readonly finishedRetention: number;
}

export function deregister(
  state: State,
  command: CommandOf<"deregister">,
  turn: KeeperTurn,
  rules: DeathRules,
): Replies["deregister"] | Refusal {
  const agent = actingAgent(state, command.agentId);
  if (!isRefusal(agent)) {
    die(state, agent, "deregistered", turn, rules);
    return done;
  }
  return agent.refused === "AGENT_DEAD" ? done : agent;
}

/** Time has passed an agent's deadline: its first missed one makes it unreachable, the second ends it. */
export function miss(state: State, agent: Agent, turn: KeeperTurn, rules: DeathRules): void {
  if (agent.status === "alive") {
    turn.emit({ type: "agent.unreachable", agentId: agent.agentId, lastHeartbeatAt: agent.lastHeartbeatAt });
  } else {
    die(state, agent, "heartbeat_timeout", turn, rules);
  }
}

/** Death and all that follows from it, as one consecutive block of records. */
export function die(
  state: State,
  agent: Agent,
  cause: DeathCause,
  turn: KeeperTurn,
  rules: DeathRules,
): void {
  const { agentId } = agent;
  const leases = [...agent.leases].sort(compareUtf8);
  const ledGroups = [...agent.groups]
    .filter((group) => state.elections.get(group)?.leaderAgentId === agentId)
    .sort(compareUtf8);
  turn.emit({ type: "agent.died", agentId, cause, lastHeartbeatAt: agent.lastHeartbeatAt });
  for (const taskId of leases) {
    turn.emit({ type: "lease.released", taskId, holderDied: true });
    const task = state.tasks.get(taskId);
    if (task?.status === "claimed") {
      loseClaim(state, task, "agent died", turn, rules.finishedRetention);
    }
  }
  for (const group of ledGroups) {
    turn.emit({
      type: "leader.changed",
      group,
      leaderAgentId: state.elections.get(group)?.candidates[0] ?? "",
    });
  }
  for (const forgotten of state.dead) {
    if (state.dead.size <= rules.deadRetention) {
      break;
    }
    turn.emit({ type: "agent.forgotten", agentId: forgotten });
  }
  refuseWaitersOf(state, agentId, turn);
  refuseLeaseWaitersOf(state, agentId, turn);
}
