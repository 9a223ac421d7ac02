// What the journal holds, and the event that each record becomes.
import type {
  Agent,
  Artifact,
  Extra,
  Feedback,
  NewMessage,
  PushConfig,
  TaskEvent,
  TaskTurn,
  TurnEnd,
} from "./entities.ts";

interface OfTask {
  readonly agentId: string;
  readonly taskId: string;
}

export type BinduRecord =
  | { readonly type: "store.created" }
  | { readonly type: "store.restarted" }
  | { readonly type: "clock.paused"; readonly byMs: number }
  | { readonly type: "clock.corrected"; readonly byMs: number }
  | { readonly type: "agent.set"; readonly agent: Agent }
  | { readonly type: "agent.unregistered"; readonly agentId: string }
  /** A message begins a turn, of a new task or of one that waits for it. */
  | (OfTask & {
      readonly type: "turn.submitted";
      readonly contextId: string;
      readonly message: NewMessage;
      readonly metadata?: Extra;
      readonly direct: boolean;
      readonly stream: boolean;
      readonly headers?: TaskTurn["headers"];
      readonly push?: PushConfig;
      readonly key?: { readonly key: string; readonly hash: string };
    })
  | (OfTask & { readonly type: "turn.started" })
  | (OfTask & {
      readonly type: "artifact.added";
      readonly artifact: Artifact;
      readonly append: boolean;
      readonly last: boolean;
    })
  | (OfTask & {
      readonly type: "turn.ended";
      readonly state: TurnEnd;
      readonly message?: NewMessage;
      /** Whether the message says why the state is what it is. */
      readonly said: boolean;
      readonly hidden: boolean;
    })
  | (OfTask & { readonly type: "feedback.added"; readonly feedback: Omit<Feedback, "atMs"> })
  | (OfTask & { readonly type: "push.set"; readonly config: PushConfig })
  | (OfTask & { readonly type: "push.deleted"; readonly configId: string })
  /** The oldest delivery of a webhook is done, or is tried again. */
  | (OfTask & { readonly type: "push.delivered"; readonly configId: string })
  | (OfTask & { readonly type: "push.failed"; readonly configId: string; readonly nextMs: number })
  | (OfTask & { readonly type: "push.dead"; readonly configId: string; readonly reason: string })
  /** Whole tasks are gone: of a context that was cleared, or after their retention. */
  | { readonly type: "tasks.gone"; readonly agentId: string; readonly taskIds: readonly string[] }
  | { readonly type: "keys.gone"; readonly keys: readonly string[] };

/** What those who listen are told. */
export type BinduEvent =
  | {
      readonly type: "task";
      readonly agentId: string;
      readonly taskId: string;
      readonly place: number;
      /** Index of the turn. */
      readonly turn: number;
      readonly event: TaskEvent;
      /** Whether a webhook is to hear of it. */
      readonly pushed: boolean;
    }
  /** A message came, and no event of the task with it yet. */
  | { readonly type: "submitted"; readonly agentId: string; readonly taskId: string; readonly turn: number }
  | { readonly type: "gone"; readonly agentId: string; readonly taskIds: readonly string[] }
  | { readonly type: "agent"; readonly agentId: string };
