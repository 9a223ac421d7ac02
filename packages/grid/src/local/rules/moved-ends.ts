// The wall clock was corrected: what lasts for a while ends as much later or sooner by it, so that it lasts as long as it was
// meant to. What was set by a date stays: firings of schedules, and nonces, whose signatures name a date themselves.
import type { Side } from "./model/entities.ts";
import { renew, type State, setNode, setRoom, setTask } from "./model/state.ts";

/** Moves every end by `byMs`. */
export function moveEnds(state: State, byMs: number): void {
  const moved = (atMs: number | null): number | null => (atMs === null ? null : atMs + byMs);
  const movedSide = (side: Side): Side =>
    side.wait === null ? side : { ...side, wait: { ...side.wait, untilMs: side.wait.untilMs + byMs } };
  for (const node of [...state.nodes.values()]) {
    setNode(state, {
      ...node,
      code: node.code === null ? null : { ...node.code, untilMs: node.code.untilMs + byMs },
      onlineUntilMs: node.onlineUntilMs + byMs,
      resetAtMs: moved(node.resetAtMs),
    });
  }
  for (const task of [...state.tasks.values()]) {
    if (task.failAtMs !== null || task.sender.wait !== null || task.receiver.wait !== null) {
      setTask(state, {
        ...task,
        sender: movedSide(task.sender),
        receiver: movedSide(task.receiver),
        failAtMs: moved(task.failAtMs),
      });
    }
  }
  for (const room of [...state.rooms.values()]) {
    if (room.idleAtMs !== null) {
      setRoom(state, { ...room, idleAtMs: moved(room.idleAtMs) });
    }
  }
  for (const kept of state.kept.values()) {
    renew(kept, (each) => ({ ...each, atMs: each.atMs + byMs }));
  }
}
