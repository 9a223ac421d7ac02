// The state: agents with their queues, workspaces with their histories, and what comes due.
import { AgingMap, createDeadlineHeap, type Deadline, type DeadlineHeap, type Ticket } from "@x/core/service";
import type {
  AgentFacts,
  Channel,
  Entry,
  FileFacts,
  Kept,
  Limits,
  Member,
  Message,
  Subscription,
  WorkspaceFacts,
} from "./entities.ts";
import { createFifo, type Fifo } from "./fifo.ts";
import { createLog, type MessageLog } from "./log.ts";
import { defaultRules } from "./rule-options.ts";

/** What an agent has not taken yet. */
export interface Queue {
  readonly entries: Fifo<Entry>;
  bytes: number;
  /** Of the newest entry there was. */
  lastSeq: number;
  /** Up to here entries were taken, as far as the journal knows. */
  takenTo: number;
  /** When the first entry was dropped that nobody has taken; `null` for none. */
  droppedSinceMs: number | null;
}

/** A poll that waits for something to come. Volatile. */
export interface Waiter {
  readonly ticket: Ticket;
  readonly deadline: Deadline<string>;
  readonly limit: number;
  /** Where it reads from; `null` for one that takes what it gets. */
  readonly after: number | null;
}

export interface Agent {
  facts: AgentFacts;
  readonly subscriptions: Map<string, Subscription>;
  readonly queue: Queue;
  /** When it becomes silent for too long, at the earliest. */
  readonly silence: Deadline<Due>;
  /** When it was last heard from, as a monotonic time. Volatile. */
  seenMono: number;
  /** When it last fetched its events; `null` for not yet. Volatile. */
  fetchedMono: number | null;
  /** Up to here entries were taken. Volatile; never behind that of the queue. */
  takenTo: number;
  /** Who waits for its events, of which there is one: a poll by its ticket, a stream by its number. Volatile. */
  waiter: Waiter | null;
  stream: number | null;
}

/** A channel and who is in it. */
export interface ChannelState {
  facts: Channel;
  readonly members: Set<string>;
}

export interface MemberState {
  facts: Member;
  readonly lapse: Deadline<Due>;
  /** Its last heartbeat. Volatile. */
  seenMono: number;
}

/** A workspace; the one of the network is called home. */
export interface Workspace {
  facts: WorkspaceFacts;
  activeMs: number;
  readonly members: Map<string, MemberState>;
  readonly channels: Map<string, ChannelState>;
  readonly log: MessageLog;
  readonly byId: Map<string, Message>;
  readonly lanes: Map<string, Fifo<Message>>;
  /** Replies by the root of their thread. */
  readonly threads: Map<string, Fifo<Message>>;
  /** Who reacted, by message and type. */
  readonly reactions: Map<string, Map<string, Set<string>>>;
  readonly files: Map<string, FileFacts>;
}

/** What comes due. */
export type Due =
  | { readonly kind: "silence"; readonly agentId: string }
  | { readonly kind: "lapse"; readonly workspaceId: string; readonly name: string };

export interface State {
  /** What ids of the server begin with, and how many it has made. */
  prefix: string;
  ids: number;
  limits: Limits;
  homeId: string;
  readonly agents: Map<string, Agent>;
  readonly workspaces: Map<string, Workspace>;
  readonly slugs: Map<string, string>;
  readonly tokens: Map<string, string>;
  /** Until when who was kicked stays away. */
  readonly bans: Map<string, number>;
  readonly kept: AgingMap<string, Kept>;
  deliveries: number;
  messages: number;
  readonly dues: DeadlineHeap<Due>;
  /** Ends of polls that wait, by agent. Volatile. */
  readonly waits: DeadlineHeap<string>;
  /** Agents that wait and have got something. Volatile. */
  readonly woken: Set<Agent>;
  /** Agents of which something was taken that is not logged yet, and when that is due. Volatile. */
  readonly unlogged: Set<Agent>;
  logAtMono: number;
  /** What may be given back to an agent whose poll was gone before its answer. Volatile. */
  readonly takes: Map<Ticket, { readonly agent: Agent; readonly from: number; readonly to: number }>;
  /** Of this process, for metrics. Volatile. */
  readonly counts: { queued: number; dropped: number };
  /** Counts records, so that a rule knows whether something has changed. Volatile. */
  changes: number;
}

export function createState(): State {
  return {
    prefix: "",
    ids: 0,
    limits: defaultRules,
    homeId: "",
    agents: new Map(),
    workspaces: new Map(),
    slugs: new Map(),
    tokens: new Map(),
    bans: new Map(),
    kept: new AgingMap(),
    deliveries: 0,
    messages: 0,
    dues: createDeadlineHeap(),
    waits: createDeadlineHeap(),
    woken: new Set(),
    unlogged: new Set(),
    logAtMono: Number.POSITIVE_INFINITY,
    takes: new Map(),
    counts: { queued: 0, dropped: 0 },
    changes: 0,
  };
}

export function createWorkspace(facts: WorkspaceFacts): Workspace {
  return {
    facts,
    activeMs: facts.createdMs,
    members: new Map(),
    channels: new Map(),
    log: createLog(),
    byId: new Map(),
    lanes: new Map(),
    threads: new Map(),
    reactions: new Map(),
    files: new Map(),
  };
}

/** The workspace that is one world with the network. */
export function homeOf(state: State): Workspace {
  const home = state.workspaces.get(state.homeId);
  if (home === undefined) {
    throw new TypeError("a store has a default workspace from its first record on");
  }
  return home;
}

/** The id of a number: a UUID that begins as all of this store do. */
export const idOf = (prefix: string, n: number): string => prefix + n.toString(16).padStart(12, "0");

/** The next id of the server. Only `apply` makes ids, so that a replay makes the same. */
export function nextId(state: State): string {
  state.ids += 1;
  return idOf(state.prefix, state.ids);
}

/** Puts an agent in, who is heard from just now. */
export function addAgent(state: State, facts: AgentFacts, mono: number, queue: Queue = createQueue()): void {
  const untilMono = mono + state.limits.agentTimeoutMs;
  state.agents.set(facts.id, {
    facts,
    subscriptions: new Map(),
    queue,
    silence: state.dues.add(untilMono, { kind: "silence", agentId: facts.id }),
    seenMono: mono,
    fetchedMono: null,
    takenTo: queue.takenTo,
    waiter: null,
    stream: null,
  });
}

export function createQueue(): Queue {
  return { entries: createFifo(), bytes: 0, lastSeq: 0, takenTo: 0, droppedSinceMs: null };
}
