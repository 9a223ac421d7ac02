// The rules of Grid as one state machine: which concept decides a command, and what time brings.
import type { Machine } from "@x/core/service";
import { apply } from "./apply.ts";
import { publicGridId } from "./model/entities.ts";
import type { GridRecord } from "./model/records.ts";
import { defaultRules, type GridRules } from "./model/rule-options.ts";
import { createState, type Due, noteTime, type State } from "./model/state.ts";
import type { GridTurn, GridTypes } from "./model/turn.ts";
import {
  addMember,
  claim,
  createGrid,
  listGrids,
  listNodes,
  makeClaimCode,
  removeMember,
  setReputation,
  unclaim,
} from "./nodes/claims.ts";
import {
  closeStream,
  getNode,
  getOwnNode,
  heartbeat,
  openStream,
  patchNode,
  register,
  replaceNode,
  resetStatus,
  setStatus,
  useNonce,
} from "./nodes/nodes.ts";
import { search } from "./nodes/search.ts";
import { inviteToRoom, joinRoom, kickFromRoom, leaveRoom, rejectRoom } from "./rooms/members.ts";
import { closeIdle, closeRoom, createRoom, listRooms } from "./rooms/rooms.ts";
import { getRoom, readRoom, sendToRoom } from "./rooms/talk.ts";
import {
  createSchedule,
  deleteSchedule,
  fireDue,
  getSchedule,
  listSchedules,
  previewSchedule,
  runSchedule,
  updateSchedule,
} from "./schedules/schedules.ts";
import { restoreState, sizeOf, snapshotState } from "./state-snapshot.ts";
import { ackTask, getTask, listTasks, notAcked, readTask } from "./tasks/reading.ts";
import { changeTask, sendTask, undelivered } from "./tasks/tasks.ts";

export type GridMachine = Machine<GridTypes>;

/** The rules. All that comes due does so at wall times, since callers were told these or count by them. */
export function createMachine(given: Partial<GridRules> = {}): GridMachine {
  const rules: GridRules = { ...defaultRules, ...given };
  return {
    create: createState,

    commands: {
      useNonce,
      register: (state, command, turn) => register(state, command, turn, rules),
      replaceNode: (state, command, turn) => replaceNode(state, command, turn, rules),
      patchNode,
      heartbeat: (state, command, turn) => heartbeat(state, command, turn, rules),
      makeClaimCode: (state, command, turn) => makeClaimCode(state, command, turn, rules),
      getNode,
      getOwnNode,
      setStatus: (state, command, turn) => setStatus(state, command, turn, rules),
      search,
      openStream,
      closeStream: (state, command, turn) => closeStream(state, command, turn, rules),
      sendTask: (state, command, turn) => sendTask(state, command, turn, rules),
      changeTask: (state, command, turn) => changeTask(state, command, turn, rules),
      readTask,
      ackTask,
      getTask,
      listTasks,
      createRoom: (state, command, turn) => createRoom(state, command, turn, rules),
      sendToRoom: (state, command, turn) => sendToRoom(state, command, turn, rules),
      readRoom,
      getRoom,
      listRooms,
      joinRoom: (state, command, turn) => joinRoom(state, command, turn, rules),
      rejectRoom,
      leaveRoom,
      closeRoom,
      inviteToRoom: (state, command, turn) => inviteToRoom(state, command, turn, rules),
      kickFromRoom,
      createSchedule,
      listSchedules,
      getSchedule,
      updateSchedule,
      deleteSchedule,
      runSchedule: (state, command, turn) => runSchedule(state, command, turn, rules),
      previewSchedule,
      claim,
      unclaim,
      setReputation,
      listNodes,
      listGrids,
      createGrid,
      addMember,
      removeMember,
    },

    expire(state: State, turn: GridTurn): void {
      noteTime(state, turn.now);
      for (let due = nextDue(state, turn.now.wall); due !== undefined; due = nextDue(state, turn.now.wall)) {
        fallDue(state, due, turn, rules);
      }
    },

    cancel(): void {
      // Whatever was asked for is done, whether or not its caller still listens: a repeat finds it.
    },

    nextDeadline(state: State): number {
      const span = state.spans.peek()?.at ?? Number.POSITIVE_INFINITY;
      const firing = state.firings.peek()?.at ?? Number.POSITIVE_INFINITY;
      return Math.min(span, firing) - state.wallAheadMs;
    },

    pause: (byMs) => ({ type: "clock.paused", byMs }),
    corrected: (byMs) => ({ type: "clock.corrected", byMs }),
    restarted: () => ({ type: "store.restarted" }),
    apply,
    snapshot: snapshotState,
    restore: restoreState,
    size: sizeOf,
    mark: ({ allNoticed }) => allNoticed,
  };
}

/** The first record of a new store. */
export const genesis = (): GridRecord => ({
  type: "store.created",
  grid: { gridId: publicGridId, name: "Public" },
});

/** The oldest that is due by now. */
function nextDue({ spans, firings }: State, nowMs: number): Due | undefined {
  const [span, firing] = [spans.peek(), firings.peek()];
  const first = span !== undefined && (firing === undefined || span.at <= firing.at) ? span : firing;
  return first !== undefined && first.at <= nowMs ? first.value : undefined;
}

function fallDue(state: State, due: Due, turn: GridTurn, rules: GridRules): void {
  switch (due.kind) {
    case "reset":
      resetStatus(state, due.nodeId, turn, rules);
      break;
    case "wait":
      notAcked(state, due, turn);
      break;
    case "delivery":
      undelivered(state, due.taskId, turn, rules);
      break;
    case "idle":
      closeIdle(state, due.roomId, turn);
      break;
    case "fire":
      fireDue(state, due.scheduleId, turn, rules);
      break;
  }
}
