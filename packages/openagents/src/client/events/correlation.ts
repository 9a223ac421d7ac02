// Which message answers which request, and whether two agents wait for each other.
//
// A request has states: sending (a server that chooses ids has not said its one yet), waiting, over. Where this client will not
// answer a request of another agent before its own request to that agent is over, it says so (`agent.wait.blocked`). Who is
// told so, and is held up by the same, ends its own wait; who is not answers that it is free (`agent.wait.free`). Who hears
// neither in time ends its wait too: the other does not know these words, and waits.

import type { Clock, Timer } from "@x/core";
import { keepNewest } from "@x/core";
import type { Reply } from "../../types.ts";
import { type Body, bodyOf, textsOf } from "../../wire/body.ts";
import type { AgentEvent } from "./agent-event.ts";
import type { Arrival } from "./arrival.ts";
import { isMessage, isRequest, replyOf, requestIdOf, responseToOf } from "./requests.ts";

/** What agents of this package tell each other about their waits. */
const waitNotices = { blocked: "agent.wait.blocked", free: "agent.wait.free" } as const;

/** Two agents that wait for each other. */
export interface DeadlockInfo {
  /** The other agent. */
  readonly agentId: string;
  /** The request that this client had sent; its `sendAndWait` answers null. */
  readonly requestId: string;
  /** The request of the other that waits here. */
  readonly blockedRequestId: string;
}

export interface CorrelatorOptions {
  readonly clock: Clock;
  /** How long the other may take to say that it is free, in milliseconds. */
  readonly deadlockAfterMs: number;
  readonly onDeadlock: (info: DeadlockInfo) => void;
  /** Whether messages get other ids than those that their sender gave them. */
  readonly serverChoosesIds: () => boolean;
  /** Tells another agent about a wait. */
  readonly tell: (agentId: string, eventName: string, payload: Body) => void;
}

/** A request that waits for its answer. */
export interface PendingReply extends Disposable {
  readonly reply: Promise<Reply | null>;
  /** Says that it was sent, and under which id the server knows it. */
  sent(requestId: string): void;
}

export interface Correlator {
  /** Begins to look for the answer: before the request is sent, under the id that its sender gives it. */
  start(agentId: string, requestId: string): PendingReply;
  /** Looks at what came. Whether it was about waits and is nothing for handlers. */
  offer(arrival: Arrival): boolean;
  /** Its handlers begin. */
  begin(arrival: Arrival): void;
  /** Its handlers have finished. */
  handled(arrival: Arrival): void;
  /** A direct message of this client's went out. */
  sent(agentId: string, responseTo: string | undefined): void;
  /** Ends all waits with null. */
  end(): void;
}

interface Pending {
  readonly agentId: string;
  /** Its own and, once it is sent, the server's: an answer names either. */
  readonly ids: string[];
  isSent: boolean;
  /** The arrival whose handlers were under way when it began: they may wait for it. */
  readonly during: Arrival | undefined;
  timer?: Timer | undefined;
  toldBlocked: boolean;
  resolve(reply: Reply | null): void;
}

/** A request of another agent that is not answered yet. */
interface Incoming {
  readonly arrival: Arrival;
  readonly requestId: string;
  state: "queued" | "running" | "handled";
}

/** Requests of one agent that are remembered until they are answered, and agents whose requests are: many come once and go. */
const mostIncoming = 100;
const mostAsking = 1_000;

export function createCorrelator(options: CorrelatorOptions): Correlator {
  const { clock, deadlockAfterMs, onDeadlock, serverChoosesIds, tell } = options;
  /** Oldest first. */
  const pendings = new Map<string, Pending[]>();
  /** Messages that came while the id of a request was not known yet. */
  const held = new Map<string, AgentEvent[]>();
  const incoming = new Map<string, Incoming[]>();
  let running: Arrival | undefined;

  const of = (agentId: string): readonly Pending[] => pendings.get(agentId) ?? [];

  const drop = (pending: Pending): void => {
    const left = of(pending.agentId).filter((other) => other !== pending);
    pending.timer?.cancel();
    if (left.length === 0) {
      pendings.delete(pending.agentId);
      held.delete(pending.agentId);
    } else {
      pendings.set(pending.agentId, left);
    }
  };

  const settle = (pending: Pending, reply: Reply | null): void => {
    drop(pending);
    pending.resolve(reply);
  };

  /** Gives a message to the request that it answers. Whether it has to wait for an id. */
  const match = (event: AgentEvent): boolean => {
    const candidates = of(event.sourceId);
    const responseTo = responseToOf(event);
    const answered =
      responseTo === undefined
        ? isRequest(event)
          ? undefined
          : candidates[0]
        : candidates.find(({ ids }) => ids.includes(responseTo));
    if (answered !== undefined && (answered.isSent || responseTo !== undefined || !serverChoosesIds())) {
      settle(answered, replyOf(event));
      return false;
    }
    const mayBe =
      responseTo === undefined ? answered !== undefined : candidates.some(({ isSent }) => !isSent);
    return mayBe && serverChoosesIds();
  };

  /** Whether this client will not answer a request before its own to the same agent is over. */
  const holdsUp = (pending: Pending, { state }: Incoming): boolean =>
    state === "handled" || (state === "queued" && running !== undefined && pending.during === running);

  /** Looks whether one waits for the other, now that something about their requests has changed. */
  const look = (agentId: string): void => {
    for (const pending of of(agentId)) {
      const blocked = incoming.get(agentId)?.find((request) => holdsUp(pending, request));
      if (blocked === undefined || !pending.isSent || pending.toldBlocked) {
        continue;
      }
      pending.toldBlocked = true;
      tell(agentId, waitNotices.blocked, { request_id: blocked.requestId, waiting_for: pending.ids });
      pending.timer = clock.setTimer(deadlockAfterMs, () => deadlocked(pending, blocked.requestId), {
        ref: false,
      });
    }
  };

  const deadlocked = (pending: Pending, blockedRequestId: string): void => {
    const { agentId, ids } = pending;
    settle(pending, null);
    onDeadlock({ agentId, requestId: ids.at(-1) ?? "", blockedRequestId });
  };

  const notice = ({ eventName, payload, sourceId }: AgentEvent): void => {
    const { request_id: about, waiting_for: waitingFor } = bodyOf(payload);
    const own = of(sourceId).find(({ ids }) => ids.some((id) => id === about));
    if (eventName === waitNotices.free) {
      own?.timer?.cancel();
      return;
    }
    const ids = textsOf(waitingFor);
    const theirs = incoming.get(sourceId)?.find(({ requestId }) => ids.includes(requestId));
    if (own !== undefined && theirs !== undefined && holdsUp(own, theirs)) {
      deadlocked(own, theirs.requestId);
    } else {
      tell(sourceId, waitNotices.free, { request_id: ids[0] });
    }
  };

  return {
    start(agentId, requestId) {
      const answer = Promise.withResolvers<Reply | null>();
      const pending: Pending = {
        agentId,
        ids: [requestId],
        isSent: false,
        during: running,
        toldBlocked: false,
        resolve: answer.resolve,
      };
      pendings.set(agentId, [...of(agentId), pending]);
      const sent = (id: string): void => {
        pending.isSent = true;
        pending.ids.push(id);
        const waiting = held.get(agentId) ?? [];
        held.delete(agentId);
        const left = waiting.filter(match);
        if (left.length > 0 && pendings.has(agentId)) {
          held.set(agentId, left);
        }
        look(agentId);
      };
      return {
        reply: answer.promise,
        sent,
        [Symbol.dispose]: () => settle(pending, null),
      };
    },

    offer(arrival) {
      const { event } = arrival;
      const { sourceId } = event;
      if (event.eventName === waitNotices.blocked || event.eventName === waitNotices.free) {
        notice(event);
        return true;
      }
      if (!isMessage(event)) {
        return false;
      }
      if (pendings.has(sourceId) && match(event)) {
        held.set(sourceId, [...(held.get(sourceId) ?? []), event]);
      }
      if (isRequest(event)) {
        const requests = incoming.get(sourceId) ?? [];
        requests.push({ arrival, requestId: requestIdOf(event), state: "queued" });
        keepNewest(incoming, sourceId, requests.slice(-mostIncoming), mostAsking);
        look(sourceId);
      }
      return false;
    },

    begin(arrival) {
      running = arrival;
      stateOf(incoming, arrival, "running");
    },

    handled(arrival) {
      running = undefined;
      if (stateOf(incoming, arrival, "handled")) {
        look(arrival.event.sourceId);
      }
    },

    sent(agentId, responseTo) {
      const requests = incoming.get(agentId);
      if (requests === undefined) {
        return;
      }
      // An answer that does not say what it answers is one to the oldest.
      const index =
        responseTo === undefined ? 0 : requests.findIndex(({ requestId }) => requestId === responseTo);
      if (index >= 0) {
        requests.splice(index, 1);
      }
      if (requests.length === 0) {
        incoming.delete(agentId);
      }
    },

    end() {
      for (const pending of [...pendings.values()].flat()) {
        settle(pending, null);
      }
      incoming.clear();
    },
  };
}

/** Notes how far a request of another has come. Whether the arrival is one. */
function stateOf(
  incoming: ReadonlyMap<string, readonly Incoming[]>,
  arrival: Arrival,
  state: Incoming["state"],
): boolean {
  const request = incoming.get(arrival.event.sourceId)?.find((each) => each.arrival === arrival);
  if (request !== undefined) {
    request.state = state;
  }
  return request !== undefined;
}
