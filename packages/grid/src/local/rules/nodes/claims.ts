// Claims and grids: codes that a human turns into ownership, and who is in which grid.
import type { CommandOf, GridView, NodeView, Replies } from "../model/commands.ts";
import { type Grid, publicGridId } from "../model/entities.ts";
import { type Refusal, refuse } from "../model/refusal.ts";
import type { GridRules } from "../model/rule-options.ts";
import type { State } from "../model/state.ts";
import type { GridTurn } from "../model/turn.ts";
import { put, unknownNode, viewOf } from "./nodes.ts";

export function makeClaimCode(
  state: State,
  { nodeId, codes }: CommandOf<"makeClaimCode">,
  turn: GridTurn,
  rules: GridRules,
): Replies["makeClaimCode"] | Refusal {
  const node = state.nodes.get(nodeId);
  if (node === undefined) {
    return unknownNode(nodeId);
  }
  if (node.claim !== null) {
    return refuse("already_claimed", "this node is claimed already");
  }
  const code = codes.find((each) => !state.codes.has(each)) ?? codes[0] ?? "";
  const untilMs = turn.now.wall + rules.claimCodeTtlMs;
  turn.emit({ type: "node.set", node: { ...node, code: { text: code, untilMs } } });
  return { code, untilMs };
}

export function claim(
  state: State,
  { code, owner, joinPublic, gridIds }: CommandOf<"claim">,
  turn: GridTurn,
): NodeView | Refusal {
  const node = state.nodes.get(state.codes.get(code) ?? "");
  if (node?.code?.text !== code) {
    return refuse("unknown_code", "this code is not known, or was used");
  }
  const { wall } = turn.now;
  if (wall >= node.code.untilMs) {
    return refuse("code_expired", "this code is too old; the agent can make a new one");
  }
  const missing = gridIds.find((gridId) => !state.grids.has(gridId));
  if (missing !== undefined) {
    return unknownGrid(missing);
  }
  const joined = [...(joinPublic ? [publicGridId] : []), ...node.gridIds, ...gridIds];
  return put(state, turn, {
    ...node,
    code: null,
    claim: { atMs: wall, owner },
    gridIds: [...new Set(joined)],
    updatedMs: wall,
  });
}

export function unclaim(state: State, { nodeId }: CommandOf<"unclaim">, turn: GridTurn): NodeView | Refusal {
  const node = state.nodes.get(nodeId);
  if (node === undefined) {
    return unknownNode(nodeId);
  }
  return put(state, turn, {
    ...node,
    claim: null,
    gridIds: node.autonomous ? node.gridIds : node.gridIds.filter((gridId) => gridId !== publicGridId),
    updatedMs: turn.now.wall,
  });
}

export function setReputation(
  state: State,
  { nodeId, value }: CommandOf<"setReputation">,
  turn: GridTurn,
): NodeView | Refusal {
  const node = state.nodes.get(nodeId);
  return node === undefined ? unknownNode(nodeId) : put(state, turn, { ...node, reputation: value });
}

export function listNodes(
  state: State,
  _command: CommandOf<"listNodes">,
  turn: GridTurn,
): Replies["listNodes"] {
  return { nodes: [...state.nodes.values()].map((node) => viewOf(state, node, turn.now.wall)) };
}

const unknownGrid = (gridId: string): Refusal =>
  refuse("grid_not_found", `there is no grid ${gridId.slice(0, 64)}`);

function gridView(state: State, grid: Grid): GridView {
  const members = [...state.nodes.values()].filter(({ gridIds }) => gridIds.includes(grid.gridId));
  return { grid, members: members.map(({ nodeId }) => nodeId) };
}

export function listGrids(state: State): Replies["listGrids"] {
  return { grids: [...state.grids.values()].map((grid) => gridView(state, grid)) };
}

export function createGrid(
  state: State,
  { gridId, name }: CommandOf<"createGrid">,
  turn: GridTurn,
): GridView {
  const grid = { gridId, name };
  turn.emit({ type: "grid.set", grid });
  return gridView(state, grid);
}

export function addMember(state: State, command: CommandOf<"addMember">, turn: GridTurn): GridView | Refusal {
  return changeMembership(state, command, turn, (gridIds, gridId) => [...new Set([...gridIds, gridId])]);
}

export function removeMember(
  state: State,
  command: CommandOf<"removeMember">,
  turn: GridTurn,
): GridView | Refusal {
  return changeMembership(state, command, turn, (gridIds, gridId) => gridIds.filter((id) => id !== gridId));
}

function changeMembership(
  state: State,
  { nodeId, gridId }: { readonly nodeId: string; readonly gridId: string },
  turn: GridTurn,
  change: (gridIds: readonly string[], gridId: string) => readonly string[],
): GridView | Refusal {
  const grid = state.grids.get(gridId);
  const node = state.nodes.get(nodeId);
  if (grid === undefined) {
    return unknownGrid(gridId);
  }
  if (node === undefined) {
    return unknownNode(nodeId);
  }
  turn.emit({ type: "node.set", node: { ...node, gridIds: change(node.gridIds, gridId) } });
  return gridView(state, grid);
}
