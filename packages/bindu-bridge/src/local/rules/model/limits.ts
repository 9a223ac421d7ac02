// Every bound of the rules in one place, and what an operator may choose of them.

export interface BinduRules {
  /** How long a finished task is kept, in milliseconds; one that is open is never let go. */
  readonly retentionMs: number;
  /** Finished tasks that are kept of one agent; above that the oldest go. */
  readonly keptTasks: number;
  /** What all tasks may hold together, in bytes; above that finished tasks go, oldest first. */
  readonly storedBytes: number;
}

export const defaultRules: BinduRules = {
  retentionMs: 7 * 86_400_000,
  keptTasks: 10_000,
  storedBytes: 512 * 1024 * 1024,
};

export const limits = {
  agents: 1_000,
  /** Turns that run at once, by agent. */
  running: 100,
  /** Open tasks of one agent: running, queued, or waiting for an answer. */
  openTasks: 10_000,
  /** Messages that wait for the turn of one task. */
  waiting: 100,
  /** What all messages that wait hold together. */
  bytesWaiting: 67_108_864,
  messagesOfTask: 1_000,
  bytesOfTask: 67_108_864,
  pushesOfTask: 20,
  /** Events that wait for one webhook; above that the oldest are given up. */
  deliveriesOfPush: 1_000,
  deadDeliveries: 1_000,
  deadMs: 604_800_000,
  feedbackOfTask: 100,
  /** Events of one task that are kept at least, and for how long more are. */
  events: 1_000,
  eventsMs: 86_400_000,
  /** An idempotency key is kept as long as its task, and at least so long. */
  keyMs: 86_400_000,
} as const;
