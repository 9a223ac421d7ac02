// Tasks, messages and artifacts to A2A and back. What A2A has no member for travels in `metadata["x-grid"]`; what cannot be
// mapped at all is named in `lost`.

import { withRaw } from "../client/decode/reading.ts";
import type { GridArtifact, GridMessage, GridTask } from "../types.ts";
import { isBody, taskStates } from "../wire/forms.ts";
import { partsFromA2A, partsToA2A } from "./parts.ts";
import {
  type A2AObject,
  type A2AOptions,
  type A2AVersion,
  type Mapped,
  metadataFromA2A,
  metadataToA2A,
  present,
  roleFromA2A,
  roleToA2A,
  stateFromA2A,
  stateToA2A,
} from "./words.ts";

/** A task as A2A has it. */
export function taskToA2A(task: GridTask, { version = "1.0" }: A2AOptions = {}): Mapped<A2AObject> {
  const lost: string[] = [];
  if (!taskStates.some((state) => state === task.state)) {
    lost.push("status.state");
  }
  const { message, timestamp } = task.status;
  const value = present({
    kind: version === "0.3" ? "task" : undefined,
    id: task.id,
    contextId: task.contextId,
    status: present({
      state: stateToA2A(task.state, { version }),
      timestamp,
      message: message && toMessage(message, version, "status.message", lost),
    }),
    history: task.history.map((each, index) => toMessage(each, version, `history[${index}]`, lost)),
    artifacts: task.artifacts.map((each, index) => toArtifact(each, version, `artifacts[${index}]`, lost)),
    metadata: metadataToA2A(task.metadata, {
      senderNodeId: task.senderNodeId,
      receiverNodeId: task.receiverNodeId,
      unreadCount: task.unreadCount,
      lastSeq: task.lastSeq,
      checkIn: task.checkIn,
      parentTaskId: task.parentTaskId,
      createdAt: task.createdAt,
      updatedAt: task.updatedAt,
    }),
  });
  return { value, lost };
}

/** A message as A2A has it. */
export function messageToA2A(message: GridMessage, { version = "1.0" }: A2AOptions = {}): Mapped<A2AObject> {
  const lost: string[] = [];
  return { value: toMessage(message, version, "", lost), lost };
}

function toMessage(message: GridMessage, version: A2AVersion, path: string, lost: string[]): A2AObject {
  const { role, fromNodeId, seq, timestamp } = message;
  const isRole = role === "user" || role === "agent";
  if (!isRole && role !== null) {
    lost.push(joined(path, "role"));
  }
  return present({
    kind: version === "0.3" ? "message" : undefined,
    messageId: message.messageId,
    taskId: message.taskId,
    contextId: message.contextId,
    role: roleToA2A(isRole ? role : "agent", version),
    parts: partsToA2A(message.parts, version, joined(path, "parts"), lost),
    metadata: metadataToA2A(message.metadata, {
      fromNodeId,
      seq,
      timestamp,
      // Of the system: A2A knows two roles, and requires one.
      system: role === null ? true : undefined,
    }),
  });
}

function toArtifact(artifact: GridArtifact, version: A2AVersion, path: string, lost: string[]): A2AObject {
  return present({
    artifactId: artifact.artifactId ?? "",
    name: artifact.name,
    description: artifact.description,
    parts: partsToA2A(artifact.parts, version, joined(path, "parts"), lost),
    metadata: metadataToA2A(artifact.metadata, {}),
  });
}

/** A task of A2A, of either generation, as Grid has it. */
export function taskFromA2A(task: A2AObject): Mapped<GridTask> {
  const lost: string[] = [];
  const status = isBody(task.status) ? task.status : {};
  const state = stateFromA2A(textIn(status.state) ?? "unknown");
  if (!taskStates.some((known) => known === state)) {
    lost.push("status.state");
  }
  const { metadata, own } = metadataFromA2A(task.metadata);
  const value = withRaw(
    { raw: task },
    {
      id: textIn(task.id) ?? "",
      contextId: textIn(task.contextId),
      senderNodeId: textIn(own.senderNodeId),
      receiverNodeId: textIn(own.receiverNodeId),
      state,
      status: {
        state,
        timestamp: textIn(status.timestamp),
        message: isBody(status.message) ? fromMessage(status.message, "status.message", lost) : null,
      },
      unreadCount: numberIn(own.unreadCount) ?? 0,
      lastSeq: numberIn(own.lastSeq),
      history: bodies(task.history).map((each, index) => fromMessage(each, `history[${index}]`, lost)),
      artifacts: bodies(task.artifacts).map((each, index) => fromArtifact(each, `artifacts[${index}]`, lost)),
      checkIn: numberIn(own.checkIn),
      metadata,
      parentTaskId: textIn(own.parentTaskId),
      createdAt: textIn(own.createdAt),
      updatedAt: textIn(own.updatedAt),
    },
  );
  return { value, lost };
}

/** A message of A2A, of either generation, as Grid has it. */
export function messageFromA2A(message: A2AObject): Mapped<GridMessage> {
  const lost: string[] = [];
  return { value: fromMessage(message, "", lost), lost };
}

function fromMessage(message: A2AObject, path: string, lost: string[]): GridMessage {
  const { metadata, own } = metadataFromA2A(message.metadata);
  return withRaw(
    { raw: message },
    {
      messageId: textIn(message.messageId) ?? "",
      taskId: textIn(message.taskId),
      contextId: textIn(message.contextId),
      fromNodeId: textIn(own.fromNodeId),
      role: own.system === true ? null : roleFromA2A(message.role),
      parts: partsFromA2A(message.parts, joined(path, "parts"), lost),
      seq: numberIn(own.seq),
      timestamp: textIn(own.timestamp),
      metadata,
    },
  );
}

function fromArtifact(artifact: A2AObject, path: string, lost: string[]): GridArtifact {
  const { metadata } = metadataFromA2A(artifact.metadata);
  const artifactId = textIn(artifact.artifactId);
  return withRaw(
    { raw: artifact },
    {
      artifactId: artifactId === "" ? null : artifactId,
      name: textIn(artifact.name),
      description: textIn(artifact.description),
      parts: partsFromA2A(artifact.parts, joined(path, "parts"), lost),
      metadata,
    },
  );
}

const joined = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
const textIn = (value: unknown): string | null => (typeof value === "string" ? value : null);
const numberIn = (value: unknown): number | null => (typeof value === "number" ? value : null);
const bodies = (value: unknown): readonly A2AObject[] => (Array.isArray(value) ? value.filter(isBody) : []);
