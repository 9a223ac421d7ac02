// Nodes: registration, what they say of themselves, and who may see it.
import type { CommandOf, NodeView, Replies } from "../model/commands.ts";
import { type GridNode, type Profile, publicGridId } from "../model/entities.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { GridRules } from "../model/rule-options.ts";
import { isOnline, mostNonces, nonceMs, type State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";

export const unknownNode = (nodeId: string): Refusal =>
  refuse("node_not_found", `there is no node ${nodeId.slice(0, 64)}`);

/** Takes the nonce of a request whose signature is good. */
export function useNonce(
  _state: State,
  { nodeId, nonce }: CommandOf<"useNonce">,
  turn: GridTurn,
): Replies["useNonce"] {
  turn.emit({ type: "nonce.used", nodeId, nonce, atMs: turn.now.wall });
  return {};
}

/** Whether a node's nonce is one more of too many, used before, or fine. */
export function nonceState(
  state: State,
  nodeId: string,
  nonce: string,
  nowMs: number,
): "unused" | "used" | "too_many" {
  const used = state.nonces.get(nodeId);
  const isLive = (atMs: number | undefined): boolean => atMs !== undefined && atMs + nonceMs > nowMs;
  if (isLive(used?.get(nonce))) {
    return "used";
  }
  return used !== undefined && used.size >= mostNonces && isLive(used.oldest?.[1]) ? "too_many" : "unused";
}

export function register(
  state: State,
  { nodeId, publicKey, profile }: CommandOf<"register">,
  turn: GridTurn,
  rules: GridRules,
): NodeView | Refusal {
  if (state.nodes.has(nodeId)) {
    return refuse("node_exists", "this node is registered already; PUT replaces what it says of itself");
  }
  const { wall } = turn.now;
  return put(state, turn, {
    ...profile,
    nodeId,
    publicKey,
    claim: null,
    code: null,
    status: "available",
    statusMessage: null,
    activeTaskIds: [],
    summary: null,
    reputation: null,
    gridIds: profile.autonomous ? [publicGridId] : [],
    createdMs: wall,
    updatedMs: wall,
    lastSeenMs: wall,
    fetchedMs: null,
    onlineUntilMs: wall + rules.onlineTtlMs,
    resetAtMs: null,
  });
}

export function replaceNode(
  state: State,
  { nodeId, publicKey, profile }: CommandOf<"replaceNode">,
  turn: GridTurn,
  rules: GridRules,
): NodeView | Refusal {
  const node = state.nodes.get(nodeId);
  if (node === undefined) {
    return refuse("unknown_node", "this node is not registered");
  }
  if (publicKey !== null && publicKey !== node.publicKey) {
    return refuse("node_id_mismatch", "the public key is not this node's");
  }
  return put(state, turn, seen(described(node, profile, turn.now.wall), turn.now.wall, rules));
}

export function patchNode(
  state: State,
  { nodeId, changes }: CommandOf<"patchNode">,
  turn: GridTurn,
): NodeView | Refusal {
  const node = state.nodes.get(nodeId);
  return node === undefined
    ? unknownNode(nodeId)
    : put(state, turn, described(node, { ...profileOf(node), ...changes }, turn.now.wall));
}

const profileOf = ({ name, description, skills, endpointUrl, autonomous }: GridNode): Profile => ({
  name,
  description,
  skills,
  endpointUrl,
  autonomous,
});

/** What follows when a node says something else of itself: autonomy leads into the public grid and out of it. */
function described(node: GridNode, profile: Profile, nowMs: number): GridNode {
  const others = node.gridIds.filter((gridId) => gridId !== publicGridId);
  const wasIn = others.length < node.gridIds.length;
  const isIn = profile.autonomous || (wasIn && (node.claim !== null || !node.autonomous));
  return {
    ...node,
    ...profile,
    gridIds: isIn ? [publicGridId, ...others] : others,
    updatedMs: nowMs,
  };
}

export function heartbeat(
  state: State,
  { nodeId }: CommandOf<"heartbeat">,
  turn: GridTurn,
  rules: GridRules,
): Replies["heartbeat"] | Refusal {
  const node = state.nodes.get(nodeId);
  if (node === undefined) {
    return unknownNode(nodeId);
  }
  const beaten = seen(node, turn.now.wall, rules);
  turn.emit({ type: "node.set", node: beaten });
  return { nowMs: turn.now.wall, onlineUntilMs: beaten.onlineUntilMs };
}

/** A node that has just shown itself. */
function seen(node: GridNode, nowMs: number, rules: GridRules): GridNode {
  return withReset(
    { ...node, lastSeenMs: nowMs, onlineUntilMs: Math.max(node.onlineUntilMs, nowMs + rules.onlineTtlMs) },
    nowMs,
    rules,
  );
}

/** When a node that is not available becomes so unless it is seen again. */
function withReset(node: GridNode, nowMs: number, { statusResetMs }: GridRules): GridNode {
  const offlineFrom = Math.max(node.onlineUntilMs, nowMs);
  return { ...node, resetAtMs: node.status === "available" ? null : offlineFrom + statusResetMs };
}

/** It may be that a node that is not available has been offline for so long that it is. */
export function resetStatus(state: State, nodeId: string, turn: GridTurn, rules: GridRules): void {
  const node = state.nodes.get(nodeId);
  if (node === undefined) {
    return;
  }
  turn.emit({
    type: "node.set",
    node: isOnline(state, node, turn.now.wall)
      ? withReset(node, turn.now.wall, rules)
      : { ...node, status: "available", statusMessage: null, resetAtMs: null },
  });
}

export function setStatus(
  state: State,
  { nodeId, status, statusMessage, activeTaskIds, summary }: CommandOf<"setStatus">,
  turn: GridTurn,
  rules: GridRules,
): NodeView | Refusal {
  const node = state.nodes.get(nodeId);
  if (node === undefined) {
    return unknownNode(nodeId);
  }
  const { wall } = turn.now;
  const changed = { ...node, status, statusMessage, activeTaskIds, summary, updatedMs: wall };
  return put(state, turn, withReset(changed, wall, rules));
}

const mostStreams = 10;

export function openStream(
  state: State,
  { nodeId }: CommandOf<"openStream">,
  turn: GridTurn,
): Replies["openStream"] | Refusal {
  const node = state.nodes.get(nodeId);
  const open = state.streams.get(nodeId) ?? 0;
  if (node === undefined) {
    return unknownNode(nodeId);
  }
  if (open >= mostStreams) {
    return refuse("too_many_streams", `a node has at most ${mostStreams} open streams`);
  }
  state.streams.set(nodeId, open + 1);
  turn.emit({ type: "node.set", node: { ...node, lastSeenMs: turn.now.wall } });
  return {};
}

export function closeStream(
  state: State,
  { nodeId }: CommandOf<"closeStream">,
  turn: GridTurn,
  rules: GridRules,
): Replies["closeStream"] {
  const open = state.streams.get(nodeId) ?? 0;
  if (open > 1) {
    state.streams.set(nodeId, open - 1);
    return {};
  }
  state.streams.delete(nodeId);
  const node = state.nodes.get(nodeId);
  if (node !== undefined && open > 0) {
    const { wall } = turn.now;
    turn.emit({ type: "node.set", node: withReset({ ...node, lastSeenMs: wall }, wall, rules) });
  }
  return {};
}

/** A node has read messages. */
export function noteFetch(state: State, nodeId: string, turn: GridTurn): void {
  const node = state.nodes.get(nodeId);
  if (node !== undefined) {
    turn.emit({ type: "node.set", node: { ...node, fetchedMs: turn.now.wall } });
  }
}

export function getNode(
  state: State,
  { nodeId, otherId }: CommandOf<"getNode">,
  turn: GridTurn,
): NodeView | Refusal {
  const node = state.nodes.get(otherId);
  return node === undefined ? unknownNode(otherId) : viewOf(state, node, turn.now.wall, nodeId);
}

export function getOwnNode(
  state: State,
  { nodeId }: CommandOf<"getOwnNode">,
  turn: GridTurn,
): NodeView | Refusal {
  return getNode(state, { type: "getNode", nodeId, otherId: nodeId }, turn);
}

/** A node as another sees it; as it sees itself without another. */
export function viewOf(
  state: State,
  node: GridNode,
  nowMs: number,
  viewerId: string = node.nodeId,
): NodeView {
  const isOwn = viewerId === node.nodeId;
  const theirs = state.nodes.get(viewerId)?.gridIds ?? [];
  return {
    node,
    isOnline: isOnline(state, node, nowMs),
    grids: node.gridIds
      .filter((gridId) => isOwn || theirs.includes(gridId))
      .flatMap((gridId) => state.grids.get(gridId) ?? []),
    isOwn,
  };
}

/** Emits a node, and answers it as it sees itself. */
export function put(state: State, turn: GridTurn, node: GridNode): NodeView {
  turn.emit({ type: "node.set", node });
  return viewOf(state, node, turn.now.wall);
}
