// The names of Bindu's dialect over HTTP, each written once: paths, methods of JSON-RPC, and the codes of its errors.

/** Paths below an agent's own URL. */
export const paths = {
  rpc: "/",
  card: "/.well-known/agent.json",
  /** The card of A2A 1.0, and where that face lives. */
  strictCard: "/.well-known/agent-card.json",
  a2a: "/a2a",
  skills: "/agent/skills",
  negotiation: "/agent/negotiation",
  resolveDid: "/did/resolve",
  health: "/health",
  metrics: "/metrics",
} as const;

/** Where one skill is described. */
export const skillPath = (name: string): string => `${paths.skills}/${encodeURIComponent(name)}`;

/** The methods of JSON-RPC. */
export const methods = {
  send: "message/send",
  stream: "message/stream",
  getTask: "tasks/get",
  listTasks: "tasks/list",
  cancelTask: "tasks/cancel",
  resubscribe: "tasks/resubscribe",
  feedback: "tasks/feedback",
  listContexts: "contexts/list",
  clearContext: "contexts/clear",
  setPush: "tasks/pushNotificationConfig/set",
  getPush: "tasks/pushNotificationConfig/get",
  listPush: "tasks/pushNotificationConfig/list",
  deletePush: "tasks/pushNotificationConfig/delete",
} as const;

/** The codes of JSON-RPC errors. -32001 stands for nearly everything that is not there. */
export const errorCodes = {
  invalid: -32_700,
  unknownMethod: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  notFound: -32_001,
  pushUnsupported: -32_005,
  skillNotFound: -32_030,
} as const;

/** States of a task. */
export const taskStates = [
  "submitted",
  "working",
  "input-required",
  "auth-required",
  "completed",
  "failed",
  "canceled",
  "rejected",
] as const;

export type TaskState = (typeof taskStates)[number];

/** How the text of a task begins that failed. */
export const failurePrefix = "Task execution failed: ";

/** Ports where nothing else is said: of the core's gRPC, and of an agent's HTTP. */
export const defaultCorePort = 3774;
export const defaultAgentPort = 3773;
