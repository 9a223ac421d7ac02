// The whole state as a plain value, and back: what a restart begins with instead of the first record.
import type { Now } from "@x/core/service";
import { addMessage } from "./messaging/apply-messages.ts";
import type {
  AgentFacts,
  Channel,
  Delivery,
  FileFacts,
  Kept,
  Limits,
  Member,
  Message,
  Subscription,
  WorkspaceFacts,
} from "./model/entities.ts";
import {
  addAgent,
  createQueue,
  createState,
  createWorkspace,
  type Queue,
  type State,
} from "./model/state.ts";
import { setChannel, setMember } from "./workspaces/apply-workspaces.ts";

type Of<Value> = readonly [owner: string, value: Value];

/** A state as it is stored. Lists stand directly below the top, in the order in which their items came. */
interface StoredState {
  readonly prefix: string;
  readonly ids: number;
  readonly limits: Limits;
  readonly homeId: string;
  readonly deliveryCount: number;
  readonly messageCount: number;
  readonly bans: readonly Of<number>[];
  readonly kept: readonly Of<Kept>[];
  readonly deliveries: readonly Delivery[];
  readonly agents: readonly (AgentFacts & {
    readonly lastSeq: number;
    readonly takenTo: number;
    readonly droppedSinceMs: number | null;
  })[];
  readonly subscriptions: readonly Of<Subscription>[];
  /** Places of queues: the agent's place in its list, the number of the entry, its id, and the number of the delivery. */
  readonly entries: readonly (readonly [agent: number, seq: number, n: number, delivery: number])[];
  readonly workspaces: readonly (WorkspaceFacts & { readonly activeMs: number })[];
  readonly members: readonly Of<Member>[];
  readonly channels: readonly Of<Channel & { readonly members: readonly string[] }>[];
  readonly messages: readonly Of<Message>[];
  readonly reactions: readonly (readonly [
    workspaceId: string,
    messageId: string,
    type: string,
    agents: readonly string[],
  ])[];
  readonly files: readonly Of<FileFacts>[];
}

/** Half of what a snapshot holds, of which a remembered id is the smaller half of a record: snapshots come as many records apart. */
export function sizeOf({ agents, workspaces, kept }: State): number {
  let size = agents.size + kept.size / 2;
  for (const { queue } of agents.values()) {
    size += queue.entries.length;
  }
  for (const { log, members, channels, files } of workspaces.values()) {
    size += log.length + members.size + channels.size + files.size;
  }
  return Math.ceil(size / 2);
}

export function snapshotState(state: State): StoredState {
  const agents = [...state.agents.values()];
  const workspaces = [...state.workspaces.values()];
  const deliveries = new Map<number, Delivery>();
  const entries: (readonly [number, number, number, number])[] = [];
  for (const [place, { queue }] of agents.entries()) {
    for (const { seq, n, delivery } of queue.entries.slice(0)) {
      deliveries.set(delivery.no, delivery);
      entries.push([place, seq, n, delivery.no]);
    }
  }
  return {
    prefix: state.prefix,
    ids: state.ids,
    limits: state.limits,
    homeId: state.homeId,
    deliveryCount: state.deliveries,
    messageCount: state.messages,
    bans: [...state.bans],
    kept: [...state.kept],
    deliveries: [...deliveries.values()],
    agents: agents.map(({ facts, queue: { lastSeq, takenTo, droppedSinceMs } }) => ({
      ...facts,
      lastSeq,
      takenTo,
      droppedSinceMs,
    })),
    subscriptions: agents.flatMap(({ facts, subscriptions }) =>
      [...subscriptions.values()].map((each): Of<Subscription> => [facts.id, each]),
    ),
    entries,
    workspaces: workspaces.map(({ facts, activeMs }) => ({ ...facts, activeMs })),
    members: workspaces.flatMap(({ facts, members }) =>
      [...members.values()].map((member): Of<Member> => [facts.id, member.facts]),
    ),
    channels: workspaces.flatMap(({ facts, channels }) =>
      [...channels.values()].map(
        (channel): Of<Channel & { members: string[] }> => [
          facts.id,
          { ...channel.facts, members: [...channel.members] },
        ],
      ),
    ),
    messages: workspaces.flatMap(({ facts, log }) =>
      [...log.after(0)].map((message): Of<Message> => [facts.id, message]),
    ),
    reactions: workspaces.flatMap(({ facts, reactions }) =>
      [...reactions].flatMap(([messageId, types]) =>
        [...types].map(([type, who]) => [facts.id, messageId, type, [...who]] as const),
      ),
    ),
    files: workspaces.flatMap(({ facts, files }) =>
      [...files.values()].map((file): Of<FileFacts> => [facts.id, file]),
    ),
  };
}

/** The state of a snapshot that this package wrote. */
export function restoreState(snapshot: unknown, now: Now): State {
  // The journal has verified that these are the bytes that were written.
  const stored = snapshot as StoredState;
  const state = createState();
  state.prefix = stored.prefix;
  state.ids = stored.ids;
  state.limits = stored.limits;
  state.homeId = stored.homeId;
  state.deliveries = stored.deliveryCount;
  state.messages = stored.messageCount;
  for (const [id, untilMs] of stored.bans) {
    state.bans.set(id, untilMs);
  }
  for (const [key, kept] of stored.kept) {
    state.kept.set(key, kept);
  }
  restoreAgents(state, stored, now);
  restoreWorkspaces(state, stored, now);
  return state;
}

function restoreAgents(state: State, stored: StoredState, now: Now): void {
  const queues: Queue[] = [];
  for (const { lastSeq, takenTo, droppedSinceMs, ...facts } of stored.agents) {
    const queue: Queue = { ...createQueue(), lastSeq, takenTo, droppedSinceMs };
    queues.push(queue);
    addAgent(state, facts, now.mono, queue);
  }
  for (const [agentId, subscription] of stored.subscriptions) {
    state.agents.get(agentId)?.subscriptions.set(subscription.id, subscription);
  }
  const deliveries = new Map(stored.deliveries.map((delivery) => [delivery.no, delivery]));
  for (const [place, seq, n, no] of stored.entries) {
    const queue = queues[place];
    const delivery = deliveries.get(no);
    if (queue !== undefined && delivery !== undefined) {
      queue.entries.push({ seq, n, delivery });
      queue.bytes += delivery.bytes;
    }
  }
}

function restoreWorkspaces(state: State, stored: StoredState, now: Now): void {
  for (const { activeMs, ...facts } of stored.workspaces) {
    state.workspaces.set(facts.id, { ...createWorkspace(facts), activeMs });
    state.slugs.set(facts.slug, facts.id);
    state.tokens.set(facts.tokenHash, facts.id);
  }
  const at = (id: string) => state.workspaces.get(id);
  for (const [id, member] of stored.members) {
    const workspace = at(id);
    if (workspace !== undefined) {
      setMember(state, workspace, member, now.mono);
    }
  }
  for (const [id, { members, ...channel }] of stored.channels) {
    const workspace = at(id);
    if (workspace !== undefined) {
      setChannel(workspace, channel, members);
    }
  }
  for (const [id, message] of stored.messages) {
    const workspace = at(id);
    if (workspace !== undefined) {
      addMessage(state, workspace, message);
    }
  }
  for (const [id, messageId, type, agents] of stored.reactions) {
    const reactions = at(id)?.reactions;
    const types = reactions?.get(messageId) ?? new Map<string, Set<string>>();
    reactions?.set(messageId, types.set(type, new Set(agents)));
  }
  for (const [id, file] of stored.files) {
    at(id)?.files.set(file.id, file);
  }
}
