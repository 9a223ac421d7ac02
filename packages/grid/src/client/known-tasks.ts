// Who is at the other end of a task, as far as answers have told: for addresses and roles that the wire may ask for.

import { keepNewest } from "@x/core";
import type { GridTask } from "../types.ts";

export interface KnownTasks {
  note(task: GridTask): void;
  /** The other node; `undefined` if the task was not seen, or is a node's with itself. */
  peerIn(taskId: string): string | undefined;
  /** The caller's own role; `undefined` if the task was not seen. */
  roleIn(taskId: string): "user" | "agent" | undefined;
}

/** Tasks that are remembered, the newest ones. */
const mostKnown = 10_000;

/** @param ownId the caller's node id, once its identity is there */
export function createKnownTasks(ownId: () => string | undefined): KnownTasks {
  const ends: Map<string, { readonly sender: string; readonly receiver: string }> = new Map();
  return {
    note({ id, senderNodeId, receiverNodeId }): void {
      if (senderNodeId === null || receiverNodeId === null) {
        return;
      }
      keepNewest(ends, id, { sender: senderNodeId, receiver: receiverNodeId }, mostKnown);
    },
    peerIn(taskId): string | undefined {
      const task = ends.get(taskId);
      const own = ownId();
      return task === undefined || task.sender === task.receiver
        ? undefined
        : task.sender === own
          ? task.receiver
          : task.sender;
    },
    roleIn(taskId): "user" | "agent" | undefined {
      const task = ends.get(taskId);
      return task === undefined ? undefined : task.sender === ownId() ? "user" : "agent";
    },
  };
}
