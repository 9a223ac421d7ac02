// Between the tasks as they are stored, which is the dialect's shape with what A2A 1.0 adds, and the objects of 1.0.
import { standardBase64 } from "../../../wire/a2a/base64.ts";
import { isJsonObject } from "../../../wire/a2a/fields.ts";
import { compatKey, roleKey } from "../../../wire/a2a/kinds.ts";
import type * as a2a from "../../../wire/a2a/objects.ts";
import { writeTimestamp } from "../../../wire/a2a/timestamps.ts";
import { type TaskState, taskStates } from "../../../wire/dialect.ts";
import { given, partsFromA2A } from "../../engine/a2a-answer.ts";
import type {
  Artifact,
  Message,
  NewMessage,
  Part,
  PushConfig,
  Task,
  TaskEvent,
} from "../../rules/model/entities.ts";

const states = {
  submitted: "TASK_STATE_SUBMITTED",
  working: "TASK_STATE_WORKING",
  completed: "TASK_STATE_COMPLETED",
  failed: "TASK_STATE_FAILED",
  canceled: "TASK_STATE_CANCELED",
  rejected: "TASK_STATE_REJECTED",
  "input-required": "TASK_STATE_INPUT_REQUIRED",
  "auth-required": "TASK_STATE_AUTH_REQUIRED",
} as const satisfies Readonly<Record<TaskState, a2a.TaskState>>;

/** The stored state for one of 1.0. */
export function stateFromA2A(state: a2a.TaskState): TaskState | undefined {
  return taskStates.find((own) => states[own] === state);
}

const partsToA2A = (parts: readonly Part[]): readonly a2a.Part[] => parts.map(partToA2A);

function partToA2A(part: Part): a2a.Part {
  const { filename, mediaType } = part;
  const metadata = filled(part.metadata);
  switch (part.kind) {
    case "text":
      return { text: part.text, metadata, filename, mediaType };
    case "data":
      return { ...unwrapped(part.data, metadata), filename, mediaType };
    case "file": {
      const { bytes, uri, mimeType, name } = part.file;
      const details = {
        metadata,
        filename: filename ?? (name || undefined),
        mediaType: mediaType ?? (mimeType || undefined),
      };
      return uri !== undefined && bytes === ""
        ? { url: uri, ...details }
        : { raw: standardBase64(bytes) ?? Buffer.from(bytes).toString("base64"), ...details };
    }
  }
}

/** Data that is no object stands in the dialect as the member `value` of one, and says so. */
function unwrapped(
  data: unknown,
  metadata: a2a.Metadata | undefined,
): Pick<a2a.Part & { data: unknown }, "data" | "metadata"> {
  if (metadata?.[compatKey] === true && isJsonObject(data) && Object.hasOwn(data, "value")) {
    const { [compatKey]: _, ...others } = metadata;
    return { data: data.value, metadata: filled(others) };
  }
  return { data, metadata };
}

/** What is empty is not there. */
function filled(metadata: a2a.Metadata | undefined): a2a.Metadata | undefined {
  return metadata === undefined || Object.keys(metadata).length === 0 ? undefined : metadata;
}

export function messageFromA2A(message: a2a.Message): Omit<NewMessage, "contextId"> {
  const { messageId, role, parts, referenceTaskIds, metadata, extensions } = message;
  return given({
    messageId,
    role: role === "ROLE_USER" ? ("user" as const) : ("agent" as const),
    parts: partsFromA2A(parts),
    referenceTaskIds,
    metadata,
    extensions,
  });
}

export function messageToA2A(
  message: Message,
  { taskId, contextId }: Pick<Task, "taskId" | "contextId">,
): a2a.Message {
  const { messageId, role, parts, metadata, extensions, referenceTaskIds } = message;
  return {
    messageId,
    role: role === "agent" ? "ROLE_AGENT" : "ROLE_USER",
    parts: partsToA2A(parts),
    taskId,
    contextId,
    metadata: role === "system" ? { ...metadata, [roleKey]: role } : filled(metadata),
    extensions: some(extensions),
    referenceTaskIds: some(referenceTaskIds),
  };
}

const some = <Item>(items: readonly Item[] | undefined): readonly Item[] | undefined =>
  items === undefined || items.length === 0 ? undefined : items;

function artifactToA2A({
  artifactId,
  name,
  description,
  parts,
  metadata,
  extensions,
}: Artifact): a2a.Artifact {
  return {
    artifactId,
    name: name || undefined,
    description: description || undefined,
    parts: partsToA2A(parts),
    metadata: filled(metadata),
    extensions: some(extensions),
  };
}

/** What a task looks like at some moment. */
export interface TaskView {
  readonly state: TaskState;
  readonly statusMs: number;
  /** Where the message stands in the history that says why the state is what it is. */
  readonly saidAt: number | undefined;
  /** The history up to that moment. */
  readonly history: readonly Message[];
  readonly artifacts: readonly Artifact[];
}

/** The task as it is. */
export const viewOf = ({ state, statusMs, statusSaid, history, artifacts }: Task): TaskView => ({
  state,
  statusMs,
  saidAt: statusSaid ? history.length - 1 : undefined,
  history,
  artifacts,
});

/** How much of a task is told. */
export interface Showing {
  /** The newest messages. @default all */
  readonly historyLength?: number | undefined;
  /** @default true */
  readonly artifacts?: boolean;
  /** Also as an empty list. @default false */
  readonly emptyArtifacts?: boolean;
  readonly metadata?: a2a.Metadata;
}

export function taskToA2A(
  task: Task,
  { state, statusMs, saidAt, history, artifacts }: TaskView = viewOf(task),
  { historyLength, artifacts: withArtifacts = true, emptyArtifacts = false, metadata }: Showing = {},
): a2a.Task {
  const said = saidAt === undefined ? undefined : history[saidAt];
  const before = history.filter((_, index) => index !== saidAt);
  const shown =
    historyLength === undefined ? before : historyLength === 0 ? [] : before.slice(-historyLength);
  const made = withArtifacts ? artifacts.map(artifactToA2A) : [];
  return {
    id: task.taskId,
    contextId: task.contextId,
    status: {
      state: states[state],
      message: said && messageToA2A(said, task),
      timestamp: writeTimestamp(statusMs),
    },
    artifacts: withArtifacts && emptyArtifacts ? made : some(made),
    history: some(shown.map((message) => messageToA2A(message, task))),
    metadata: metadata === undefined ? filled(task.metadata) : { ...task.metadata, ...metadata },
  };
}

/** Whether the message of an end stands in the status: a result is an answer, and stands in the history. */
export function saysWhy(task: Task, event: TaskEvent): boolean {
  return (
    event.kind === "status" &&
    event.messageAt !== undefined &&
    (event.state !== "completed" || saidDirectly(task, event.messageAt))
  );
}

/** A message that took the place of an artifact. */
function saidDirectly(task: Task, messageAt: number): boolean {
  return task.state === "completed" && task.statusSaid && messageAt === task.history.length - 1;
}

/** An event as streams and webhooks tell it. */
export function eventToA2A(
  task: Pick<Task, "taskId" | "contextId">,
  event: TaskEvent,
  said: Message | undefined,
): a2a.StreamResponse {
  const { taskId, contextId } = task;
  if (event.kind === "artifact") {
    return {
      artifactUpdate: {
        taskId,
        contextId,
        artifact: artifactToA2A(event.artifact),
        append: event.append ? true : undefined,
        lastChunk: event.last ? true : undefined,
      },
    };
  }
  const message = said && messageToA2A(said, task);
  return {
    statusUpdate: {
      taskId,
      contextId,
      status: { state: states[event.state], message, timestamp: writeTimestamp(event.atMs) },
    },
  };
}

/** A webhook as its caller set it; as others ask for it, without its secrets. */
export function pushToA2A(
  taskId: string,
  { id, url, token, authentication }: PushConfig,
  { secrets }: { readonly secrets: boolean },
): a2a.TaskPushNotificationConfig {
  const scheme = authentication?.scheme;
  const credentials = authentication?.credentials;
  return {
    id,
    taskId,
    url,
    token: secrets ? token : undefined,
    authentication:
      typeof scheme === "string"
        ? { scheme, credentials: secrets && typeof credentials === "string" ? credentials : undefined }
        : undefined,
  };
}

export function pushFromA2A(config: a2a.TaskPushNotificationConfig, id: string): PushConfig {
  const { url, token, authentication } = config;
  const { scheme, credentials } = authentication ?? {};
  return given({
    id,
    form: "a2a" as const,
    url,
    token,
    authentication: scheme === undefined ? undefined : given({ scheme, credentials }),
  });
}

/** Whether a value of an agent's registration can stand where a card wants an object of texts. */
export function textsIn(
  value: unknown,
  ...names: readonly string[]
): Readonly<Record<string, string>> | undefined {
  const entries = names.map((name): [string, unknown] => [
    name,
    isJsonObject(value) ? value[name] : undefined,
  ]);
  return entries.every((entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "")
    ? Object.fromEntries(entries)
    : undefined;
}
