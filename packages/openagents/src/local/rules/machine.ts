// The rules of a network and its workspaces as one state machine: which concept decides a command, and what comes due.
import type { Machine } from "@x/core/service";
import { authenticated } from "./agents/authentication.ts";
import { register, silenceDue, unregister } from "./agents/registration.ts";
import { apply } from "./apply.ts";
import type { NetworkRecord, StartFacts } from "./model/records.ts";
import { unauthenticated } from "./model/refusal.ts";
import { defaultRules, type NetworkRules } from "./model/rule-options.ts";
import { createState, type Due, type State } from "./model/state.ts";
import type { NetworkTurn, NetworkTypes } from "./model/turn.ts";
import { answerWoken, endWaits, logTaken, poll, withdrawPoll } from "./queues/polls.ts";
import { send } from "./send.ts";
import { restoreState, sizeOf, snapshotState } from "./state-snapshot.ts";
import { addFile, findFile, removeFile } from "./workspaces/files.ts";
import { postEvent } from "./workspaces/log-posts.ts";
import { beat, join, lapseDue, leave, removeMember } from "./workspaces/members.ts";
import { readLog } from "./workspaces/reading.ts";
import { createWorkspace, patchChannel, readWorkspace, resolveToken } from "./workspaces/workspaces.ts";

export type NetworkMachine = Machine<NetworkTypes>;

export function createMachine(given: Partial<NetworkRules> = {}): NetworkMachine {
  const rules: NetworkRules = { ...defaultRules, ...given };
  return {
    create: createState,

    commands: {
      register: (state, command, turn) => register(state, command, turn, rules),
      unregister,
      send: (state, command, turn) => send(state, command, turn, rules),
      authenticate(state, { agentId, secretHash }, turn) {
        const agent = authenticated(state, agentId, secretHash, turn);
        return agent === undefined ? unauthenticated : { agent };
      },
      poll,
      logTaken(state, _, turn) {
        logTaken(state, turn);
        return {};
      },
      createWorkspace,
      readWorkspace,
      resolveToken,
      join,
      leave,
      beat,
      removeMember,
      post: postEvent,
      readLog,
      patchChannel,
      addFile,
      removeFile,
      findFile,
    },

    expire(state, turn): void {
      const { mono } = turn.now;
      endWaits(state, mono, turn);
      for (let next = state.dues.peek(); next !== undefined && next.at <= mono; next = state.dues.peek()) {
        // Rules arm it again where it goes on.
        state.dues.remove(next);
        fallDue(state, next.value, turn);
      }
      if (state.logAtMono <= mono) {
        logTaken(state, turn);
      }
    },

    cancel: withdrawPoll,
    settle: answerWoken,

    nextDeadline(state): number {
      const due = state.dues.peek()?.at ?? Number.POSITIVE_INFINITY;
      const wait = state.waits.peek()?.at ?? Number.POSITIVE_INFINITY;
      return Math.min(due, wait, state.logAtMono);
    },

    pause: (byMs) => ({ type: "clock.paused", byMs }),
    corrected: (byMs) => ({ type: "clock.corrected", byMs }),
    restarted: () => ({ type: "store.restarted", ...startFacts(rules) }),
    restored: (history) => ({ type: "store.restored", prefix: prefixOf(history) }),
    apply,
    snapshot: snapshotState,
    restore: restoreState,
    size: sizeOf,
    mark: ({ messages }) => messages,
  };
}

/** The first record of a new store. Its ids begin as this UUID does. */
export function genesis(given: Partial<NetworkRules>, uuid: string): NetworkRecord {
  return { type: "store.created", prefix: prefixOf(uuid), ...startFacts({ ...defaultRules, ...given }) };
}

/** All but the last group of a UUID. */
const prefixOf = (uuid: string): string => uuid.slice(0, 24);

function startFacts(rules: NetworkRules): StartFacts {
  const { queueLimit, queueBytes, historyLimit, agentTimeoutMs, groups, channels } = rules;
  return {
    limits: {
      queueLimit,
      queueBytes,
      historyLimit,
      agentTimeoutMs,
      groupAgents: groups.map(({ name, metadata }) => [name, metadata.agents ?? []] as const),
    },
    channels,
    workspace: { slug: rules.workspaceSlug, name: rules.networkName, tokenHash: rules.workspaceTokenHash },
  };
}

function fallDue(state: State, due: Due, turn: NetworkTurn): void {
  switch (due.kind) {
    case "silence":
      silenceDue(state, due.agentId, turn);
      break;
    case "lapse":
      lapseDue(state, due.workspaceId, due.name, turn);
      break;
    default:
      due satisfies never;
  }
}
