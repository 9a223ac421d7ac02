// What the journal holds: each thing as it is after a change, with what came with it; and the event that each becomes.
import type {
  Artifact,
  Grid,
  GridNode,
  KeptEntry,
  Message,
  Notice,
  Room,
  RoomMessage,
  Schedule,
  Task,
} from "./entities.ts";

/** What may come with every change. */
interface Change {
  /** Who is told of it. */
  readonly notices?: readonly Notice[];
  /** The request that it answers, so that a repeat of it changes nothing. */
  readonly kept?: KeptEntry | undefined;
}

export type GridRecord =
  | { readonly type: "store.created"; readonly grid: Grid }
  | { readonly type: "store.restarted" }
  | { readonly type: "clock.paused"; readonly byMs: number }
  | { readonly type: "clock.corrected"; readonly byMs: number }
  | { readonly type: "nonce.used"; readonly nodeId: string; readonly nonce: string; readonly atMs: number }
  | { readonly type: "grid.set"; readonly grid: Grid }
  | { readonly type: "node.set"; readonly node: GridNode }
  | (Change & {
      readonly type: "task.set";
      readonly task: Task;
      readonly messages?: readonly Message[];
      readonly artifact?: Artifact | undefined;
    })
  | (Change & { readonly type: "room.set"; readonly room: Room; readonly message?: RoomMessage | undefined })
  | (Change & { readonly type: "schedule.set"; readonly schedule: Schedule })
  | { readonly type: "schedule.deleted"; readonly scheduleId: string };

/** A notice with its number among those of its node. */
export type NumberedNotice = Notice & { readonly id: number };

/** Who is told of one thing that happened. */
export interface GridEvent {
  readonly notices: readonly NumberedNotice[];
}
