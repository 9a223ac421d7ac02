// Nodes: what they say of themselves, presence, claims, grids, search.
import { describe, expect, it } from "vitest";
import type { CommandOf } from "../../src/local/rules/model/commands.ts";
import { createWorld, minute, second, type World } from "./world.ts";

const profile = { name: "n", description: "", skills: [], endpointUrl: null, autonomous: false };

const online = (world: World, nodeId: string): boolean => world.ok({ type: "getOwnNode", nodeId }).isOnline;

function status(world: World, nodeId: string, of: CommandOf<"setStatus">["status"]): void {
  world.ok({ type: "setStatus", nodeId, status: of, statusMessage: "m", activeTaskIds: ["t"], summary: "s" });
}

describe("nodes", () => {
  it("G21 G22 a node registers once, and replaces all that it says", () => {
    const world = createWorld();
    const a = world.node("a", { description: "d", endpointUrl: "https://x.test/" });
    expect(world.reason({ type: "register", nodeId: a, publicKey: "k", profile })).toBe("node_exists");
    const { node } = world.ok({ type: "replaceNode", nodeId: a, publicKey: null, profile });
    expect(node).toMatchObject({ name: "n", description: "", endpointUrl: null, autonomous: false });
    expect(world.reason({ type: "replaceNode", nodeId: a, publicKey: "other", profile })).toBe(
      "node_id_mismatch",
    );
    expect(world.reason({ type: "replaceNode", nodeId: "b", publicKey: null, profile })).toBe("unknown_node");
  });

  it("G23 a patch changes what it names", () => {
    const world = createWorld();
    const a = world.node("a", { description: "d" });
    const { node } = world.ok({ type: "patchNode", nodeId: a, changes: { name: "new" } });
    expect(node).toMatchObject({ name: "new", description: "d", autonomous: true });
  });

  it("G28 a registration and a heartbeat keep a node online for 90 s, a stream as long as it is open", () => {
    const world = createWorld();
    const a = world.node("a");
    world.advance(90 * second - 1);
    expect(online(world, a)).toBe(true);
    world.advance(1);
    expect(online(world, a)).toBe(false);
    const { onlineUntilMs } = world.ok({ type: "heartbeat", nodeId: a });
    expect(onlineUntilMs).toBe(world.now.wall + 90 * second);
    world.ok({ type: "openStream", nodeId: a });
    world.advance(10 * minute);
    expect(online(world, a)).toBe(true);
    world.ok({ type: "closeStream", nodeId: a });
    expect(online(world, a)).toBe(false);
  });

  it("G75 a node has ten streams at most", () => {
    const world = createWorld();
    const a = world.node("a");
    for (let index = 0; index < 10; index += 1) {
      world.ok({ type: "openStream", nodeId: a });
    }
    expect(world.reason({ type: "openStream", nodeId: a })).toBe("too_many_streams");
    world.ok({ type: "closeStream", nodeId: a });
    world.ok({ type: "openStream", nodeId: a });
  });

  it.each(["busy", "do_not_disturb"] as const)("G31 who is offline for long is no longer %s", (of) => {
    const world = createWorld();
    const a = world.node("a");
    status(world, a, of);
    const now = () => world.ok({ type: "getOwnNode", nodeId: a }).node;
    world.advance(90 * second + 300 * second - 1);
    expect(now()).toMatchObject({ status: of, statusMessage: "m" });
    world.advance(1);
    expect(now()).toMatchObject({ status: "available", statusMessage: null });
  });

  it("G31 who is online stays as it is", () => {
    const world = createWorld();
    const a = world.node("a");
    status(world, a, "busy");
    world.ok({ type: "openStream", nodeId: a });
    world.advance(60 * minute);
    world.ok({ type: "closeStream", nodeId: a });
    world.advance(300 * second - 1);
    expect(world.ok({ type: "getOwnNode", nodeId: a }).node.status).toBe("busy");
    world.advance(1);
    expect(world.ok({ type: "getOwnNode", nodeId: a }).node.status).toBe("available");
  });

  it("G32 autonomy leads into the public grid, and out of it who is not claimed", () => {
    const world = createWorld();
    const a = world.node("a");
    const gridsOf = () => world.ok({ type: "getOwnNode", nodeId: a }).grids.map(({ gridId }) => gridId);
    expect(gridsOf()).toEqual(["public"]);
    world.ok({ type: "patchNode", nodeId: a, changes: { autonomous: false } });
    expect(gridsOf()).toEqual([]);
  });

  it("G25 others see the grids that they share, and see them as others", () => {
    const world = createWorld();
    const [a, b] = [world.node("a"), world.node("b")];
    world.ok({ type: "createGrid", gridId: "g", name: "G" });
    world.ok({ type: "addMember", gridId: "g", nodeId: a });
    const seen = world.ok({ type: "getNode", nodeId: b, otherId: a });
    expect([seen.isOwn, seen.grids.map(({ gridId }) => gridId)]).toEqual([false, ["public"]]);
    expect(world.reason({ type: "getNode", nodeId: b, otherId: "none" })).toBe("node_not_found");
  });
});

describe("claims", () => {
  const claiming = (code: string, more: Partial<CommandOf<"claim">> = {}): CommandOf<"claim"> => ({
    type: "claim",
    code,
    owner: "Ann",
    joinPublic: true,
    gridIds: [],
    ...more,
  });

  it("G34 G118 a code is good once, for 15 minutes, and only the newest", () => {
    const world = createWorld();
    const a = world.node("a", { autonomous: false });
    const make = (code: string) => world.ok({ type: "makeClaimCode", nodeId: a, codes: [code] });
    make("AAAA-0001");
    make("AAAA-0002");
    expect(world.reason(claiming("AAAA-0001"))).toBe("unknown_code");
    world.advance(15 * minute);
    expect(world.reason(claiming("AAAA-0002"))).toBe("code_expired");
    make("AAAA-0003");
    expect(world.ok(claiming("AAAA-0003")).node).toMatchObject({
      claim: { owner: "Ann" },
      gridIds: ["public"],
    });
    expect(world.reason(claiming("AAAA-0003"))).toBe("unknown_code");
    expect(world.reason({ type: "makeClaimCode", nodeId: a, codes: ["x"] })).toBe("already_claimed");
  });

  it("G34 two nodes never have one code", () => {
    const world = createWorld();
    const [a, b] = [world.node("a"), world.node("b")];
    world.ok({ type: "makeClaimCode", nodeId: a, codes: ["AAAA-0001"] });
    const made = world.ok({ type: "makeClaimCode", nodeId: b, codes: ["AAAA-0001", "BBBB-0001"] });
    expect(made.code).toBe("BBBB-0001");
  });

  it("G35 a claimed node joins the grids that its human chose", () => {
    const world = createWorld();
    const a = world.node("a", { autonomous: false });
    world.ok({ type: "createGrid", gridId: "g", name: "G" });
    world.ok({ type: "makeClaimCode", nodeId: a, codes: ["AAAA-0001"] });
    expect(world.reason(claiming("AAAA-0001", { gridIds: ["none"] }))).toBe("grid_not_found");
    const { node } = world.ok(claiming("AAAA-0001", { joinPublic: false, gridIds: ["g"] }));
    expect(node.gridIds).toEqual(["g"]);
    expect(world.ok({ type: "unclaim", nodeId: a }).node).toMatchObject({ claim: null, gridIds: ["g"] });
  });

  it("G36 G37 grids are made and left, and stand in no message's way", () => {
    const world = createWorld();
    const [a, b] = [world.node("a"), world.node("b")];
    world.ok({ type: "createGrid", gridId: "g", name: "G" });
    world.ok({ type: "addMember", gridId: "g", nodeId: a });
    expect(world.ok({ type: "removeMember", gridId: "g", nodeId: a }).members).toEqual([]);
    expect(world.ok({ type: "removeMember", gridId: "public", nodeId: b }).members).toEqual([a]);
    expect(world.ok({ type: "listGrids" }).grids.map(({ grid, members }) => [grid.gridId, members])).toEqual([
      ["public", [a]],
      ["g", []],
    ]);
    expect(world.send(a, b, "x").task.state).toBe("submitted");
  });
});

describe("search", () => {
  const searching = (nodeId: string, query: string, more: object = {}): CommandOf<"search"> => ({
    type: "search",
    nodeId,
    query,
    limit: 10,
    filters: {
      onlineOnly: false,
      gridId: null,
      skillIds: null,
      minReputation: null,
      status: null,
      ...more,
    },
  });
  const found = (world: World, command: CommandOf<"search">) =>
    world.ok(command).hits.map(({ node, score }) => [node.name, score]);

  it("G38 G39 words are met, nearly too, and the best come first", () => {
    const world = createWorld();
    const a = world.node("a");
    world.node("Analyzes finance");
    world.node("Reports", { skills: [{ id: "fin", name: "Financial analysis" }] });
    world.node("Cook", { description: "soup" });
    expect(found(world, searching(a, "financial analysis"))).toEqual(
      [
        ["Reports", 1],
        ["Analyzes finance", 1],
      ].sort(),
    );
    expect(found(world, searching(a, "analysis of soup!"))).toEqual([
      ["Analyzes finance", 0.3333],
      ["Cook", 0.3333],
      ["Reports", 0.3333],
    ]);
    expect(found(world, searching(a, "nothing"))).toEqual([]);
    expect(found(world, searching(a, "a"))).toEqual([]);
  });

  it("G38 G40 only who shares a grid is found, and by the filters", () => {
    const world = createWorld();
    const a = world.node("a");
    const b = world.node("cook b", { skills: [{ id: "s1", name: "S" }] });
    world.node("cook hidden", { autonomous: false });
    world.ok({ type: "setReputation", nodeId: b, value: 4.5 });
    expect(found(world, searching(a, "cook"))).toEqual([["cook b", 1]]);
    expect(found(world, searching(a, "cook", { gridId: "elsewhere" }))).toEqual([]);
    expect(found(world, searching(a, "cook", { skillIds: ["s1"] }))).toHaveLength(1);
    expect(found(world, searching(a, "cook", { skillIds: ["s2"] }))).toHaveLength(0);
    expect(found(world, searching(a, "cook", { minReputation: 4 }))).toHaveLength(1);
    expect(found(world, searching(a, "cook", { minReputation: 5 }))).toHaveLength(0);
    expect(found(world, searching(a, "cook", { status: "busy" }))).toHaveLength(0);
    world.advance(2 * minute);
    expect(found(world, searching(a, "cook", { onlineOnly: true }))).toHaveLength(0);
  });
});

describe("nonces", () => {
  it("G10 G131 a nonce is remembered for ten minutes, over a restart, by its node alone", async () => {
    const { nonceState } = await import("../../src/local/rules/nodes/nodes.ts");
    const world = createWorld();
    const a = world.node("a");
    world.ok({ type: "useNonce", nodeId: a, nonce: "n" });
    world.takeSnapshot();
    world.restart();
    const stateOf = (nodeId: string) => nonceState(world.state, nodeId, "n", world.now.wall);
    expect([stateOf(a), stateOf("b")]).toEqual(["used", "unused"]);
    world.advance(10 * minute - 1);
    expect(stateOf(a)).toBe("used");
    world.advance(1);
    expect(stateOf(a)).toBe("unused");
  });
});
