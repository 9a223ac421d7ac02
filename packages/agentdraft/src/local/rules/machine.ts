// The rules of AgentDraft as one state machine: which concept decides a command, and what time brings.
import type { deferred, Machine } from "@x/core/service";
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
import type { Command, Reply } from "./model/commands.ts";
import type { DraftRecord } from "./model/records.ts";
import type { Refusal } from "./model/refusal.ts";
import { type DraftRules, defaultRules } from "./model/rule-options.ts";
import { createState, type Due, noteTime, type ServerKey, type State } from "./model/state.ts";
import type { DraftTurn } from "./model/turn.ts";
import type { AuditEvent } from "./model/views.ts";
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

export type DraftMachine = Machine<State, Command, DraftRecord, Reply | Refusal, AuditEvent>;

/**
 * The rules. Holds, approvals and consents end at wall times, since callers were told these; only arbitration counts
 * on the monotonic clock.
 */
export function createMachine(given: Partial<DraftRules> = {}, observer: MachineObserver = {}): DraftMachine {
  const settings: DraftRules = { ...defaultRules, ...given };
  return {
    create: createState,

    decide(state: State, command: Command, turn: DraftTurn): Reply | Refusal | typeof deferred {
      noteTime(state, turn.now);
      return decideOne(state, command, turn, settings);
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

function decideOne(
  state: State,
  command: Command,
  turn: DraftTurn,
  settings: DraftRules,
): Reply | Refusal | typeof deferred {
  switch (command.type) {
    case "describeAgent":
      return describeAgent(state, command);
    case "createBooking":
      return createBooking(state, command, turn, settings);
    case "releaseHold":
      return releaseHold(state, command, turn);
    case "cancelBooking":
      return cancelBooking(state, command, turn);
    case "listAvailability":
      return listAvailability(state, command, turn.now.wall);
    case "getBooking":
      return getBooking(state, command);
    case "listBookings":
      return listBookings(state, command);
    case "mailboxInfo":
      return mailboxInfo(state, command, turn.now.wall, settings);
    case "listMessages":
      return listMessages(state, command);
    case "getMessage":
      return getMessage(state, command);
    case "sendMessage":
      return sendMessage(state, command, turn, settings);
    case "replyMessage":
      return replyMessage(state, command, turn, settings);
    case "checkSuppression":
      return checkSuppression(state, command);
    case "requestApproval":
      return requestApproval(state, command, turn);
    case "getApproval":
      return getApproval(state, command);
    case "listApprovals":
      return listApprovals(state, command);
    case "resolveApproval":
      return resolveApproval(state, command, turn, settings);
    case "getConsent":
      return getConsent(state, command);
    case "listConsents":
      return listConsents(state, command);
    case "resolveConsent":
      return resolveConsent(state, command, turn, settings);
    case "proposeCounter":
      return proposeCounter(state, command, turn);
    case "listCounters":
      return listCounters(state, command);
    case "acceptCounter":
      return acceptCounter(state, command, turn, settings);
    case "rejectCounter":
      return rejectCounter(state, command, turn);
    case "getAuditHead":
      return getAuditHead(state, command);
    case "createAgent":
      return createAgent(state, command, turn, settings);
    case "listAgents":
      return listAgents(state, command);
    case "updateAgent":
      return updateAgent(state, command, turn);
    case "revokeAgent":
      return revokeAgent(state, command, turn);
    case "rotateKey":
      return rotateKey(state, command, turn);
    case "rotateSigningKey":
      return rotateSigningKey(state, command, turn);
    case "getRules":
      return getRules(state, command);
    case "setRules":
      return setRules(state, command, turn);
    case "listSuppressions":
      return listSuppressions(state, command);
    case "addSuppression":
      return addSuppression(state, command, turn);
    case "removeSuppression":
      return removeSuppression(state, command, turn);
    case "listMail":
      return listMail(state, command);
    case "injectMail":
      return injectMail(state, command, turn, settings);
    case "bounceMail":
      return bounceMail(state, command, turn);
    case "createWebhook":
      return createWebhook(state, command, turn);
    case "listWebhooks":
      return listWebhooks(state, command);
    case "deleteWebhook":
      return deleteWebhook(state, command, turn);
    case "listDeliveries":
      return listDeliveries(state, command);
    case "takeDeliveries":
      return takeDeliveries(state, command, turn.now.wall);
    case "deliveryAttempted":
      return deliveryAttempted(state, command, turn, settings);
    case "endArbitrations":
      return endArbitrations(state, turn);
    case "requestMagicLink":
      return requestMagicLink(command, turn);
    case "verifyMagicLink":
      return verifyMagicLink(state, command, turn);
    case "logout":
      return logout(state, command, turn);
  }
}
