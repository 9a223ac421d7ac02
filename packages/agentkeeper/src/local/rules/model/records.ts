// The records of the journal: every change of state, one small fact each. Replaying them rebuilds the state.
import type { CardView, PolicyView } from "./views.ts";

export type DeathCause = "deregistered" | "heartbeat_timeout" | "replaced";

export type KeeperRecord =
  /** The first record of a store. `tokenBase` is the token before the first grant. */
  | { readonly type: "store.created"; readonly logId: string; readonly tokenBase: number }
  /** The store is served again: every deadline counts afresh from here. */
  | { readonly type: "store.restarted" }
  /** The daemon slept, and every open deadline moved by so much. */
  | { readonly type: "clock.paused"; readonly byMs: number }
  /** The store was put back from a copy: its past is another one, and its tokens rise above all that were ever given. */
  | { readonly type: "store.restored"; readonly logId: string; readonly tokenBase: number }
  /** The wall clock was set; only timestamps follow it. */
  | { readonly type: "clock.corrected"; readonly byMs: number }
  | {
      readonly type: "agent.registered";
      readonly agentId: string;
      readonly card: CardView;
      readonly ttlSeconds: number;
      /** The caller's own name for the registration, which a repeat carries too. */
      readonly requestId?: string;
      /** Who was ended for it, so that a repeat is told too. */
      readonly replacedAgentId?: string;
    }
  /** `lastHeartbeatAt` here and below: what was volatile until now, so that a replay shows the same event. */
  | { readonly type: "agent.unreachable"; readonly agentId: string; readonly lastHeartbeatAt: number }
  | { readonly type: "agent.recovered"; readonly agentId: string }
  /** Ends every waiting candidacy of the agent too; its leases and leaderships end by records of their own. */
  | {
      readonly type: "agent.died";
      readonly agentId: string;
      readonly cause: DeathCause;
      readonly lastHeartbeatAt: number;
    }
  | { readonly type: "agent.forgotten"; readonly agentId: string }
  | {
      readonly type: "lease.acquired";
      readonly taskId: string;
      readonly agentId: string;
      readonly token: number;
      readonly ttlSeconds: number;
      /** Others wait so long after the lease has expired or its holder has died. */
      readonly lockDelayMs?: number;
      readonly requestId?: string;
    }
  | {
      readonly type: "lease.renewed";
      readonly taskId: string;
      readonly ttlSeconds: number;
      readonly lockDelayMs?: number;
      readonly requestId?: string;
    }
  | { readonly type: "lease.expired"; readonly taskId: string }
  | { readonly type: "lease.released"; readonly taskId: string; readonly holderDied?: boolean }
  /** The lock delay of a key is over. */
  | { readonly type: "key.unlocked"; readonly taskId: string }
  | { readonly type: "candidate.joined"; readonly group: string; readonly agentId: string }
  | { readonly type: "candidate.left"; readonly group: string; readonly agentId: string }
  /** The old leader leaves the group; `leaderAgentId` is "" when nobody is left to lead. */
  | { readonly type: "leader.changed"; readonly group: string; readonly leaderAgentId: string }
  | { readonly type: "policy.set"; readonly policy: PolicyView }
  | { readonly type: "policy.deleted"; readonly id: string }
  | {
      readonly type: "task.created";
      readonly id: string;
      readonly taskType: string;
      readonly input: Uint8Array;
      readonly requiredTools: readonly string[];
      readonly maxRetries: number;
      readonly ttlSeconds: number;
      readonly idempotencyKey?: string;
      readonly maxLost?: number;
    }
  | {
      readonly type: "task.claimed";
      readonly id: string;
      readonly agentId: string;
      readonly requestId?: string;
    }
  | { readonly type: "task.completed"; readonly id: string; readonly output: Uint8Array }
  | {
      readonly type: "task.requeued";
      readonly id: string;
      /** Absent when the claim was undone: then the task keeps what it said before. */
      readonly reason?: string;
      /** A failure counts; a lost claim does not. */
      readonly countsAsRetry: boolean;
      /** The claim expired, or its holder died. */
      readonly claimLost?: boolean;
      /** The task goes to the back of the queue, or back to the place it had. */
      readonly to: "back" | "old_place";
    }
  | {
      readonly type: "task.dead";
      readonly id: string;
      readonly reason: string;
      /** It ended with one lost claim too many. */
      readonly claimLost?: boolean;
    }
  | { readonly type: "task.forgotten"; readonly id: string };
