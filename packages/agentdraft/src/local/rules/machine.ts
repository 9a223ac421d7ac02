// The rules of AgentDraft as one state machine: which concept decides a command, and what time brings.
import type { Machine } from "@x/core/service";
import { apply } from "./apply.ts";
import { auditStreams, getAuditHead } from "./audit-streams.ts";
import { dueGroup, endArbitration, endArbitrations } from "./bookings/arbitration.ts";
import { cancelBooking, releaseHold } from "./bookings/booking-ends.ts";
import { getBooking, listAvailability, listBookings } from "./bookings/booking-reads.ts";
import { createBooking, decideAfterWait } from "./bookings/bookings.ts";
import { expireHold } from "./bookings/hold-ends.ts";
import {
  expireApproval,
  getApproval,
  listApprovals,
  requestApproval,
  resolveApproval,
} from "./decisions/approvals.ts";
import { getConsent, listConsents, resolveConsent } from "./decisions/consents.ts";
import { acceptCounter, listCounters, proposeCounter, rejectCounter } from "./decisions/counters.ts";
import { listUndecided } from "./decisions/undecided.ts";
import {
  addSuppression,
  bounceMail,
  checkSuppression,
  getMessage,
  listMail,
  listMessages,
  listSuppressions,
  mailboxInfo,
  removeSuppression,
} from "./mail/mail-store.ts";
import { injectMail, replyMessage, sendMessage } from "./mail/mailbox.ts";
import type { DraftRecord } from "./model/records.ts";
import { type DraftRules, defaultRules } from "./model/rule-options.ts";
import { createState, type Due, noteTime, type ServerKey, type State } from "./model/state.ts";
import type { DraftTurn, DraftTypes } from "./model/turn.ts";
import {
  createAgent,
  describeAgent,
  listAgents,
  revokeAgent,
  rotateKey,
  rotateSigningKey,
  updateAgent,
} from "./people/agents.ts";
import { getRules, setRules } from "./people/calendar-rules.ts";
import { logout, requestMagicLink, verifyMagicLink } from "./people/people.ts";
import { restoreState, sizeOf, snapshotState } from "./state-snapshot.ts";
import {
  createWebhook,
  deleteWebhook,
  deliveryAttempted,
  listDeliveries,
  listWebhooks,
  takeDeliveries,
} from "./webhooks.ts";

/** What the rules tell those who operate them. Called synchronously; must not throw, and decides nothing. */
export interface MachineObserver {
  /** So many commits are decided together at the end of their window. Not called in a replay. */
  onGroup?(size: number): void;
}

export type DraftMachine = Machine<DraftTypes>;

/**
 * The rules. Holds, approvals and consents end at wall times, since callers were told these; only arbitration counts
 * on the monotonic clock.
 */
export function createMachine(given: Partial<DraftRules> = {}, observer: MachineObserver = {}): DraftMachine {
  const settings: DraftRules = { ...defaultRules, ...given };
  return {
    create: createState,

    commands: {
      describeAgent,
      createBooking: (state, command, turn) => createBooking(state, command, turn, settings),
      releaseHold,
      cancelBooking,
      listAvailability: (state, command, turn) => listAvailability(state, command, turn.now.wall),
      getBooking,
      listBookings,
      mailboxInfo: (state, command, turn) => mailboxInfo(state, command, turn.now.wall, settings),
      listMessages,
      getMessage,
      sendMessage: (state, command, turn) => sendMessage(state, command, turn, settings),
      replyMessage: (state, command, turn) => replyMessage(state, command, turn, settings),
      checkSuppression,
      requestApproval,
      getApproval,
      listApprovals,
      resolveApproval: (state, command, turn) => resolveApproval(state, command, turn, settings),
      getConsent,
      listConsents,
      listUndecided,
      resolveConsent: (state, command, turn) => resolveConsent(state, command, turn, settings),
      proposeCounter,
      listCounters,
      acceptCounter: (state, command, turn) => acceptCounter(state, command, turn, settings),
      rejectCounter,
      getAuditHead,
      createAgent: (state, command, turn) => createAgent(state, command, turn, settings),
      listAgents,
      updateAgent,
      revokeAgent,
      rotateKey,
      rotateSigningKey,
      getRules,
      setRules,
      listSuppressions,
      addSuppression,
      removeSuppression,
      listMail,
      injectMail: (state, command, turn) => injectMail(state, command, turn, settings),
      bounceMail,
      createWebhook,
      listWebhooks,
      deleteWebhook,
      listDeliveries,
      takeDeliveries: (state, command, turn) => takeDeliveries(state, command, turn.now.wall),
      deliveryAttempted: (state, command, turn) => deliveryAttempted(state, command, turn, settings),
      endArbitrations: (state, _command, turn) => endArbitrations(state, turn),
      requestMagicLink: (_state, command, turn) => requestMagicLink(command, turn),
      verifyMagicLink,
      logout,
    },

    expire(state: State, turn: DraftTurn): void {
      noteTime(state, turn.now);
      for (
        let next = state.deadlines.peek();
        next !== undefined && next.at <= turn.now.wall;
        next = state.deadlines.peek()
      ) {
        fallDue(state, next.value, turn);
      }
    },

    settle(state: State, turn: DraftTurn): void {
      // After the commands of the turn: whoever is here by now takes part.
      for (let group = dueGroup(state, turn.now); group !== undefined; group = dueGroup(state, turn.now)) {
        observer.onGroup?.(group.members.length);
        endArbitration(state, group, turn, (command, siblings) =>
          decideAfterWait(state, command, siblings, turn, settings),
        );
      }
    },

    cancel(): void {
      // A commit that was accepted for arbitration stands, whether or not its caller still listens.
    },

    nextDeadline(state: State): number {
      const due = state.deadlines.peek()?.at ?? Number.POSITIVE_INFINITY;
      const group = state.groups.peek()?.at ?? Number.POSITIVE_INFINITY;
      return Math.min(due - state.wallAheadMs, group);
    },

    pause: (byMs) => ({ type: "clock.paused", byMs }),
    corrected: (byMs) => ({ type: "clock.corrected", byMs }),
    restarted: () => ({ type: "store.restarted" }),
    apply,
    streams: auditStreams,
    snapshot: snapshotState,
    restore: restoreState,
    size: sizeOf,
  };
}

/** The first record of a new store. */
export function genesis(serverKey: ServerKey): DraftRecord {
  return { type: "store.created", serverKey };
}

function fallDue(state: State, due: Due, turn: DraftTurn): void {
  switch (due.kind) {
    case "hold":
      expireHold(state, due.booking, turn);
      break;
    case "approval":
      expireApproval(state, due.approval, turn);
      break;
  }
}
