// A2A 0.3 over JSON-RPC, translated at the edge: what it asks for into 1.0, and what 1.0 answers into it. And the reverse, for
// a client of a server that speaks nothing newer.

import type { A2ACall } from "./calls.ts";
import { Fields, isJsonObject, tolerant } from "./fields.ts";
import { eventFromKind, messageFromKind, oldState, partToKind, taskFromKind } from "./kinds.ts";
import type { A2AMethod } from "./names.ts";
import {
  type Artifact,
  isAtRest,
  type Message,
  type ReadTaskState,
  type SendMessageConfiguration,
  type StreamResponse,
  type Task,
  type TaskPushNotificationConfig,
  type TaskStatus,
} from "./objects.ts";

/** The methods that both versions have. */
export type SharedMethod = Exclude<A2AMethod, "ListTasks">;

/** The methods of 0.3; it has no list of tasks. */
export const oldMethods: Readonly<Record<SharedMethod, string>> = {
  SendMessage: "message/send",
  SendStreamingMessage: "message/stream",
  GetTask: "tasks/get",
  CancelTask: "tasks/cancel",
  SubscribeToTask: "tasks/resubscribe",
  CreateTaskPushNotificationConfig: "tasks/pushNotificationConfig/set",
  GetTaskPushNotificationConfig: "tasks/pushNotificationConfig/get",
  ListTaskPushNotificationConfigs: "tasks/pushNotificationConfig/list",
  DeleteTaskPushNotificationConfig: "tasks/pushNotificationConfig/delete",
  GetExtendedAgentCard: "agent/getAuthenticatedExtendedCard",
};

const newMethods: ReadonlyMap<unknown, SharedMethod> = new Map(
  Object.keys(oldMethods)
    .filter((name): name is SharedMethod => Object.hasOwn(oldMethods, name))
    .map((name) => [oldMethods[name], name]),
);

/** What a name of 0.3 is called in 1.0. */
export function methodFrom03(name: string): SharedMethod | undefined {
  return newMethods.get(name);
}

/** The parameters of a 0.3 call as 1.0 has them, unread. */
export function paramsFrom03(method: SharedMethod, params: unknown): unknown {
  const fields = new Fields(params, "", tolerant);
  const id = fields.value("id");
  switch (method) {
    case "SendMessage":
    case "SendStreamingMessage":
      return {
        message: messageFromKind(fields.value("message")),
        configuration: configurationFrom03(fields.value("configuration")),
        metadata: fields.value("metadata"),
      };
    case "CreateTaskPushNotificationConfig": {
      const config = pushFrom03(fields.value("pushNotificationConfig"));
      return { ...(isJsonObject(config) ? config : {}), taskId: fields.value("taskId") };
    }
    case "GetTaskPushNotificationConfig":
    case "DeleteTaskPushNotificationConfig":
      return { taskId: id, id: fields.value("pushNotificationConfigId") };
    case "ListTaskPushNotificationConfigs":
      return { taskId: id };
    case "GetTask":
      return { id, historyLength: fields.value("historyLength") };
    case "CancelTask":
    case "SubscribeToTask":
    case "GetExtendedAgentCard":
      return { id };
  }
}

function configurationFrom03(value: unknown): unknown {
  if (!isJsonObject(value)) {
    return value;
  }
  const fields = new Fields(value, "", tolerant);
  return {
    acceptedOutputModes: fields.value("acceptedOutputModes"),
    historyLength: fields.value("historyLength"),
    returnImmediately: fields.value("blocking") === false ? true : undefined,
    taskPushNotificationConfig: pushFrom03(fields.value("pushNotificationConfig")),
  };
}

function pushFrom03(value: unknown): unknown {
  if (!isJsonObject(value)) {
    return value;
  }
  const { authentication } = value;
  if (!isJsonObject(authentication)) {
    return value;
  }
  const { schemes, ...others } = authentication;
  const scheme: unknown = Array.isArray(schemes) ? schemes[0] : schemes;
  return { ...value, authentication: scheme === undefined ? authentication : { ...others, scheme } };
}

export function pushTo03({ taskId, authentication, ...config }: TaskPushNotificationConfig): {
  readonly taskId: string | undefined;
  readonly pushNotificationConfig: unknown;
} {
  const { scheme, credentials } = authentication ?? {};
  const told = authentication && { schemes: [scheme], credentials };
  return { taskId, pushNotificationConfig: { ...config, authentication: told } };
}

/** A message with the kinds of 0.3. */
export function messageTo03(message: Message): unknown {
  const role = message.role === "ROLE_USER" ? "user" : "agent";
  return { ...message, kind: "message", role, parts: message.parts.map(partToKind) };
}

function statusTo03({ state, message, timestamp }: TaskStatus<ReadTaskState>): unknown {
  return { state: oldState(state), message: message && messageTo03(message), timestamp };
}

const artifactTo03 = (artifact: Artifact): unknown => ({
  ...artifact,
  parts: artifact.parts.map(partToKind),
});

/** A task with the kinds of 0.3. */
export function taskTo03(task: Task<ReadTaskState>): unknown {
  return {
    ...task,
    kind: "task",
    status: statusTo03(task.status),
    artifacts: task.artifacts?.map(artifactTo03),
    history: task.history?.map(messageTo03),
  };
}

/** An event, or the answer to a send, without the member that wraps it. */
export function eventTo03({
  task,
  message,
  statusUpdate,
  artifactUpdate,
}: StreamResponse<ReadTaskState>): unknown {
  if (statusUpdate !== undefined) {
    const { status } = statusUpdate;
    return {
      ...statusUpdate,
      kind: "status-update",
      status: statusTo03(status),
      final: isAtRest(status.state),
    };
  }
  if (artifactUpdate !== undefined) {
    return { ...artifactUpdate, kind: "artifact-update", artifact: artifactTo03(artifactUpdate.artifact) };
  }
  return task === undefined ? messageTo03(message) : taskTo03(task);
}

/** What a client writes for a call. */
export function callTo03(call: A2ACall): { readonly method: string; readonly params: unknown } | undefined {
  switch (call.method) {
    case "SendMessage":
    case "SendStreamingMessage": {
      const { message, configuration, metadata } = call.params;
      return {
        method: oldMethods[call.method],
        params: {
          message: messageTo03(message),
          configuration: configurationTo03(configuration ?? {}),
          metadata,
        },
      };
    }
    case "GetTask":
    case "CancelTask":
    case "SubscribeToTask":
      return { method: oldMethods[call.method], params: call.params };
    case "CreateTaskPushNotificationConfig":
      return { method: oldMethods[call.method], params: pushTo03(call.params) };
    case "GetTaskPushNotificationConfig":
    case "DeleteTaskPushNotificationConfig": {
      const { taskId, id } = call.params;
      return { method: oldMethods[call.method], params: { id: taskId, pushNotificationConfigId: id } };
    }
    case "ListTaskPushNotificationConfigs":
      return { method: oldMethods[call.method], params: { id: call.params.taskId } };
    case "ListTasks":
      return undefined;
  }
}

export function configurationTo03({
  returnImmediately,
  taskPushNotificationConfig: push,
  ...others
}: SendMessageConfiguration): unknown {
  return {
    ...others,
    blocking: returnImmediately !== true,
    pushNotificationConfig: push && pushTo03(push).pushNotificationConfig,
  };
}

/** What a 0.3 server answered, as 1.0 has it, unread. */
export function resultFrom03(method: A2AMethod, result: unknown): unknown {
  switch (method) {
    case "GetTask":
    case "CancelTask":
      return taskFromKind(result);
    case "SendMessage":
    case "SendStreamingMessage":
    case "SubscribeToTask":
      return eventFromKind(result);
    case "ListTaskPushNotificationConfigs":
      return { configs: Array.isArray(result) ? result.map(flatPush) : [] };
    case "CreateTaskPushNotificationConfig":
    case "GetTaskPushNotificationConfig":
      return flatPush(result);
    default:
      return result;
  }
}

function flatPush(value: unknown): unknown {
  const fields = new Fields(value, "", tolerant);
  const config = pushFrom03(fields.value("pushNotificationConfig"));
  return { ...(isJsonObject(config) ? config : {}), taskId: fields.value("taskId") };
}
