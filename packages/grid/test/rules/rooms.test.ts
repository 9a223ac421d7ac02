// Rooms: who may come in, what is unread, when a room ends, and who is told.
import { describe, expect, it } from "vitest";
import { createWorld, hour, second, type World } from "./world.ts";

interface Stage {
  readonly world: World;
  readonly a: string;
  readonly b: string;
  readonly c: string;
  readonly roomId: string;
}

/** A room of a, which b has joined and to which c is invited. */
function stage(): Stage {
  const world = createWorld();
  const [a, b, c] = [world.node("a"), world.node("b"), world.node("c")];
  world.node("d");
  const roomId = world.room(a, [b, c]);
  world.ok({ type: "joinRoom", nodeId: b, roomId });
  world.told();
  return { world, a, b, c, roomId };
}

const statuses = ({ world, a, roomId }: Stage): string[] =>
  world
    .ok({ type: "getRoom", nodeId: a, roomId, historyLength: 0 })
    .room.participants.map(({ status }) => status);

describe("rooms", () => {
  it("G62 the creator is in, all others are invited and told", () => {
    const world = createWorld();
    const [a, b] = [world.node("a"), world.node("b")];
    const { room } = world.ok(world.creatingRoom(a, [b, a, b]));
    expect(room.participants.map(({ nodeId, status }) => [nodeId, status])).toEqual([
      [a, "joined"],
      [b, "invited"],
    ]);
    expect(room.gridId).toBe("public");
    expect(world.told()).toEqual([[b, "invited", 0]]);
    expect(world.reason(world.creatingRoom(a, [a]))).toBe("invalid_params");
    expect(world.reason(world.creatingRoom(a, ["nobody"]))).toBe("node_not_found");
    expect(world.reason(world.creatingRoom(a, [b], { gridId: "elsewhere" }))).toBe("no_shared_grid");
    world.node("lonely", { autonomous: false });
    expect(world.reason(world.creatingRoom(a, ["lonely"]))).toBe("no_shared_grid");
  });

  it("G63 ten places, of which those are free again who went", () => {
    const world = createWorld();
    const nodes = Array.from({ length: 12 }, (_, index) => world.node(`n${index}`));
    const [a = "", ...others] = nodes;
    expect(world.reason(world.creatingRoom(a, others.slice(0, 10)))).toBe("room_limit");
    const roomId = world.room(a, others.slice(0, 9));
    const invite = { type: "inviteToRoom", nodeId: a, roomId, otherId: others[10] ?? "" } as const;
    expect(world.reason(invite)).toBe("room_limit");
    world.ok({ type: "rejectRoom", nodeId: others[0] ?? "", roomId });
    world.ok(invite);
    expect(world.reason({ ...invite, otherId: others[0] ?? "" })).toBe("room_limit");
    world.ok({ type: "kickFromRoom", nodeId: a, roomId, otherId: others[10] ?? "" });
    world.ok({ ...invite, otherId: others[0] ?? "" });
  });

  it("G64 G71 the 500th message is the last", () => {
    const { world, a, b, roomId } = stage();
    for (let index = 1; index <= 500; index += 1) {
      expect(world.ok(world.talking(index % 2 === 0 ? a : b, roomId, `${index}`)).message.seq).toBe(index);
    }
    expect(world.reason(world.talking(a, roomId, "one more"))).toBe("room_closed");
    const { room, messages } = world.ok({ type: "getRoom", nodeId: b, roomId, historyLength: 500 });
    expect([room.closed?.reason, messages?.length]).toEqual(["message_limit", 500]);
    expect(world.ok({ type: "readRoom", nodeId: b, roomId, limit: 100 })).toMatchObject({
      unreadCount: 150,
      hasMore: true,
    });
    expect(world.told().slice(-2)).toEqual([
      [a, "closed", 250],
      [b, "closed", 250],
    ]);
  });

  it("G65 an hour of nothing ends a room; messages, joins and invitations put it off", () => {
    const { world, a, c, roomId } = stage();
    for (const command of [
      world.talking(a, roomId, "x"),
      { type: "joinRoom", nodeId: c, roomId },
      { type: "inviteToRoom", nodeId: a, roomId, otherId: "d" },
    ] as const) {
      world.advance(hour - second);
      world.ok(command);
    }
    world.told();
    world.advance(hour - second);
    expect(world.told()).toEqual([]);
    world.advance(second);
    expect(world.told()).toEqual([
      [a, "closed", 0],
      ["b", "closed", 1],
      [c, "closed", 1],
    ]);
  });

  it("G66 reading skips one's own and comes to an end", () => {
    const { world, a, b, roomId } = stage();
    for (const [who, text] of [
      [a, "1"],
      [b, "2"],
      [a, "3"],
      [b, "4"],
    ] as const) {
      world.ok(world.talking(who, roomId, text));
    }
    const read = (limit: number) => {
      const { messages, hasMore, unreadCount } = world.ok({ type: "readRoom", nodeId: b, roomId, limit });
      return [messages.map(({ seq }) => seq), hasMore, unreadCount];
    };
    expect(read(1)).toEqual([[1], true, 1]);
    expect(read(1)).toEqual([[3], false, 0]);
    expect(read(1)).toEqual([[], false, 0]);
  });

  it("G66 who joins begins at the beginning, and who is invited has nothing unread", () => {
    const { world, a, c, roomId } = stage();
    world.ok(world.talking(a, roomId, "before"));
    expect(world.ok({ type: "getRoom", nodeId: c, roomId, historyLength: 50 })).toMatchObject({
      unreadCount: 0,
      messages: [],
    });
    expect(world.reason({ type: "readRoom", nodeId: c, roomId, limit: 50 })).toBe("not_joined");
    world.ok({ type: "joinRoom", nodeId: c, roomId });
    expect(world.ok({ type: "readRoom", nodeId: c, roomId, limit: 50 }).messages).toHaveLength(1);
  });

  it("G67 what is so already is fine, and changes nothing", () => {
    const here = stage();
    const { world, a, b, c, roomId } = here;
    const twice = (command: Parameters<World["run"]>[0]): void => {
      world.ok(command);
      const before = world.records.length;
      world.ok(command);
      expect(world.records.length).toBe(before);
    };
    twice({ type: "joinRoom", nodeId: b, roomId });
    twice({ type: "rejectRoom", nodeId: c, roomId });
    twice({ type: "leaveRoom", nodeId: b, roomId });
    twice({ type: "inviteToRoom", nodeId: a, roomId, otherId: b });
    twice({ type: "kickFromRoom", nodeId: a, roomId, otherId: b });
    expect(world.reason({ type: "kickFromRoom", nodeId: a, roomId, otherId: a })).toBe("cannot_kick_self");
    expect(world.reason({ type: "kickFromRoom", nodeId: a, roomId, otherId: "d" })).toBe("not_a_participant");
    expect(statuses(here)).toEqual(["joined", "kicked", "rejected"]);
    twice({ type: "closeRoom", nodeId: a, roomId });
  });

  it.each(["joinRoom", "rejectRoom", "leaveRoom", "closeRoom", "readRoom", "getRoom"] as const)(
    "G67 an outsider finds no room for %s",
    (type) => {
      const { world, roomId } = stage();
      const more = type === "readRoom" ? { limit: 1 } : type === "getRoom" ? { historyLength: 1 } : {};
      expect(world.reason({ type, nodeId: "d", roomId, ...more } as Parameters<World["run"]>[0])).toBe(
        "room_not_found",
      );
    },
  );

  it("G67 only the creator closes, kicks and invites, and only who is in talks", () => {
    const { world, b, c, roomId } = stage();
    expect(world.reason({ type: "closeRoom", nodeId: b, roomId })).toBe("creator_only");
    expect(world.reason({ type: "kickFromRoom", nodeId: b, roomId, otherId: c })).toBe("creator_only");
    expect(world.reason({ type: "inviteToRoom", nodeId: b, roomId, otherId: "d" })).toBe("creator_only");
    expect(world.reason(world.talking(c, roomId, "x"))).toBe("not_joined");
    expect(world.reason({ type: "leaveRoom", nodeId: c, roomId })).toBe("not_joined");
    expect(world.reason({ type: "rejectRoom", nodeId: b, roomId })).toBe("not_invited");
  });

  it("G68 a room goes on without its creator, and ends with the last", () => {
    const { world, a, b, roomId } = stage();
    world.ok({ type: "leaveRoom", nodeId: a, roomId });
    world.ok(world.talking(b, roomId, "still here"));
    expect(world.reason({ type: "closeRoom", nodeId: a, roomId })).toBe("creator_only");
    expect(world.ok({ type: "leaveRoom", nodeId: b, roomId }).room.closed?.reason).toBe("empty");
  });

  it("G69 lists say which rooms, the last alive first", () => {
    const { world, a, b, roomId } = stage();
    world.advance(second);
    const other = world.room(b, [a]);
    const all = {
      type: "listRooms",
      nodeId: a,
      state: null,
      gridId: null,
      participantStatus: null,
      limit: 20,
      offset: 0,
    } as const;
    const list = (more: object) => world.ok({ ...all, ...more }).rooms.map(({ room }) => room.roomId);
    expect(list({})).toEqual([other, roomId]);
    expect(list({ participantStatus: "invited" })).toEqual([other]);
    world.ok({ type: "closeRoom", nodeId: a, roomId });
    expect(list({ state: "open" })).toEqual([other]);
    expect(list({ state: "closed", gridId: "public" })).toEqual([roomId]);
    expect(list({ gridId: "none" })).toEqual([]);
  });

  it("G70 G148 all who are in are told but the actor, and whom it concerns", () => {
    const { world, a, b, c, roomId } = stage();
    const told = (command: Parameters<World["run"]>[0]) => {
      world.ok(command);
      return world.told();
    };
    expect(told({ type: "joinRoom", nodeId: c, roomId })).toEqual([
      [a, "joined", 0],
      [b, "joined", 0],
    ]);
    expect(told(world.talking(a, roomId, "x"))).toEqual([
      [b, "message", 1],
      [c, "message", 1],
    ]);
    expect(told({ type: "inviteToRoom", nodeId: a, roomId, otherId: "d" })).toEqual([
      [b, "invited", 1],
      [c, "invited", 1],
      ["d", "invited", 0],
    ]);
    expect(told({ type: "rejectRoom", nodeId: "d", roomId })).toHaveLength(3);
    expect(told({ type: "kickFromRoom", nodeId: a, roomId, otherId: c })).toEqual([
      [b, "kicked", 1],
      [c, "kicked", 0],
    ]);
    expect(told({ type: "leaveRoom", nodeId: b, roomId })).toEqual([[a, "left", 0]]);
    expect(told({ type: "closeRoom", nodeId: a, roomId })).toEqual([]);
  });

  it("G129 who was kicked reads and sends no more, and sees everything once it is back", () => {
    const { world, a, b, roomId } = stage();
    world.ok(world.talking(a, roomId, "1"));
    world.ok({ type: "readRoom", nodeId: b, roomId, limit: 50 });
    world.ok({ type: "kickFromRoom", nodeId: a, roomId, otherId: b });
    expect(world.reason(world.talking(b, roomId, "x"))).toBe("not_joined");
    expect(world.reason({ type: "readRoom", nodeId: b, roomId, limit: 50 })).toBe("not_joined");
    expect(world.reason({ type: "joinRoom", nodeId: b, roomId })).toBe("not_invited");
    world.ok(world.talking(a, roomId, "2"));
    world.ok({ type: "inviteToRoom", nodeId: a, roomId, otherId: b });
    world.ok({ type: "joinRoom", nodeId: b, roomId });
    const { messages } = world.ok({ type: "readRoom", nodeId: b, roomId, limit: 50 });
    expect(messages.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it("G58 G59 repeats of messages and of rooms change nothing", () => {
    const { world, a, b, roomId } = stage();
    const said = world.talking(a, roomId, "once", "m");
    const { message } = world.ok(said);
    world.ok({ type: "closeRoom", nodeId: a, roomId });
    expect(world.ok(said).message).toEqual(message);
    expect(world.reason(world.talking(a, roomId, "other", "m"))).toBe("message_id_conflict");
    const request = { requestId: "r", fingerprint: "same" };
    const first = world.room(a, [b], { request });
    expect(world.room(a, [b], { request })).toBe(first);
    expect(world.reason(world.creatingRoom(a, [b], { request: { ...request, fingerprint: "other" } }))).toBe(
      "request_id_conflict",
    );
  });
});
