// Reads the objects of A2A 1.0. With `tolerant` anything comes out that can; with `Violations` a server knows what to refuse.

import { Fields, type Report } from "./fields.ts";
import {
  type Artifact,
  type AuthenticationInfo,
  type ListTasksRequest,
  type ListTasksResponse,
  type Message,
  type Part,
  type ReadTaskState,
  roles,
  type SendMessageConfiguration,
  type SendMessageRequest,
  type SendMessageResponse,
  type StreamResponse,
  type Task,
  type TaskArtifactUpdateEvent,
  type TaskPushNotificationConfig,
  type TaskStatus,
  type TaskStatusUpdateEvent,
  taskStates,
} from "./objects.ts";
import { writeTimestamp } from "./timestamps.ts";

const contents = ["text", "raw", "url", "data"] as const;

/** How long ids may be that callers make, in characters. */
const longestId = 256;

export function readPart(value: unknown, path: string, report: Report): Part {
  const fields = new Fields(value, path, report);
  const named = contents.filter((name) =>
    name === "data" ? fields.has(name) : fields.value(name) !== undefined,
  );
  if (named.length !== 1) {
    report.add(path, "exactly one of text, raw, url, data");
  }
  // Of several, which a caller may not send, the first that says anything.
  const content = named.find((name) => (fields.value(name) ?? "") !== "") ?? named[0];
  const details = {
    metadata: fields.struct("metadata"),
    filename: fields.text("filename"),
    mediaType: fields.text("mediaType"),
  };
  switch (content) {
    case "raw":
      return { raw: fields.bytes("raw") ?? "", ...details };
    case "url":
      return { url: fields.anyText("url") ?? "", ...details };
    case "data":
      return { data: fields.raw("data") ?? null, ...details };
    default:
      return { text: fields.anyText("text") ?? "", ...details };
  }
}

function readMessage(value: unknown, path: string, report: Report): Message {
  const fields = new Fields(value, path, report);
  const messageId = fields.requiredText("messageId");
  const role = fields.oneOf("role", roles);
  if ((fields.value("role") ?? "") === "") {
    fields.wrong("role", "required");
  }
  const parts = fields.list("parts", readPart);
  if (parts === undefined) {
    fields.wrong("parts", "must hold at least one part");
  }
  const contextId = fields.text("contextId");
  if (!isContextId(contextId)) {
    fields.wrong("contextId", `must be 1 to ${longestId} characters, none of them a control character`);
  }
  return {
    messageId,
    contextId,
    taskId: fields.text("taskId"),
    role: role ?? "ROLE_AGENT",
    parts: parts ?? [],
    metadata: fields.struct("metadata"),
    extensions: fields.texts("extensions"),
    referenceTaskIds: fields.texts("referenceTaskIds"),
  };
}

function isContextId(text = "-"): boolean {
  return text.length <= longestId && !/\p{Cc}/u.test(text);
}

function readStatus(value: unknown, path: string, report: Report): TaskStatus<ReadTaskState> {
  const fields = new Fields(value, path, report);
  const time = fields.timestamp("timestamp");
  return {
    state: fields.oneOf("state", taskStates) ?? "TASK_STATE_UNSPECIFIED",
    message: fields.inner("message", readMessage),
    timestamp: time === undefined ? undefined : writeTimestamp(time),
  };
}

function readArtifact(value: unknown, path: string, report: Report): Artifact {
  const fields = new Fields(value, path, report);
  return {
    artifactId: fields.requiredText("artifactId"),
    name: fields.text("name"),
    description: fields.text("description"),
    parts: fields.list("parts", readPart) ?? [],
    metadata: fields.struct("metadata"),
    extensions: fields.texts("extensions"),
  };
}

export function readTask(value: unknown, path: string, report: Report): Task<ReadTaskState> {
  const fields = new Fields(value, path, report);
  return {
    id: fields.requiredText("id"),
    contextId: fields.text("contextId"),
    status: fields.requiredInner("status", readStatus),
    artifacts: fields.list("artifacts", readArtifact),
    history: fields.list("history", readMessage),
    metadata: fields.struct("metadata"),
  };
}

function readStatusUpdate(
  value: unknown,
  path: string,
  report: Report,
): TaskStatusUpdateEvent<ReadTaskState> {
  const fields = new Fields(value, path, report);
  return {
    taskId: fields.requiredText("taskId"),
    contextId: fields.text("contextId") ?? "",
    status: fields.requiredInner("status", readStatus),
    metadata: fields.struct("metadata"),
  };
}

function readArtifactUpdate(value: unknown, path: string, report: Report): TaskArtifactUpdateEvent {
  const fields = new Fields(value, path, report);
  return {
    taskId: fields.requiredText("taskId"),
    contextId: fields.text("contextId") ?? "",
    artifact: fields.requiredInner("artifact", readArtifact),
    append: fields.flag("append"),
    lastChunk: fields.flag("lastChunk"),
    metadata: fields.struct("metadata"),
  };
}

/** `undefined` for what is none of the four, as an event of a later version would be. */
export function readStreamResponse(
  value: unknown,
  report: Report,
): StreamResponse<ReadTaskState> | undefined {
  const fields = new Fields(value, "", report);
  const statusUpdate = fields.inner("statusUpdate", readStatusUpdate);
  const artifactUpdate = fields.inner("artifactUpdate", readArtifactUpdate);
  if (statusUpdate !== undefined) {
    return { statusUpdate };
  }
  return artifactUpdate === undefined ? readSendResponse(value, report) : { artifactUpdate };
}

/** Also a bare task or message, as some servers answer. */
export function readSendResponse(
  value: unknown,
  report: Report,
): SendMessageResponse<ReadTaskState> | undefined {
  const fields = new Fields(value, "", report);
  const task = fields.inner("task", readTask);
  const message = fields.inner("message", readMessage);
  if (task !== undefined) {
    return { task };
  }
  if (message !== undefined) {
    return { message };
  }
  if (fields.value("status") !== undefined && fields.value("id") !== undefined) {
    return { task: readTask(value, "", report) };
  }
  return fields.value("messageId") === undefined ? undefined : { message: readMessage(value, "", report) };
}

function readAuthentication(value: unknown, path: string, report: Report): AuthenticationInfo {
  const fields = new Fields(value, path, report);
  return { scheme: fields.requiredText("scheme"), credentials: fields.text("credentials") };
}

export function readPushConfig(value: unknown, path: string, report: Report): TaskPushNotificationConfig {
  const fields = new Fields(value, path, report);
  return {
    id: fields.text("id"),
    taskId: fields.text("taskId"),
    url: fields.requiredText("url"),
    token: fields.text("token"),
    authentication: fields.inner("authentication", readAuthentication),
  };
}

const mostMessages = 2_147_483_647;

function readConfiguration(value: unknown, path: string, report: Report): SendMessageConfiguration {
  const fields = new Fields(value, path, report);
  return {
    acceptedOutputModes: fields.texts("acceptedOutputModes"),
    taskPushNotificationConfig: fields.inner("taskPushNotificationConfig", readPushConfig),
    historyLength: fields.whole("historyLength", 0, mostMessages),
    returnImmediately: fields.flag("returnImmediately"),
  };
}

/** The parameters of a method, whose tenant must be absent. */
function parameters(value: unknown, report: Report): Fields {
  const fields = new Fields(value, "", report);
  if (fields.text("tenant") !== undefined) {
    fields.wrong("tenant", "this server has no tenants");
  }
  return fields;
}

export function readSendRequest(value: unknown, report: Report): SendMessageRequest {
  const fields = parameters(value, report);
  return {
    message: fields.requiredInner("message", readMessage),
    configuration: fields.inner("configuration", readConfiguration),
    metadata: fields.struct("metadata"),
  };
}

export function readTaskRequest(
  value: unknown,
  report: Report,
): { readonly id: string; readonly historyLength: number | undefined; readonly metadata: unknown } {
  const fields = parameters(value, report);
  return {
    id: fields.requiredText("id"),
    historyLength: fields.whole("historyLength", 0, mostMessages),
    metadata: fields.struct("metadata"),
  };
}

/** The largest page, and the one that nobody asked for. */
export const pageSizes = { most: 100, usual: 50 } as const;

export function readListRequest(value: unknown, report: Report): ListTasksRequest {
  const fields = parameters(value, report);
  return {
    contextId: fields.text("contextId"),
    status: fields.oneOf("status", taskStates),
    pageSize: fields.whole("pageSize", 1, pageSizes.most),
    pageToken: fields.text("pageToken"),
    historyLength: fields.whole("historyLength", 0, mostMessages),
    statusTimestampAfter: fields.timestamp("statusTimestampAfter"),
    includeArtifacts: fields.flag("includeArtifacts"),
  };
}

export function readCreatePushRequest(
  value: unknown,
  report: Report,
): TaskPushNotificationConfig & { readonly taskId: string } {
  const fields = parameters(value, report);
  return { ...readPushConfig(value, "", report), taskId: fields.requiredText("taskId") };
}

/** Of Get and Delete. */
export function readPushRequest(
  value: unknown,
  report: Report,
): { readonly taskId: string; readonly id: string } {
  const fields = parameters(value, report);
  return { taskId: fields.requiredText("taskId"), id: fields.requiredText("id") };
}

export function readListPushRequest(
  value: unknown,
  report: Report,
): {
  readonly taskId: string;
  readonly pageSize: number | undefined;
  readonly pageToken: string | undefined;
} {
  const fields = parameters(value, report);
  return {
    taskId: fields.requiredText("taskId"),
    pageSize: fields.whole("pageSize", 1, pageSizes.most),
    pageToken: fields.text("pageToken"),
  };
}

export function readListResponse(value: unknown, report: Report): ListTasksResponse<ReadTaskState> {
  const fields = new Fields(value, "", report);
  const tasks = fields.list("tasks", readTask) ?? [];
  return {
    tasks,
    nextPageToken: fields.text("nextPageToken") ?? "",
    pageSize: fields.whole("pageSize", 0, mostMessages) ?? tasks.length,
    totalSize: fields.whole("totalSize", 0, mostMessages) ?? tasks.length,
  };
}

export function readPushConfigs(value: unknown, report: Report): readonly TaskPushNotificationConfig[] {
  return new Fields(value, "", report).list("configs", readPushConfig) ?? [];
}
