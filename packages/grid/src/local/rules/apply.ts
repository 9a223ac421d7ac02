// What each record changes, and the event that it becomes.
import type { Now } from "@x/core/service";
import type { Notice } from "./model/entities.ts";
import type { GridEvent, GridRecord, NumberedNotice } from "./model/records.ts";
import {
  addKept,
  addMessages,
  addNonce,
  addRoomMessage,
  deleteSchedule,
  noteTime,
  type State,
  setArtifact,
  setNode,
  setRoom,
  setSchedule,
  setTask,
} from "./model/state.ts";
import { moveEnds } from "./moved-ends.ts";

/** Changes the state by one record; answers who is told of it. */
export function apply(state: State, record: GridRecord, now: Now): GridEvent | undefined {
  noteTime(state, now);
  applyOne(state, record);
  if ("kept" in record && record.kept !== undefined) {
    addKept(state, record.kept);
  }
  const notices = "notices" in record ? (record.notices ?? []) : [];
  return notices.length === 0 ? undefined : { notices: notices.map((notice) => numbered(state, notice)) };
}

function applyOne(state: State, record: GridRecord): void {
  switch (record.type) {
    case "store.created":
    case "grid.set":
      state.grids.set(record.grid.gridId, record.grid);
      break;
    case "store.restarted":
    case "clock.paused":
      break;
    case "clock.corrected":
      moveEnds(state, record.byMs);
      break;
    case "nonce.used":
      addNonce(state, record.nodeId, record.nonce, record.atMs);
      break;
    case "node.set":
      setNode(state, record.node);
      break;
    case "task.set":
      setTask(state, record.task);
      addMessages(state, record.task.taskId, record.messages ?? []);
      if (record.artifact !== undefined) {
        setArtifact(state, record.task.taskId, record.artifact);
      }
      break;
    case "room.set":
      setRoom(state, record.room);
      if (record.message !== undefined) {
        addRoomMessage(state, record.room.roomId, record.message);
      }
      break;
    case "schedule.set":
      setSchedule(state, record.schedule);
      break;
    case "schedule.deleted":
      deleteSchedule(state, record.scheduleId);
      break;
  }
}

function numbered(state: State, notice: Notice): NumberedNotice {
  const id = (state.noticed.get(notice.to) ?? 0) + 1;
  state.noticed.set(notice.to, id);
  state.allNoticed += 1;
  return { ...notice, id };
}
