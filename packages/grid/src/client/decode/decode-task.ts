// Tasks with their messages and artifacts, and what is told of them.

import type { GridAck, GridArtifact, GridMessage, GridTask, TaskNotification } from "../../types.ts";
import { readState } from "../../wire/forms.ts";
import { type Read, withRaw } from "./reading.ts";

/** A task, bare or as the member of an answer. */
export function taskOf(read: Read, value: unknown): GridTask {
  const whole = read(value);
  const from = read(whole.object("task") ?? value);
  const status = from.object("status");
  const inner = status === null ? null : read(status);
  const state = readState(from.text("state") ?? inner?.text("state") ?? "");
  const said = inner?.object("message") ?? null;
  return withRaw(from, {
    id: from.text("id") ?? from.id("taskId"),
    contextId: from.text("contextId"),
    senderNodeId: from.text("senderNodeId"),
    receiverNodeId: from.text("receiverNodeId"),
    state,
    status: {
      state,
      timestamp: inner?.text("timestamp") ?? null,
      message: said === null ? null : messageOf(read, said),
    },
    unreadCount: from.number("unreadCount") ?? 0,
    lastSeq: from.number("lastSeq"),
    history: from.objects("history").map((item) => messageOf(read, item)),
    artifacts: from.objects("artifacts").map((item) => artifactOf(read, item)),
    checkIn: from.number("checkIn"),
    metadata: from.object("metadata") ?? {},
    parentTaskId: from.text("parentTaskId"),
    createdAt: from.text("createdAt"),
    updatedAt: from.text("updatedAt"),
  });
}

/** A message of a task. */
export function messageOf(read: Read, value: unknown): GridMessage {
  const from = read(value);
  return withRaw(from, {
    messageId: from.text("messageId") ?? from.id("id"),
    taskId: from.text("taskId"),
    contextId: from.text("contextId"),
    fromNodeId: from.text("fromNodeId"),
    role: roleOf(from.text("role")),
    parts: from.parts(),
    seq: from.number("seq"),
    timestamp: from.text("timestamp"),
    metadata: from.object("metadata") ?? {},
  });
}

function artifactOf(read: Read, value: unknown): GridArtifact {
  const from = read(value);
  return withRaw(from, {
    artifactId: from.text("artifactId"),
    name: from.text("name"),
    description: from.text("description"),
    parts: from.parts(),
    metadata: from.object("metadata") ?? {},
  });
}

/** @param taskId which task it is about, where the answer does not say it */
export function ackOf(read: Read, value: unknown, taskId: string): GridAck {
  const from = read(value);
  return withRaw(from, {
    taskId: from.text("taskId") ?? taskId,
    acked: from.number("acked") ?? 0,
    unreadCount: from.number("unreadCount") ?? 0,
  });
}

/** The data of an event. */
export function taskNotificationOf(read: Read, value: unknown): TaskNotification {
  const from = read(value);
  const state = from.text("state");
  return {
    taskId: from.id("taskId"),
    fromNodeId: from.text("fromNodeId"),
    notifyType: from.text("notifyType") ?? "message",
    state: state === null ? null : readState(state),
    contextId: from.text("contextId"),
    messageId: from.text("messageId"),
    unreadCount: from.number("unreadCount") ?? 0,
    senderSessionKey: from.text("senderSessionKey"),
    receiverSessionKey: from.text("receiverSessionKey"),
    timestamp: from.text("timestamp"),
    catchUp: false,
  };
}

/** `ROLE_AGENT` and `agent` are one role. */
function roleOf(role: string | null): string | null {
  return role === null ? null : role.replace(/^ROLE_/i, "").toLowerCase();
}
