// A task as it was: after an event that a reader has seen last, or at the end of a turn that others have followed since.
import type { Replies } from "../../rules/model/commands.ts";
import type { Artifact, TaskEvent } from "../../rules/model/entities.ts";
import { joined } from "../../rules/tasks/pieces.ts";
import { saysWhy, type TaskView } from "./stored.ts";

/** A task with its whole log, as far as that is kept. */
export type Look = Replies["readEvents"];

export type StatusEvent = Extract<TaskEvent, { readonly kind: "status" }>;

/** Whether an event is the last one of a turn. */
export const endsTurn = (event: TaskEvent): event is StatusEvent =>
  event.kind === "status" && event.state !== "working";

/**
 * The task after event `n`, with the messages that had come by then: those of turns up to `turn`, where one is named, else also
 * of a turn that began behind that event.
 */
export function taskAt(
  { task, events, firstN }: Look,
  n: number,
  turn: number = task.turns.length - 1,
): TaskView {
  const begun = task.turns.findLast(({ after }, index) => index <= turn && after <= n);
  const seen = events.filter((event) => event.n <= n);
  const status = seen.findLast((event) => event.kind === "status");
  const nextMessageAt = task.turns[turn + 1]?.messageAt ?? task.history.length;
  const history = task.history.slice(0, nextMessageAt).filter((message) => message.n <= n);
  const artifacts = artifactsAt(task.artifacts, events, firstN, n);
  if (status === undefined || (begun !== undefined && begun.after === n)) {
    const statusMs = task.history[begun?.messageAt ?? 0]?.atMs ?? task.createdMs;
    return { state: "submitted", statusMs, saidAt: undefined, history, artifacts };
  }
  const saidAt = saysWhy(task, status) ? status.messageAt : undefined;
  return { state: status.state, statusMs: status.atMs, saidAt, history, artifacts };
}

/** What the events up to `n` made, before them what was there already: everything that no kept event has touched. */
function artifactsAt(
  now: readonly Artifact[],
  events: readonly TaskEvent[],
  firstN: number,
  n: number,
): readonly Artifact[] {
  const touched = new Set(
    events.flatMap((event) => (event.kind === "artifact" ? [event.artifact.artifactId] : [])),
  );
  let artifacts: readonly Artifact[] =
    firstN === 1 ? [] : now.filter(({ artifactId }) => !touched.has(artifactId));
  const partial = new Set<string>();
  for (const event of events) {
    if (event.n > n) {
      break;
    }
    if (event.kind === "artifact") {
      artifacts = joined(artifacts, event.artifact, event.append);
      const { artifactId } = event.artifact;
      if (event.last) {
        partial.delete(artifactId);
      } else {
        partial.add(artifactId);
      }
    } else if (event.state !== "working") {
      const kept = artifacts.filter(
        ({ artifactId }) => event.state === "completed" || !partial.has(artifactId),
      );
      artifacts = kept;
      partial.clear();
    }
  }
  return artifacts;
}
