// How agents take what is queued for them: at once or waiting, for good or until they acknowledge it. What was taken is logged a
// little later, so that no poll waits for the disk: after a kill it comes again, and never less.
import { deferred, type Ticket } from "@x/core/service";
import { authenticated } from "../agents/authentication.ts";
import type { CommandOf, Polled } from "../model/commands.ts";
import type { Entry } from "../model/entities.ts";
import { type Refusal, unauthenticated } from "../model/refusal.ts";
import { lazyMs, mostPollBytes } from "../model/rule-options.ts";
import type { Agent, State } from "../model/state.ts";
import type { NetworkTurn } from "../model/turn.ts";

/** Everything that is queued, or what waits for something to be. */
export function poll(
  state: State,
  { agentId, secretHash, limit, ack, waitMs, stream }: CommandOf<"poll">,
  turn: NetworkTurn,
): Polled | Refusal | typeof deferred {
  const agent = authenticated(state, agentId, secretHash, turn);
  if (agent === undefined) {
    return unauthenticated;
  }
  agent.fetchedMono = turn.now.mono;
  if (ack !== null) {
    take(state, agent, Math.min(ack, agent.queue.lastSeq), turn);
  }
  if (stream !== null) {
    if (stream.opens) {
      endWait(state, agent, turn);
      agent.stream = stream.id;
    } else if (agent.stream !== stream.id) {
      return nothing(agent.takenTo, true);
    }
  } else if (waitMs > 0) {
    endWait(state, agent, turn);
    agent.stream = null;
  }
  const after = stream === null ? (ack === null ? null : agent.takenTo) : (stream.after ?? agent.takenTo);
  const polled = read(agent, after ?? agent.takenTo, limit);
  if (polled.entries.length === 0 && polled.dropped === 0 && waitMs > 0 && limit > 0) {
    const deadline = state.waits.add(turn.now.mono + waitMs, agentId);
    agent.waiter = { ticket: turn.ticket, deadline, limit, after };
    return deferred;
  }
  if (after === null) {
    takeFor(state, agent, turn.ticket, polled, turn);
  }
  return polled;
}

/** Answers those that have got what they waited for: at the end of a turn, so that what came together is answered together. */
export function answerWoken(state: State, turn: NetworkTurn): void {
  for (const agent of state.woken) {
    const { waiter } = agent;
    if (waiter === null) {
      continue;
    }
    const polled = read(agent, waiter.after ?? agent.takenTo, waiter.limit);
    if (polled.entries.length === 0 && polled.dropped === 0) {
      continue;
    }
    stopWaiting(state, agent);
    agent.fetchedMono = turn.now.mono;
    if (waiter.after === null) {
      takeFor(state, agent, waiter.ticket, polled, turn);
    }
    turn.answer(waiter.ticket, polled);
  }
  state.woken.clear();
}

/** Whoever waited long enough gets nothing. */
export function endWaits(state: State, untilMono: number, turn: NetworkTurn): void {
  for (let next = state.waits.peek(); next !== undefined && next.at <= untilMono; next = state.waits.peek()) {
    const agent = state.agents.get(next.value);
    if (agent?.waiter?.deadline === next) {
      // It was there all the time.
      agent.seenMono = turn.now.mono;
      endWait(state, agent, turn, false);
    } else {
      state.waits.remove(next);
    }
  }
}

/** Another one takes over, the agent has gone, or it took too long: who waits gets nothing. */
export function endWait(state: State, agent: Agent, turn: NetworkTurn, isOver = true): void {
  const { waiter } = agent;
  if (waiter !== null) {
    stopWaiting(state, agent);
    turn.answer(waiter.ticket, nothing(waiter.after ?? agent.takenTo, isOver));
  }
}

/** The caller of a poll has gone: what it alone could have got is there again. */
export function withdrawPoll(state: State, ticket: Ticket): void {
  const taken = state.takes.get(ticket);
  if (taken !== undefined) {
    state.takes.delete(ticket);
    if (taken.agent.takenTo === taken.to && taken.from >= taken.agent.queue.takenTo) {
      taken.agent.takenTo = taken.from;
    }
    return;
  }
  for (const agent of state.agents.values()) {
    if (agent.waiter?.ticket === ticket) {
      stopWaiting(state, agent);
      return;
    }
  }
}

/** Logs what was taken, so that no restart brings it again. */
export function logTaken(state: State, turn: NetworkTurn): void {
  const taken: [string, number][] = [];
  for (const agent of state.unlogged) {
    if (agent.takenTo > agent.queue.takenTo && state.agents.get(agent.facts.id) === agent) {
      taken.push([agent.facts.id, agent.takenTo]);
    }
  }
  state.unlogged.clear();
  state.takes.clear();
  state.logAtMono = Number.POSITIVE_INFINITY;
  if (taken.length > 0) {
    turn.emit({ type: "queues.taken", taken });
  }
}

/** For `apply` alone. */
export function applyTaken(state: State, agentId: string, to: number): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) {
    return;
  }
  const { queue } = agent;
  queue.takenTo = Math.max(queue.takenTo, to);
  agent.takenTo = Math.max(agent.takenTo, queue.takenTo);
  for (
    let oldest = queue.entries.at(0);
    oldest !== undefined && oldest.seq <= to;
    oldest = queue.entries.at(0)
  ) {
    queue.entries.shift();
    queue.bytes -= oldest.delivery.bytes;
  }
  if (firstOf(agent) - 1 <= to) {
    queue.droppedSinceMs = null;
  }
}

/** The place of the oldest entry; one behind the newest where none is left. */
const firstOf = ({ queue }: Agent): number => queue.entries.at(0)?.seq ?? queue.lastSeq + 1;

/** What lies behind a place. Places have no holes, so that what was dropped can be counted. */
function read(agent: Agent, after: number, limit: number): Polled {
  const { queue } = agent;
  const first = firstOf(agent);
  const dropped = Math.max(0, first - 1 - after);
  const entries: Entry[] = [];
  let bytes = 0;
  for (let place = Math.max(0, after + 1 - first); entries.length < limit; place += 1) {
    const entry = queue.entries.at(place);
    bytes += entry?.delivery.bytes ?? 0;
    // One that is longer by itself goes alone.
    if (entry === undefined || (bytes > mostPollBytes && entries.length > 0)) {
      break;
    }
    entries.push(entry);
  }
  const next = entries.at(-1)?.seq ?? (dropped > 0 && limit > 0 ? first - 1 : after);
  return { entries, dropped: limit > 0 ? dropped : 0, sinceMs: queue.droppedSinceMs, next, ended: false };
}

const nothing = (next: number, ended: boolean): Polled => ({
  entries: [],
  dropped: 0,
  sinceMs: null,
  next,
  ended,
});

function takeFor(state: State, agent: Agent, ticket: Ticket, { next }: Polled, turn: NetworkTurn): void {
  const from = agent.takenTo;
  if (next > from) {
    take(state, agent, next, turn);
    state.takes.set(ticket, { agent, from, to: next });
  }
}

function take(state: State, agent: Agent, to: number, turn: NetworkTurn): void {
  if (to > agent.takenTo) {
    agent.takenTo = to;
    state.unlogged.add(agent);
    state.logAtMono = Math.min(state.logAtMono, turn.now.mono + lazyMs);
  }
}

function stopWaiting(state: State, agent: Agent): void {
  if (agent.waiter !== null) {
    state.waits.remove(agent.waiter.deadline);
    agent.waiter = null;
  }
}
