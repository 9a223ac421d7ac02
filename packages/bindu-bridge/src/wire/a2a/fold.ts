// What a task is after an event: who reads a stream knows the task without asking for it.

import type {
  Artifact,
  Message,
  ReadTaskState,
  StreamResponse,
  Task,
  TaskArtifactUpdateEvent,
} from "./objects.ts";

type ReadTask = Task<ReadTaskState>;

/** The task after an event; as it was where the event says nothing of it. */
export function foldEvent(
  task: ReadTask | undefined,
  event: StreamResponse<ReadTaskState>,
): ReadTask | undefined {
  if (event.task !== undefined) {
    return event.task;
  }
  if (event.statusUpdate !== undefined) {
    const { taskId, contextId, status } = event.statusUpdate;
    const before = task ?? { id: taskId, contextId, status };
    return { ...before, status, history: withMessage(before.history, task?.status.message) };
  }
  if (event.artifactUpdate !== undefined) {
    const { taskId, contextId } = event.artifactUpdate;
    const before = task ?? { id: taskId, contextId, status: { state: "TASK_STATE_WORKING" } };
    return { ...before, artifacts: withPiece(before.artifacts, event.artifactUpdate) };
  }
  return task;
}

/** What an agent said with a state moves to the history when the next one comes. */
function withMessage(
  history: readonly Message[] | undefined,
  message: Message | undefined,
): readonly Message[] | undefined {
  return message === undefined ? history : [...(history ?? []), message];
}

/** The artifacts after a piece: it goes behind what is there, or takes its place. */
function withPiece(
  artifacts: readonly Artifact[] = [],
  { artifact, append = false }: TaskArtifactUpdateEvent,
): readonly Artifact[] {
  const at = artifacts.findIndex(({ artifactId }) => artifactId === artifact.artifactId);
  const before = artifacts[at];
  if (before === undefined) {
    return [...artifacts, artifact];
  }
  return artifacts.with(at, append ? joined(before, artifact) : artifact);
}

function joined(before: Artifact, piece: Artifact): Artifact {
  const metadata = piece.metadata === undefined ? before.metadata : { ...before.metadata, ...piece.metadata };
  return { ...before, parts: [...before.parts, ...piece.parts], metadata };
}
