// What the dialect writes: tasks, messages, artifacts, events and webhooks' configurations, in snake case.
import { compatKey } from "../../../wire/a2a/kinds.ts";
import { shownId } from "../../../wire/uuid.ts";
import {
  type Artifact,
  isTerminal,
  type Message,
  type Part,
  type PushConfig,
  type Task,
  type TaskEvent,
} from "../../rules/model/entities.ts";

/** ISO 8601 in UTC with microseconds, as Python writes it. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace("Z", "000+00:00");

export function encodePart(part: Part): object {
  if (
    part.kind === "data" &&
    (typeof part.data !== "object" || part.data === null || Array.isArray(part.data))
  ) {
    // The dialect has objects only; A2A 1.0, which this came by, has any value.
    return encodePart({
      ...part,
      data: { value: part.data },
      metadata: { ...part.metadata, [compatKey]: true },
    });
  }
  // What an agent wrote into a part of its own is shown as it wrote it; only 1.0 names files of any kind.
  const { filename: _, mediaType: __, ...own } = part;
  if (own.kind !== "file") {
    return own;
  }
  const { bytes, mimeType, name, uri } = own.file;
  return { ...own, file: { bytes, mime_type: mimeType, name, uri } };
}

function encodeMessage(message: Message, taskId: string): object {
  const ids = {
    message_id: shownId(message.messageId),
    context_id: shownId(message.contextId),
    task_id: taskId,
  };
  const parts = message.parts.map(encodePart);
  const references =
    message.referenceTaskIds === undefined ? {} : { reference_task_ids: message.referenceTaskIds };
  return message.role === "agent"
    ? { role: "agent", parts, kind: "message", ...ids, ...optional(message.metadata), ...references }
    : {
        ...ids,
        kind: "message",
        parts,
        role: message.role,
        metadata: message.metadata ?? {},
        ...references,
      };
}

const optional = (metadata: Message["metadata"]): object => (metadata === undefined ? {} : { metadata });

export function encodeArtifact({ artifactId, name, description, parts, metadata }: Artifact): object {
  return { artifact_id: artifactId, name, description, parts: parts.map(encodePart), metadata };
}

/** @param historyLength the newest so many messages; all for 0, less, or none */
export function encodeTask(task: Task, historyLength = 0): object {
  const history = historyLength > 0 ? task.history.slice(-historyLength) : task.history;
  return {
    id: task.taskId,
    context_id: shownId(task.contextId),
    kind: "task",
    status: { state: task.state, timestamp: timestamp(task.statusMs) },
    history: history.map((message) => encodeMessage(message, task.taskId)),
    ...(task.artifacts.length === 0 ? {} : { artifacts: task.artifacts.map(encodeArtifact) }),
    ...(task.metadata === undefined ? {} : { metadata: task.metadata }),
  };
}

const idsOf = ({ taskId, contextId }: Pick<Task, "taskId" | "contextId">): object => ({
  task_id: taskId,
  context_id: shownId(contextId),
});

/** The first event of a stream: the message has come. */
export const encodeSubmitted = (task: Task): object => ({
  kind: "status-update",
  ...idsOf(task),
  status: { state: "submitted", timestamp: timestamp(task.statusMs) },
  final: false,
});

/** An event of a stream. */
export function encodeEvent(task: Task, event: TaskEvent): object {
  const ids = idsOf(task);
  if (event.kind === "artifact") {
    return {
      kind: "artifact-update",
      ...ids,
      artifact: encodeArtifact(event.artifact),
      append: event.append,
      last_chunk: event.last,
    };
  }
  const { state, atMs, messageAt } = event;
  const said = messageAt === undefined ? undefined : task.history[messageAt];
  const [first] = state === "failed" && said !== undefined ? said.parts : [];
  return {
    kind: "status-update",
    ...ids,
    status: { state, timestamp: timestamp(atMs) },
    final: isTerminal(state),
    ...(first?.kind === "text" ? { error: first.text } : {}),
  };
}

export function encodePush({ id, url, token, authentication }: PushConfig): object {
  return { id, url, token, authentication };
}
