// Who gets an event, and how it comes into their queues: it is stored once, and each queue has a small entry that leads to it.
import { readDestination } from "../../../wire/destinations.ts";
import { matchesSome } from "../../../wire/patterns.ts";
import type { Delivery, Notice, Said } from "../model/entities.ts";
import { type Agent, homeOf, type State } from "../model/state.ts";

/** About how long an event is as JSON beside its payload and metadata. */
const envelopeBytes = 420;

/** The agents that an event reaches by its destination. */
export function recipientsOf(state: State, { to, source, allowedAgents }: Said): Agent[] {
  const reached = reachedBy(state, to, source);
  // Whoever is named alone is meant.
  return allowedAgents === undefined || readDestination(to).kind === "agent"
    ? reached
    : reached.filter(({ facts }) => allowedAgents.includes(facts.id));
}

function reachedBy(state: State, to: string | null, source: string): Agent[] {
  const destination = readDestination(to);
  switch (destination.kind) {
    case "agent": {
      const agent = state.agents.get(destination.id);
      return agent === undefined ? [] : [agent];
    }
    case "everyone":
      return [...state.agents.values()].filter(({ facts }) => facts.id !== source);
    case "channel":
      return membersOf(state, destination.name, source);
    case "group": {
      const { name } = destination;
      const listed = new Set(state.limits.groupAgents.find(([group]) => group === name)?.[1]);
      return [...state.agents.values()].filter(
        ({ facts }) => facts.id !== source && (facts.group === name || listed.has(facts.id)),
      );
    }
    case "nobody":
    case "mod":
    case "invalid":
      return [];
    default:
      return destination satisfies never;
  }
}

/** The agents in a channel of the network, without one of them. */
export function membersOf(state: State, channel: string, without: string): Agent[] {
  const members: Agent[] = [];
  for (const id of homeOf(state).channels.get(channel)?.members ?? []) {
    const agent = id === without ? undefined : state.agents.get(id);
    if (agent !== undefined) {
      members.push(agent);
    }
  }
  return members;
}

/** Puts an event, or what is told of it, into the queues of agents. For `apply` alone. */
export function deliver(
  state: State,
  said: Said,
  notice: Notice | null,
  agents: readonly Agent[],
  nowMs: number,
): void {
  const name = notice?.name ?? said.name;
  let delivery: Delivery | undefined;
  for (const agent of agents) {
    // Every member has an id of its own for a notification, whether or not it wants it: so a replay counts alike.
    const n = notice === null ? 0 : ++state.ids;
    if (wants(agent, name)) {
      delivery ??= makeDelivery(state, said, notice);
      enqueue(state, agent, n, delivery, nowMs);
    }
  }
}

function makeDelivery(state: State, said: Said, notice: Notice | null): Delivery {
  state.deliveries += 1;
  const payload = Buffer.byteLength(notice?.payload ?? said.payload) + Buffer.byteLength(notice?.more ?? "");
  return {
    no: state.deliveries,
    said,
    notice,
    bytes: envelopeBytes + payload + (notice === null ? Buffer.byteLength(said.metadata) : 2),
  };
}

/** Subscriptions narrow: who has none gets everything. */
function wants({ subscriptions }: Agent, name: string): boolean {
  if (subscriptions.size === 0) {
    return true;
  }
  for (const { patterns } of subscriptions.values()) {
    if (matchesSome(patterns, name)) {
      return true;
    }
  }
  return false;
}

function enqueue(state: State, agent: Agent, n: number, delivery: Delivery, nowMs: number): void {
  const { queue } = agent;
  const { queueLimit, queueBytes } = state.limits;
  queue.lastSeq += 1;
  queue.entries.push({ seq: queue.lastSeq, n, delivery });
  queue.bytes += delivery.bytes;
  state.counts.queued += 1;
  while (queue.entries.length > queueLimit || (queue.bytes > queueBytes && queue.entries.length > 1)) {
    const dropped = queue.entries.shift();
    queue.bytes -= dropped?.delivery.bytes ?? 0;
    queue.droppedSinceMs ??= nowMs;
    // What was polled already, and is only not logged so yet, is no loss.
    if ((dropped?.seq ?? 0) > agent.takenTo) {
      state.counts.dropped += 1;
    }
  }
  if (agent.waiter !== null) {
    state.woken.add(agent);
  }
}
