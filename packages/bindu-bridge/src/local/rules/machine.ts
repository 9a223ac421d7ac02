// The rules of a core as one state machine: which concept decides a command, and what time brings.
import type { Machine } from "@x/core/service";
import { apply } from "./apply.ts";
import { type BinduRules, defaultRules } from "./model/limits.ts";
import type { BinduRecord } from "./model/records.ts";
import { createState } from "./model/state.ts";
import type { BinduTypes } from "./model/turn.ts";
import { deletePush, endPush, listDead, setPush, takePushes } from "./pushes/pushes.ts";
import { getAgent, heartbeat, register, unregister } from "./registrations/registrations.ts";
import { restoreState, sizeOf, snapshotState } from "./state-snapshot.ts";
import { addFeedback, clearContext, expireKept, letGo, nextGone } from "./tasks/care.ts";
import { getTask, listContexts, listTasks, readEvents, readTurns } from "./tasks/reading.ts";
import { send, stopWaiting } from "./tasks/sending.ts";
import { addPieces, cancelTask, drain, endTurn, startTurns } from "./tasks/turns.ts";

export type BinduMachine = Machine<BinduTypes>;

/** The rules. What is kept for a while is kept by the wall clock. */
export function createMachine(given: Partial<BinduRules> = {}): BinduMachine {
  const rules: BinduRules = { ...defaultRules, ...given };
  return {
    create: () => createState(rules.storedBytes),

    commands: {
      register,
      unregister,
      getAgent,
      heartbeat,
      send,
      getTask,
      listTasks,
      readEvents,
      cancelTask,
      addFeedback,
      listContexts,
      clearContext,
      setPush,
      deletePush,
      takePushes,
      endPush,
      listDead,
      readTurns,
      addPieces,
      endTurn,
      drain,
    },

    expire(state, turn): void {
      state.wallAheadMs = turn.now.wall - turn.now.mono;
      expireKept(state, rules, turn);
    },

    cancel(state, ticket): void {
      // Only who still waits for a turn has nothing yet; whatever else was asked for is done.
      stopWaiting(state, ticket);
    },

    followUp(state, turn): void {
      startTurns(state, turn);
      letGo(state, rules, turn);
    },

    nextDeadline: (state) => nextGone(state, rules) - state.wallAheadMs,
    pause: (byMs) => ({ type: "clock.paused", byMs }),
    corrected: (byMs) => ({ type: "clock.corrected", byMs }),
    restarted: () => ({ type: "store.restarted" }),
    apply,
    snapshot: snapshotState,
    restore: (snapshot, now) => restoreState(snapshot, now, rules.storedBytes),
    size: sizeOf,
  };
}

/** The first record of a new store. */
export const genesis = (): BinduRecord => ({ type: "store.created" });
