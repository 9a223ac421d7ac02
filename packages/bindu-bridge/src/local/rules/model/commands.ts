// Every command, and what it is answered when it is not refused.
import type {
  Agent,
  Artifact,
  DeadDelivery,
  Delivery,
  Extra,
  Feedback,
  Message,
  NewMessage,
  PushConfig,
  Task,
  TaskEvent,
  TaskTurn,
  TurnEnd,
} from "./entities.ts";

interface OfTask {
  readonly agentId: string;
  readonly taskId: string;
}

/** A turn of a task, by its index. */
export interface TurnRef extends OfTask {
  /** That of the task: another one may have come to its id since. */
  readonly place: number;
  readonly turn: number;
}

/** A piece of an artifact. */
export interface Piece {
  readonly artifact: Artifact;
  readonly append: boolean;
  readonly last: boolean;
}

export type PushOutcome =
  | { readonly kind: "delivered" }
  | { readonly kind: "retry"; readonly afterMs: number }
  | { readonly kind: "dead"; readonly reason: string };

export type Command =
  | {
      readonly type: "register";
      readonly agent: Pick<Agent, "agentId" | "did" | "config" | "skills" | "callbacks">;
    }
  | { readonly type: "unregister"; readonly agentId: string }
  | { readonly type: "getAgent"; readonly agentId: string }
  /** Whether it is registered; the rest of a heartbeat is volatile. */
  | { readonly type: "heartbeat"; readonly agentId: string }
  | (OfTask & {
      readonly type: "send";
      /** What becomes of an id that is not known, or known. */
      readonly create: "if_absent" | "never" | "always";
      /** The context that was named. */
      readonly contextId: string | null;
      /** That of a new task whose message names none. */
      readonly newContextId: string;
      readonly message: Omit<NewMessage, "contextId">;
      readonly metadata?: Extra;
      /** Whether the handler may answer by a message without a task. */
      readonly direct: boolean;
      /** Whether somebody reads the answer as it grows. */
      readonly stream: boolean;
      readonly headers?: TaskTurn["headers"];
      readonly push?: PushConfig;
      /** A repeat with the same key begins no turn. */
      readonly key?: { readonly key: string; readonly hash: string };
    })
  | (OfTask & { readonly type: "getTask" })
  /** Those that nobody hides, in the order in which they came. */
  | { readonly type: "listTasks"; readonly agentId: string; readonly contextId: string | null }
  | (OfTask & { readonly type: "readEvents"; readonly after: number })
  | (OfTask & { readonly type: "cancelTask" })
  | (OfTask & { readonly type: "addFeedback"; readonly feedback: Omit<Feedback, "atMs"> })
  | { readonly type: "listContexts"; readonly agentId: string }
  | { readonly type: "clearContext"; readonly agentId: string; readonly contextId: string }
  /** One of the dialect replaces the one of the dialect, one of A2A that with its id. */
  | (OfTask & { readonly type: "setPush"; readonly config: PushConfig })
  /** With a form, the one of the dialect; without, any that has the id. */
  | (OfTask & { readonly type: "deletePush"; readonly configId: string; readonly form: "bindu" | null })
  /** What is due to webhooks of a form; each is given once until its outcome is told. */
  | { readonly type: "takePushes"; readonly form: PushConfig["form"]; readonly limit: number }
  | (OfTask & {
      readonly type: "endPush";
      readonly configId: string;
      /** The number of the event that was taken. */
      readonly n: number;
      readonly outcome: PushOutcome;
    })
  /** What was given up, newest last. */
  | { readonly type: "listDead"; readonly agentId: string }
  /** What the handler is to be given. */
  | { readonly type: "readTurns"; readonly turns: readonly TurnRef[] }
  | (TurnRef & { readonly type: "addPieces"; readonly pieces: readonly Piece[] })
  | (TurnRef & {
      readonly type: "endTurn";
      readonly state: TurnEnd;
      readonly message?: Omit<NewMessage, "contextId">;
      /** Whether the message says why the state is what it is, instead of being an answer. */
      readonly said: boolean;
      /** The answer is a message without a task, where the turn allows that. */
      readonly direct: boolean;
      readonly pieces: readonly Piece[];
    })
  /** The server stops: no turn begins any more. Volatile. */
  | { readonly type: "drain" };

export type CommandOf<Type extends Command["type"]> = Extract<Command, { readonly type: Type }>;

/** What a handler is given. */
export interface TurnInput {
  readonly agent: Agent;
  readonly task: Task;
  readonly turn: TaskTurn;
  /** Tasks whose histories come before that of the task itself. */
  readonly before: readonly Task[];
}

/** A delivery that is due. */
export interface DuePush extends OfTask {
  readonly contextId: string;
  readonly config: PushConfig;
  readonly delivery: Delivery;
  /** When the task began: with its id, that of the webhook and the number of the event it names a delivery for ever. */
  readonly taskMs: number;
  /** The message that came with the event. */
  readonly message: Message | undefined;
  /** How often it was tried before, and since when. */
  readonly attempts: number;
  readonly sinceMs: number;
}

export interface Replies {
  readonly register: { readonly agent: Agent; readonly before: Agent | undefined };
  readonly unregister: { readonly agent: Agent };
  readonly getAgent: { readonly agent: Agent };
  readonly heartbeat: { readonly known: boolean };
  /** The task as it was when the message came; a replay has the task as it is. */
  readonly send: { readonly task: Task; readonly turn: number; readonly replayed: boolean };
  readonly getTask: { readonly task: Task };
  readonly listTasks: { readonly tasks: readonly Task[] };
  /** `firstN`: the number of the oldest event that is kept; one above the newest where none is. */
  readonly readEvents: {
    readonly task: Task;
    readonly events: readonly TaskEvent[];
    readonly firstN: number;
  };
  readonly cancelTask: { readonly task: Task };
  readonly addFeedback: { readonly task: Task };
  readonly listContexts: {
    readonly contexts: readonly { readonly contextId: string; readonly taskIds: readonly string[] }[];
  };
  readonly clearContext: { readonly taskIds: readonly string[] };
  readonly setPush: { readonly config: PushConfig };
  readonly deletePush: { readonly config: PushConfig | undefined };
  /** `nextMs`: when the next one is due that is not yet; `Infinity` for none. */
  readonly takePushes: { readonly due: readonly DuePush[]; readonly nextMs: number };
  readonly endPush: object;
  readonly listDead: { readonly dead: readonly DeadDelivery[] };
  /** `undefined` for a turn that runs no more. */
  readonly readTurns: { readonly inputs: readonly (TurnInput | undefined)[] };
  readonly addPieces: object;
  readonly endTurn: { readonly task: Task };
  readonly drain: object;
}
