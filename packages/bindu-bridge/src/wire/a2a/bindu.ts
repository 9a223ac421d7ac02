// Bindu's dialect as a client of it speaks: calls of 1.0 in its words, and its answers in those of 1.0.

import { errorCodes, methods } from "../dialect.ts";
import { shownId } from "../uuid.ts";
import type { A2ACall } from "./calls.ts";
import { Fields, isJsonObject, tolerant } from "./fields.ts";
import { eventFromKind, partToKind, taskFromKind } from "./kinds.ts";
import type { A2AMethod } from "./names.ts";
import type {
  Message,
  Part,
  ReadTaskState,
  SendMessageRequest,
  Task,
  TaskPushNotificationConfig,
} from "./objects.ts";
import { type ReadProblem, readProblem } from "./problems.ts";

/** What the dialect has under another name. `undefined` for what it cannot do: going on with a stream. */
export function callToBindu(
  call: A2ACall,
  newId: () => string,
): { readonly method: string; readonly params: unknown } | undefined {
  switch (call.method) {
    case "SendMessage":
      return { method: methods.send, params: sendToBindu(call.params, newId) };
    case "SendStreamingMessage":
      return { method: methods.stream, params: sendToBindu(call.params, newId) };
    case "GetTask":
      return { method: methods.getTask, params: { taskId: call.params.id } };
    case "ListTasks":
      return { method: methods.listTasks, params: {} };
    case "CancelTask":
      return { method: methods.cancelTask, params: { taskId: call.params.id } };
    case "CreateTaskPushNotificationConfig": {
      const { taskId, ...config } = call.params;
      return {
        method: methods.setPush,
        params: { id: taskId, pushNotificationConfig: pushToBindu(config, newId) },
      };
    }
    case "GetTaskPushNotificationConfig":
      return { method: methods.getPush, params: { taskId: call.params.taskId } };
    case "ListTaskPushNotificationConfigs":
      return { method: methods.listPush, params: { id: call.params.taskId } };
    case "DeleteTaskPushNotificationConfig": {
      const { taskId, id } = call.params;
      return { method: methods.deletePush, params: { id: taskId, pushNotificationConfigId: id } };
    }
    case "SubscribeToTask":
      return undefined;
  }
}

/** All ids must be there, and UUIDs. */
function sendToBindu({ message, configuration = {} }: SendMessageRequest, newId: () => string): unknown {
  const { messageId, contextId, taskId, role, parts, ...others } = message;
  const {
    acceptedOutputModes,
    historyLength,
    returnImmediately,
    taskPushNotificationConfig: push,
  } = configuration;
  return {
    message: {
      ...others,
      kind: "message",
      role: role === "ROLE_USER" ? "user" : "agent",
      messageId: shownId(messageId),
      contextId: contextId === undefined ? newId() : shownId(contextId),
      taskId: taskId ?? newId(),
      parts: parts.map(partToBindu),
    },
    configuration: {
      acceptedOutputModes: acceptedOutputModes ?? ["text/plain", "application/json"],
      historyLength,
      blocking: returnImmediately !== true,
      pushNotificationConfig: push && pushToBindu(push, newId),
    },
  };
}

/** The dialect wants a text beside data and files, and bytes beside a URI. */
function partToBindu(part: Part): unknown {
  const kind = partToKind(part);
  switch (kind.kind) {
    case "text":
      return kind;
    case "data":
      return { ...kind, text: "" };
    case "file":
      return { ...kind, file: { bytes: "", ...kind.file }, text: "" };
  }
}

function pushToBindu(
  { id, url, token, authentication }: TaskPushNotificationConfig,
  newId: () => string,
): unknown {
  return { id: id === undefined ? newId() : shownId(id), url, token: token ?? authentication?.credentials };
}

/** What it answered, as 1.0 has it, unread. */
export function resultFromBindu(method: A2AMethod, result: unknown): unknown {
  switch (method) {
    case "SendMessage":
      return { task: taskFromBindu(result) };
    case "GetTask":
    case "CancelTask":
      return taskFromBindu(result);
    case "ListTasks":
      return { tasks: Array.isArray(result) ? result.map(taskFromBindu) : [] };
    case "SendStreamingMessage":
      return eventFromKind(result);
    case "CreateTaskPushNotificationConfig":
    case "GetTaskPushNotificationConfig":
      return pushFromBindu(result);
    case "ListTaskPushNotificationConfigs":
      return { configs: [pushFromBindu(result)] };
    default:
      return result;
  }
}

/** States whose message the dialect keeps in the history, and 1.0 in the status. */
const saying: ReadonlySet<unknown> = new Set([
  "input-required",
  "auth-required",
  "payment-required",
  "failed",
  "rejected",
]);

function taskFromBindu(value: unknown): unknown {
  const task = taskFromKind(value);
  const fields = new Fields(value, "", tolerant);
  const status = fields.value("status");
  const history = isJsonObject(task) && Array.isArray(task.history) ? task.history : [];
  const last: unknown = history.at(-1);
  if (
    !isJsonObject(task) ||
    !isJsonObject(task.status) ||
    !isJsonObject(status) ||
    !saying.has(status.state)
  ) {
    return task;
  }
  return isJsonObject(last) && last.role === "ROLE_AGENT"
    ? { ...task, status: { ...task.status, message: last }, history: history.slice(0, -1) }
    : task;
}

function pushFromBindu(value: unknown): unknown {
  const fields = new Fields(value, "", tolerant);
  const config = fields.value("pushNotificationConfig");
  return { ...(isJsonObject(config) ? config : {}), taskId: fields.value("id") };
}

/** -32001 stands for nearly everything: the text tells the cases apart. */
export function problemFromBindu(error: unknown, status: number): ReadProblem {
  const problem = readProblem(error, status);
  const fields = new Fields(error, "", tolerant);
  const said = `${problem.message} ${fields.anyText("data") ?? ""}`;
  const name = ((): ReadProblem["name"] => {
    switch (problem.code) {
      case errorCodes.notFound:
        if (said.includes("cannot be canceled")) {
          return "TASK_NOT_CANCELABLE";
        }
        return said.includes("Invalid push notification") ? "INVALID_PARAMS" : "TASK_NOT_FOUND";
      case errorCodes.pushUnsupported:
        return "PUSH_NOTIFICATION_NOT_SUPPORTED";
      case errorCodes.internal:
        return said.includes("terminal state") ? "UNSUPPORTED_OPERATION" : "INTERNAL_ERROR";
      case errorCodes.invalid:
        return "INVALID_PARAMS";
      default:
        return problem.name;
    }
  })();
  return { ...problem, name, message: said.trim() };
}

/** The dialect lists all tasks, oldest first; what a caller did not ask for is left out here. */
export function listOfBindu(
  tasks: readonly Task<ReadTaskState>[],
  params: Extract<A2ACall, { readonly method: "ListTasks" }>["params"],
): {
  readonly tasks: readonly Task<ReadTaskState>[];
  readonly nextPageToken: string;
  readonly totalSize: number;
} {
  const { contextId, status, pageSize = 50, pageToken, historyLength = 0, includeArtifacts = false } = params;
  const after = Date.parse(params.statusTimestampAfter ?? "") || 0;
  const time = (task: Task<ReadTaskState>): number => Date.parse(task.status.timestamp ?? "") || 0;
  const context = contextId === undefined ? undefined : shownId(contextId);
  const found = tasks
    .filter((task) => context === undefined || task.contextId === context)
    .filter((task) => status === undefined || task.status.state === status)
    .filter((task) => time(task) >= after)
    .sort((one, other) => time(other) - time(one));
  const start = Number(pageToken ?? 0) || 0;
  const page = found.slice(start, start + pageSize).map((task) => ({
    ...task,
    artifacts: includeArtifacts ? task.artifacts : undefined,
    history: lastMessages(task.history, historyLength),
  }));
  const end = start + page.length;
  return { tasks: page, nextPageToken: end < found.length ? String(end) : "", totalSize: found.length };
}

/** The last messages of a history; none is no member at all. */
export function lastMessages(
  history: readonly Message[] | undefined,
  most: number | undefined,
): readonly Message[] | undefined {
  if (history === undefined || history.length === 0 || most === 0) {
    return undefined;
  }
  return most === undefined || most >= history.length ? history : history.slice(-most);
}
