// Tasks: every transition by every party through every call, what each side has unread, timers, repeats.
import { describe, expect, it } from "vitest";
import { isTerminal, type TaskState } from "../../src/local/rules/model/entities.ts";
import { taskStates } from "../../src/wire/forms.ts";
import { createWorld, day, minute, saying, second, type World } from "./world.ts";

interface Stage {
  readonly world: World;
  readonly a: string;
  readonly b: string;
  readonly c: string;
  readonly taskId: string;
}

/** A task of a to b in a state, everything read. */
function stage(state: TaskState = "submitted", rules = {}): Stage {
  const world = createWorld(rules);
  const [a, b, c] = [world.node("a"), world.node("b"), world.node("c")];
  const { taskId } = world.send(a, b, "hello").task;
  if (state !== "submitted") {
    const who = state === "completed" ? a : b;
    world.update(who, taskId, state);
  }
  world.ack(a, taskId);
  world.ack(b, taskId);
  world.told();
  return { world, a, b, c, taskId };
}

const byReceiver: readonly TaskState[] = ["working", "input_required", "auth_required", "failed", "rejected"];

/** What the table of the wire says of a change. */
function expected(
  from: TaskState,
  to: TaskState,
  party: "a" | "b" | "c",
  call: "message" | "update",
): string {
  if (party === "c") {
    return "task_not_found";
  }
  if (to === "submitted") {
    return "invalid_params";
  }
  if (isTerminal(from)) {
    if (call === "message") {
      return "task_terminal_for_messages";
    }
    if (to !== from) {
      return "task_terminal";
    }
  }
  if (to === "completed" && party !== "a") {
    return "sender_only";
  }
  return byReceiver.includes(to) && party !== "b" ? "receiver_only" : to;
}

describe("transitions", () => {
  for (const from of taskStates) {
    for (const to of taskStates) {
      it(`G43 G45 G120 from ${from} to ${to}, by either party or neither, with a message and without`, () => {
        for (const party of ["a", "b", "c"] as const) {
          for (const call of ["message", "update"] as const) {
            const { world, taskId } = stage(from);
            const before = world.records.length;
            const message = call === "message" ? saying("with it") : null;
            const command = world.changing(party, taskId, { as: call, message, state: to });
            const reply = world.run(command);
            const what =
              typeof reply === "object" && "refused" in reply
                ? reply.refused
                : world.task("a", taskId).task.state;
            expect(`${party} ${call} ${what}`).toBe(`${party} ${call} ${expected(from, to, party, call)}`);
            if (what !== to) {
              expect(world.records.length).toBe(before);
            } else if (isTerminal(to)) {
              const synthetic = world
                .task("a", taskId)
                .history?.filter(({ metadata }) => metadata?.includes('"synthetic":true'));
              expect(synthetic).toHaveLength(1);
            }
          }
        }
      });
    }
  }

  it("G41 a new task is submitted, and unread by its receiver alone", () => {
    const { world, a, b } = stage();
    const { task } = world.send(a, b, "more");
    expect(task).toMatchObject({ state: "submitted", senderNodeId: a, receiverNodeId: b, lastSeq: 1 });
    expect([task.sender.unread, task.receiver.unread]).toEqual([0, 1]);
    expect(world.told()).toEqual([[b, "message", "submitted", 1]]);
  });

  it("G41 a context goes on between the same two nodes, and is no other's", () => {
    const { world, a, b, c } = stage();
    const { contextId } = world.send(a, b, "first").task;
    expect(world.send(b, a, "back", { contextId }).task.contextId).toBe(contextId);
    expect(world.send(a, b, "new", { contextId: "nobody's" }).task.contextId).not.toBe("nobody's");
    expect(world.reason(world.sending(a, c, "other", { contextId }))).toBe("bad_context");
  });

  it("G42 the receiver's answer waits for input, and the sender's goes on with the work", () => {
    const { world, a, b, taskId } = stage();
    expect(world.say(a, taskId, "and this").task.state).toBe("submitted");
    expect(world.say(b, taskId, "what?").task.state).toBe("input_required");
    expect(world.say(a, taskId, "that").task.state).toBe("working");
    expect(world.say(b, taskId, "on it", { state: "working" }).task.state).toBe("working");
    world.update(b, taskId, "auth_required");
    expect(world.say(a, taskId, "here").task.state).toBe("working");
  });

  it("G43 an update says something, and artifacts are the receiver's; one of the same id replaces", () => {
    const { world, a, b, taskId } = stage();
    const artifact = { artifactId: "x", name: "one", description: null, parts: "[]", metadata: null };
    expect(world.reason(world.changing(b, taskId))).toBe("invalid_params");
    expect(world.reason(world.changing(a, taskId, { artifact }))).toBe("receiver_only");
    world.ok(world.changing(b, taskId, { artifact }));
    world.ok(world.changing(b, taskId, { artifact: { ...artifact, name: "two" } }));
    world.ok(world.changing(b, taskId, { artifact: { ...artifact, artifactId: null } }));
    expect(world.task(a, taskId).artifacts?.map(({ name }) => name)).toEqual(["two", "one"]);
    expect(world.told()).toEqual(Array(3).fill([a, "state", "submitted", 0]));
  });

  it("G44 outsiders find nothing", () => {
    const { world, c, taskId } = stage();
    for (const command of [
      { type: "readTask", nodeId: c, taskId },
      { type: "ackTask", nodeId: c, taskId },
      { type: "getTask", nodeId: c, taskId, historyLength: null },
      { type: "getTask", nodeId: c, taskId: "none", historyLength: null },
    ] as const) {
      expect(world.reason(command)).toBe("task_not_found");
    }
  });

  it.each([
    ["completed", "a"],
    ["rejected", "b"],
    ["canceled", "b"],
  ] as const)("G45 %s again is fine and changes nothing", (state, who) => {
    const { world, taskId } = stage(state);
    const before = world.records.length;
    expect(world.update(who, taskId, state).task.state).toBe(state);
    expect(world.records.length).toBe(before);
    expect(world.read("b", taskId)).toEqual([]);
  });

  it("G46 the end comes after the message that came with it, unread by the other party", () => {
    const { world, a, b, taskId } = stage();
    world.say(b, taskId, "no", { as: "update", state: "rejected" });
    const history = world.task(a, taskId).history ?? [];
    expect(history.map(({ seq, fromNodeId }) => [seq, fromNodeId])).toEqual([
      [1, a],
      [2, b],
      [3, b],
    ]);
    expect(JSON.parse(history[2]?.metadata ?? "")).toEqual({
      synthetic: true,
      event: "state_changed",
      state: "rejected",
    });
    expect(world.told()).toEqual([[a, "state", "rejected", 2]]);
    world.advance(day);
    expect(world.told()).toEqual([]);
  });

  it("G47 of two who end it at once one wins, and one end is told", () => {
    const { world, a, b, taskId } = stage();
    world.update(a, taskId, "completed");
    expect(world.refused(world.changing(b, taskId, { state: "canceled" })).data).toEqual({
      state: "completed",
    });
    expect(world.task(b, taskId).history).toHaveLength(2);
  });

  it("G48 there is no task to nobody, nor to oneself", () => {
    const { world, a } = stage();
    expect(world.reason(world.sending(a, "nobody", "x"))).toBe("node_not_found");
    expect(world.reason(world.sending(a, a, "x"))).toBe("self_task");
  });

  it("G30 who does not want to be disturbed is not, and what was begun goes on", () => {
    const { world, a, b, taskId } = stage();
    world.ok({
      type: "setStatus",
      nodeId: b,
      status: "do_not_disturb",
      statusMessage: null,
      activeTaskIds: [],
      summary: null,
    });
    const { task, history } = world.send(a, b, "hey", { metadata: '{"n":1.0}' });
    expect(task).toMatchObject({ state: "rejected", metadata: '{"n":1.0,"autoRejected":"do_not_disturb"}' });
    expect([task.sender.unread, task.receiver.unread, history?.length]).toEqual([1, 0, 2]);
    expect(world.told()).toEqual([]);
    expect(world.read(b, task.taskId)).toEqual([]);
    world.say(a, taskId, "still here");
    expect(world.told()).toEqual([[b, "message", "submitted", 1]]);
  });
});

describe("reading", () => {
  it("G51 G74 what is unread comes once, oldest first, and the other side learns of it", () => {
    const { world, a, b, taskId } = stage();
    world.say(a, taskId, "1");
    world.say(a, taskId, "2");
    expect(world.told()).toEqual([
      [b, "message", "submitted", 1],
      [b, "message", "submitted", 2],
    ]);
    expect(world.read(b, taskId)).toEqual(["1", "2"]);
    expect(world.told()).toEqual([[a, "read", "submitted", 0]]);
    expect(world.read(b, taskId)).toEqual([]);
    expect(world.read(a, taskId)).toEqual([]);
    expect(world.told()).toEqual([]);
  });

  it("G52 an ack works without a read, and says something only where there is something", () => {
    const { world, a, b, taskId } = stage();
    world.say(a, taskId, "1");
    world.say(a, taskId, "2");
    world.told();
    expect(world.ack(b, taskId)).toBe(2);
    expect(world.told()).toEqual([[a, "ack", "submitted", 0]]);
    expect(world.ack(b, taskId)).toBe(0);
    expect(world.told()).toEqual([]);
    expect(world.read(b, taskId)).toEqual([]);
  });

  it("G49 G50 lists are of the caller, newest change first, and reads change no order", () => {
    const { world, a, b, c } = stage();
    const ids: string[] = [];
    for (const [from, to] of [
      [a, b],
      [b, c],
      [c, a],
    ] as const) {
      world.advance(second);
      ids.push(world.send(from, to, "x").task.taskId);
    }
    const all = {
      type: "listTasks",
      nodeId: a,
      states: null,
      contextId: null,
      parentTaskId: null,
      peerNodeId: null,
      role: null,
      unreadOnly: false,
      limit: 20,
      offset: 0,
    } as const;
    const list = (more: Partial<typeof all> | object): [string[], number] => {
      const { tasks, total } = world.ok({ ...all, ...more });
      return [tasks.map(({ task }) => task.taskId), total];
    };
    world.read(a, ids[2] ?? "");
    expect(list({ limit: 2 })).toEqual([[ids[2], ids[0]], 3]);
    expect(list({ offset: 5 })).toEqual([[], 3]);
    expect(list({ role: "receiver" })).toEqual([[ids[2]], 1]);
    expect(list({ peerNodeId: c })).toEqual([[ids[2]], 1]);
    expect(list({ states: ["working"] })).toEqual([[], 0]);
    expect(list({ nodeId: b, unreadOnly: true })).toEqual([[ids[0]], 1]);
    const { history } = world.ok({ type: "getTask", nodeId: a, taskId: ids[0] ?? "", historyLength: 0 });
    expect(history).toEqual([]);
  });
});

describe("check-in", () => {
  it("G53 silence is told once; reading is no sign, an ack is", () => {
    const { world, a, b, taskId } = stage();
    const first = world.say(a, taskId, "1").history?.at(-1)?.messageId;
    world.advance(20 * second);
    world.say(a, taskId, "2");
    world.read(b, taskId);
    world.fresh();
    world.advance(10 * second);
    const [event] = world.fresh();
    expect(event?.notices).toMatchObject([{ to: a, notifyType: "no_ack", messageId: first }]);
    world.advance(day / 2);
    expect(world.told()).toEqual([]);
    world.say(a, taskId, "3");
    world.ack(b, taskId);
    world.fresh();
    world.advance(day / 2);
    expect(world.told()).toEqual([]);
  });

  it.each(["message", "state", "artifact"] as const)("G53 the other side's %s is a sign of life", (sign) => {
    const { world, a, b, taskId } = stage();
    world.say(a, taskId, "1");
    const artifact = { artifactId: null, name: null, description: null, parts: "[]", metadata: null };
    if (sign === "message") {
      world.say(b, taskId, "yes", { checkIn: null });
    } else {
      world.ok(world.changing(b, taskId, sign === "state" ? { state: "working" } : { artifact }));
    }
    world.fresh();
    world.advance(minute);
    expect(world.told()).toEqual([]);
  });

  it("G54 off is off, and a message may say its own", () => {
    const { world, a, b } = stage();
    const { taskId } = world.send(a, b, "x", { checkIn: null }).task;
    world.fresh();
    world.advance(minute);
    expect(world.told()).toEqual([]);
    world.say(a, taskId, "y", { checkIn: 5 });
    world.fresh();
    world.advance(5 * second);
    expect(world.told()).toEqual([[a, "no_ack", "submitted", 0]]);
  });

  it("G55 a deadline that passes while the server is down is told once after the start", () => {
    const { world, a, taskId } = stage();
    world.say(a, taskId, "1");
    world.fresh();
    world.skip(minute);
    world.restart();
    world.advance(second);
    expect(world.told()).toEqual([[a, "no_ack", "submitted", 0]]);
    world.advance(day / 2);
    expect(world.told()).toEqual([]);
  });

  it("G147 who sends waits for the other and for nobody else", () => {
    const { world, a, taskId } = stage();
    const { task } = world.say(a, taskId, "1");
    expect([task.sender.wait, task.receiver.wait?.untilMs]).toEqual([null, world.now.wall + 30 * second]);
  });

  it("a correction of the clock moves what is waited for", () => {
    const { world, a, taskId } = stage();
    world.say(a, taskId, "1");
    world.fresh();
    world.stepWallClock(10 * minute);
    world.advance(29 * second);
    expect(world.told()).toEqual([]);
    world.advance(second);
    expect(world.told()).toEqual([[a, "no_ack", "submitted", 0]]);
    world.expectReplayEqual();
  });
});

describe("delivery", () => {
  it("G56 what an offline receiver does not read for a day fails", () => {
    const { world, a, b } = stage();
    const { taskId } = world.send(a, b, "x", { checkIn: null }).task;
    world.fresh();
    world.advance(day);
    expect(world.told()).toEqual([[a, "state", "failed", 1]]);
    expect(world.read(b, taskId)).toEqual(["x", "The task is failed."]);
    expect(world.task(a, taskId).history?.at(-1)?.fromNodeId).toBeNull();
  });

  it("G56 a receiver that is there has another day", () => {
    const { world, a, b } = stage();
    const { taskId } = world.send(a, b, "x", { checkIn: null }).task;
    world.ok({ type: "openStream", nodeId: b });
    world.advance(day);
    world.ok({ type: "closeStream", nodeId: b });
    world.advance(day - second);
    expect(world.task(a, taskId).task.state).toBe("submitted");
    world.advance(second);
    expect(world.task(a, taskId).task.state).toBe("failed");
  });

  it("G56 a correction of the clock makes no message older", () => {
    const { world, a, b } = stage();
    const { taskId } = world.send(a, b, "x", { checkIn: null }).task;
    world.advance(2 * minute);
    world.stepWallClock(2 * day);
    world.advance(day - 2 * minute - second);
    expect(world.task(a, taskId).task.state).toBe("submitted");
    world.advance(second);
    expect(world.task(a, taskId).task.state).toBe("failed");
  });

  it("G56 what was read fails no more", () => {
    const { world, a, b } = stage();
    const { taskId } = world.send(a, b, "x").task;
    world.read(b, taskId);
    world.advance(3 * day);
    expect(world.task(a, taskId).task.state).toBe("submitted");
  });
});

describe("repeats", () => {
  it("G58 G60 G124 a message that comes again changes nothing, and another under its id is refused", () => {
    const { world, a, b, c } = stage();
    const message = saying("once", "m1", b);
    const { task } = world.send(a, b, "once", { message });
    const before = world.records.length;
    expect(world.send(a, b, "once", { message, checkIn: 5 }).task.taskId).toBe(task.taskId);
    expect(world.records.length).toBe(before);
    expect(world.reason(world.sending(a, b, "", { message: saying("other", "m1", b) }))).toBe(
      "message_id_conflict",
    );
    expect(world.reason(world.sending(a, c, "", { message: saying("once", "m1", c) }))).toBe(
      "message_id_conflict",
    );
    expect(world.send(c, b, "once", { message }).task.taskId).not.toBe(task.taskId);
  });

  it("G58 a repeat answers the task as it is by then, also when it is over", () => {
    const { world, a, b, taskId } = stage();
    const message = saying("reply", "m2");
    world.say(b, taskId, "", { message });
    world.update(a, taskId, "completed");
    expect(world.say(b, taskId, "", { message }).task.state).toBe("completed");
  });

  it("G58 G130 a restart forgets no repeat, a day does", () => {
    const { world, a, b } = stage();
    const message = saying("once", "m1", b);
    const { taskId } = world.send(a, b, "", { message, checkIn: null }).task;
    world.takeSnapshot();
    world.restart();
    world.advance(day - second);
    expect(world.send(a, b, "", { message }).task.taskId).toBe(taskId);
    world.advance(second);
    expect(world.send(a, b, "", { message }).task.taskId).not.toBe(taskId);
  });
});

describe("session keys", () => {
  it("G78 each side's key is told from then on", () => {
    const { world, a, b } = stage();
    const { taskId } = world.send(a, b, "x", { sessionKey: "A" }).task;
    world.say(b, taskId, "y", { sessionKey: "B" });
    const notices = world.fresh().flatMap((event) => event.notices);
    expect(notices).toMatchObject([
      { senderSessionKey: "A", receiverSessionKey: null },
      { senderSessionKey: "A", receiverSessionKey: "B" },
    ]);
  });
});
