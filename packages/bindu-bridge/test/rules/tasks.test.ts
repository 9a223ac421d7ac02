// Tasks in virtual time: their turns, who waits for one, what is thrown away, and what is kept.
import { describe, expect, it } from "vitest";
import { limits } from "../../src/local/rules/model/limits.ts";
import { createWorld, day, textOf } from "./world.ts";

describe("the life of a task", () => {
  it("S22 a task is submitted, works, and is completed with a message and an artifact", () => {
    const world = createWorld();
    const a = world.agent("a");
    const submitted = world.send(a, "t");
    expect(submitted.state).toBe("submitted");
    expect(world.task(a, "t").state).toBe("working");
    const done = world.end(a, "t", "completed", "Echo: hello");
    expect(done).toMatchObject({ state: "completed", statusSaid: false, lastN: 3 });
    expect(textOf(done)).toEqual(["hello", "Echo: hello"]);
    expect(done.artifacts).toHaveLength(1);
    expect(world.eventsOf(a, "t")).toMatchObject([
      { n: 1, kind: "status", state: "working" },
      { n: 2, kind: "artifact", append: false, last: true },
      { n: 3, kind: "status", state: "completed", messageAt: 1 },
    ]);
  });

  it("S23 a message to an open task runs again with all turns; numbers go on over them", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    world.end(a, "t", "input-required", "Which?");
    expect(world.task(a, "t").statusSaid).toBe(true);
    const again = world.send(a, "t", "blue");
    expect(again).toMatchObject({ state: "submitted", statusSaid: false, lastN: 2 });
    expect(again.turns).toMatchObject([
      { after: 0, messageAt: 0 },
      { after: 2, messageAt: 2 },
    ]);
    expect(textOf(world.end(a, "t", "completed", "Echo: blue"))).toEqual([
      "hello",
      "Which?",
      "blue",
      "Echo: blue",
    ]);
    expect(world.eventsOf(a, "t").map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
  });

  it("S23 messages to a running task wait for its turn, and run one after the other in their order", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "1");
    const second = world.waits(world.sending(a, "t", "2"));
    const third = world.waits(world.sending(a, "t", "3"));
    world.send(a, "other");
    world.end(a, "t", "input-required", "?");
    expect(world.answers.get(second)).toMatchObject({ task: { state: "submitted" }, turn: 1 });
    expect(world.answers.has(third)).toBe(false);
    world.end(a, "t", "auth-required", "??");
    expect(world.answers.get(third)).toMatchObject({ turn: 2 });
    expect(textOf(world.end(a, "t", "completed", "!"))).toEqual(["1", "?", "2", "??", "3", "!"]);
  });

  it("S40 who waited for a turn that ended the task is refused as one who comes later", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    const ticket = world.waits(world.sending(a, "t", "more"));
    world.ok({ type: "cancelTask", agentId: a, taskId: "t" });
    expect(world.answers.get(ticket)).toMatchObject({ refused: "task_terminal", state: "canceled" });
    const detail = world.detailOf(world.sending(a, "t", "more"), "task_terminal");
    expect(detail).toBe(
      "Cannot continue task t: Task is in terminal state 'canceled' and is immutable. Create a new task with referenceTaskIds to continue the conversation.",
    );
  });

  it("S23 a caller that goes while it waits leaves nothing", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    const gone = world.waits(world.sending(a, "t", "gone"));
    const stays = world.waits(world.sending(a, "t", "stays"));
    world.cancel(gone);
    world.end(a, "t", "input-required", "?");
    expect(world.answers.has(gone)).toBe(false);
    expect(world.answers.has(stays)).toBe(true);
  });

  it("S25 what comes after a cancellation is thrown away", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    const late = world.ending(a, "t", "completed");
    const piece = { ...late, type: "addPieces" as const, pieces: [world.piece("x", { last: false })] };
    world.ok(piece);
    expect(world.ok({ type: "cancelTask", agentId: a, taskId: "t" }).task).toMatchObject({
      state: "canceled",
      artifacts: [],
    });
    world.refused(late, "stale");
    world.refused(piece, "stale");
    expect(world.detailOf({ type: "cancelTask", agentId: a, taskId: "t" }, "not_cancelable")).toBe(
      "Task cannot be canceled in 'canceled' state. Tasks can only be canceled while pending or running.",
    );
  });

  it("S24 a hundred turns of an agent run at once, the rest is queued in its order", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a"), world.agent("b")];
    for (let index = 0; index < limits.running + 2; index += 1) {
      world.send(a, `t${index}`);
    }
    world.send(b, "u");
    expect(world.task(b, "u").state).toBe("working");
    const queued = () => Object.values(world.states(a)).filter((state) => state === "submitted").length;
    expect(queued()).toBe(2);
    world.end(a, "t5", "completed");
    expect(world.task(a, "t100").state).toBe("working");
    world.ok({ type: "cancelTask", agentId: a, taskId: "t101" });
    expect(queued()).toBe(0);
    world.expectReplayEqual();
  });

  it("S33 a task is that of its agent alone", () => {
    const world = createWorld();
    const [a, b] = [world.agent("a"), world.agent("b")];
    world.send(a, "t");
    world.refused({ type: "getTask", agentId: b, taskId: "t" }, "task_not_found");
    expect(world.send(b, "t", "mine").history).toHaveLength(1);
  });

  it("S25 what comes late does not get into another task that has come to the same id", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    const late = world.ending(a, "t", "completed");
    world.ok({ type: "clearContext", agentId: a, contextId: "context" });
    world.send(a, "t");
    world.refused({ ...late, type: "addPieces", pieces: [world.piece("x", { last: false })] }, "stale");
    world.refused(late, "stale");
    expect(world.ok({ type: "readTurns", turns: [late] }).inputs).toEqual([undefined]);
    expect(world.task(a, "t")).toMatchObject({ state: "working", artifacts: [] });
  });

  it("S32 a restart goes on with what was there, from a snapshot too", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { key: { key: "k", hash: "h" } });
    world.ok({
      ...world.ending(a, "t", "completed"),
      type: "addPieces",
      pieces: [world.piece("a", { last: false })],
    });
    world.send(a, "u");
    world.takeSnapshot();
    world.end(a, "u", "completed");
    world.restart();
    world.expectReplayEqual();
    const whole = world.end(a, "t", "completed", "ab", {
      pieces: [world.piece("b", { append: true })],
    });
    expect(whole.artifacts[0]?.parts).toEqual([{ kind: "text", text: "ab" }]);
  });
});

describe("pieces", () => {
  it("S35 texts grow together, and the signature of the last piece goes to the part", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    const first = world.piece("Hel", { last: false });
    const last = world.piece("lo", { append: true });
    const signed = { ...last, artifact: { ...last.artifact, metadata: { "did.message.signature": "sig" } } };
    world.ok({ type: "addPieces", agentId: a, taskId: "t", place: 1, turn: 0, pieces: [first] });
    const { artifacts } = world.end(a, "t", "completed", "Hello", { pieces: [signed] });
    expect(artifacts).toEqual([
      {
        artifactId: "result",
        name: "result",
        parts: [{ kind: "text", text: "Hello", metadata: { "did.message.signature": "sig" } }],
      },
    ]);
    const [, , piece] = world.eventsOf(a, "t");
    expect(piece).toMatchObject({ append: true, last: true, artifact: { parts: [{ text: "lo" }] } });
  });

  it.each(["failed", "input-required"] as const)(
    "S35 an artifact without its last piece goes where the turn is %s",
    (state) => {
      const world = createWorld();
      const a = world.agent("a");
      world.send(a, "t");
      world.ok({
        type: "addPieces",
        agentId: a,
        taskId: "t",
        place: 1,
        turn: 0,
        pieces: [world.piece("x", { last: false })],
      });
      expect(world.end(a, "t", state).artifacts).toEqual([]);
    },
  );
});

describe("what a handler is given", () => {
  const inputs = (world: ReturnType<typeof createWorld>, taskId: string) =>
    world
      .ok({ type: "readTurns", turns: [world.ending("a", taskId, "completed")] })
      .inputs[0]?.before.map((task) => task.taskId);

  it("S23 the histories of the tasks that the first message names, in their order", () => {
    const world = createWorld();
    const a = world.agent("a", { contextHistory: true });
    world.send(a, "t1");
    world.send(a, "t2");
    const message = { messageId: "m", role: "user", parts: [], referenceTaskIds: ["t2", "?", "t1"] } as const;
    world.send(a, "t3", "x", { message });
    expect(inputs(world, "t3")).toEqual(["t2", "t1"]);
  });

  it("S39 else those of its context, where that is asked for", () => {
    const world = createWorld();
    const a = world.agent("a", { contextHistory: true });
    world.send(a, "t1");
    world.send(a, "t2", "x", { contextId: "elsewhere" });
    world.send(a, "t3");
    expect(inputs(world, "t3")).toEqual(["t1"]);
    world.agent("a");
    expect(inputs(world, "t3")).toEqual([]);
  });

  it("S25 nothing where the turn is over", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    world.ok({ type: "cancelTask", agentId: a, taskId: "t" });
    expect(inputs(world, "t")).toBeUndefined();
  });
});

describe("contexts and ids", () => {
  it("S39 contexts are listed with their tasks; a cleared one is gone, and what ran in it canceled", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t1");
    world.send(a, "t2");
    world.send(a, "t3", "x", { contextId: "other" });
    world.end(a, "t1", "completed");
    expect(world.ok({ type: "listContexts", agentId: a }).contexts).toEqual([
      { contextId: "context", taskIds: ["t1", "t2"] },
      { contextId: "other", taskIds: ["t3"] },
    ]);
    world.fresh();
    expect(world.ok({ type: "clearContext", agentId: a, contextId: "context" }).taskIds).toEqual([
      "t1",
      "t2",
    ]);
    expect(world.fresh()).toMatchObject([
      { type: "task", taskId: "t2", event: { state: "canceled" } },
      { type: "gone", taskIds: ["t1", "t2"] },
    ]);
    expect(world.states(a)).toEqual({ t3: "working" });
    const detail = world.detailOf(
      { type: "clearContext", agentId: a, contextId: "context" },
      "context_not_found",
    );
    expect(detail).toBe("Context context not found");
    world.send(a, "t");
    const late = world.waits(world.sending(a, "t", "x"));
    world.ok({ type: "clearContext", agentId: a, contextId: "context" });
    expect(world.answers.get(late)).toMatchObject({ refused: "task_terminal", state: "canceled" });
  });

  it("S38 a task keeps its context, and a message the one that it was sent with", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    world.end(a, "t", "input-required");
    const { contextId, history } = world.send(a, "t", "x", { contextId: "other" });
    expect([contextId, history.at(-1)?.contextId]).toEqual(["context", "other"]);
    world.end(a, "t", "input-required");
    world.refused(world.sending(a, "t", "x", { create: "never", contextId: "other" }), "context_mismatch");
    const own = world.send(a, "t", "x", { create: "never", contextId: null });
    expect(own.history.at(-1)?.contextId).toBe("context");
    world.refused(world.sending(a, "nothing", "x", { create: "never" }), "task_not_found");
  });

  it("S22 a message without a task hides its task where its caller takes one", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "shown");
    world.send(a, "hidden", "x", { direct: true });
    expect(world.end(a, "shown", "completed", "hi", { direct: true, pieces: [] })).toMatchObject({
      hidden: false,
      statusSaid: true,
    });
    expect(world.end(a, "hidden", "completed", "hi", { direct: true, pieces: [] }).hidden).toBe(true);
    expect(Object.keys(world.states(a))).toEqual(["shown"]);
    world.refused({ type: "getTask", agentId: a, taskId: "hidden" }, "task_not_found");
    expect(world.ok({ type: "listContexts", agentId: a }).contexts).toEqual([
      { contextId: "context", taskIds: ["shown"] },
    ]);
    expect(world.eventsOf(a, "hidden")).toHaveLength(2);
  });
});

describe("idempotency keys", () => {
  const key = { key: "k", hash: "h" };

  it("S22 a repeat with the same message begins nothing and finds its turn; another message is refused", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { key });
    world.end(a, "t", "completed");
    world.restart();
    const records = world.records.length;
    const again = world.ok(world.sending(a, "t2", "x", { key }));
    expect(again).toMatchObject({ replayed: true, turn: 0, task: { taskId: "t", state: "completed" } });
    expect(world.records).toHaveLength(records);
    world.refused(world.sending(a, "t2", "y", { key: { key: "k", hash: "other" } }), "key_reused");
    expect(world.send(world.agent("b"), "t2", "x", { key }).taskId).toBe("t2");
  });

  it("S23 a repeat of what waits for a turn waits with it, and is no second turn", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    const [first, second] = [
      world.waits(world.sending(a, "t", "x", { key })),
      world.waits(world.sending(a, "t", "x", { key })),
    ];
    world.end(a, "t", "input-required");
    expect(world.answers.get(first)).toMatchObject({ replayed: false, turn: 1 });
    expect(world.answers.get(second)).toMatchObject({ replayed: true, turn: 1 });
  });

  it("S39 a key outlives its task until a day after it was used", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { key });
    world.ok({ type: "clearContext", agentId: a, contextId: "context" });
    world.refused(world.sending(a, "t2", "x", { key }), "task_not_found");
    world.advance(day);
    expect(world.send(a, "t2", "x", { key }).taskId).toBe("t2");
    expect(world.state.orphans.size).toBe(0);
  });
});

describe("bounds", () => {
  it("S32 finished tasks go after their retention, open ones never", () => {
    const world = createWorld({ retentionMs: 2 * day });
    const a = world.agent("a");
    world.send(a, "done");
    world.send(a, "asks");
    world.send(a, "runs");
    world.end(a, "done", "completed");
    world.end(a, "asks", "input-required");
    world.advance(2 * day - 1);
    world.stepWallClock(-60_000);
    world.advance(1);
    expect(Object.keys(world.states(a))).toEqual(["asks", "runs"]);
    world.advance(30 * day);
    expect(Object.keys(world.states(a))).toEqual(["asks", "runs"]);
    world.expectReplayEqual();
  });

  it("S32 above its number, or the bytes of all, the oldest finished tasks go", () => {
    const world = createWorld({ keptTasks: 2, storedBytes: 9_500 });
    const a = world.agent("a");
    for (const name of ["1", "2", "3"]) {
      world.send(a, name);
    }
    for (const name of ["2", "1", "3"]) {
      world.end(a, name, "completed");
    }
    expect(Object.keys(world.states(a))).toEqual(["1", "3"]);
    world.send(a, "big", "x".repeat(9_000));
    expect(Object.keys(world.states(a))).toEqual(["big"]);
    expect(world.state.bytes).toBeGreaterThan(9_000);
    world.end(a, "big", "failed", "x".repeat(2_000));
    expect(world.states(a)).toEqual({});
    expect(world.state.bytes).toBe(0);
  });

  it("S32 where open tasks hold all that is kept nothing more is taken, until one of them ends", () => {
    const world = createWorld({ storedBytes: 1_000 });
    const a = world.agent("a");
    world.send(a, "t", "x".repeat(800));
    world.refused(world.sending(a, "u", "x".repeat(300)), "too_much");
    world.end(a, "t", "completed");
    expect(world.send(a, "u", "x".repeat(300)).taskId).toBe("u");
  });

  it("S23 only so many messages wait for a turn, and a task has only so many", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    for (let index = 0; index < limits.waiting; index += 1) {
      world.waits(world.sending(a, "t", "x"));
    }
    world.refused(world.sending(a, "t", "x"), "too_much");
  });

  it("S35 the newest thousand events are kept, those of a day, and the running turn", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    const pieces = Array.from({ length: 1_100 }, (_, index) =>
      world.piece("x", { append: index > 0, last: false }),
    );
    world.ok({ type: "addPieces", agentId: a, taskId: "t", place: 1, turn: 0, pieces });
    world.end(a, "t", "input-required");
    const kept = () => world.eventsOf(a, "t").map(({ n }) => n);
    expect(kept()).toHaveLength(1_102);
    world.advance(day);
    world.send(a, "t");
    world.end(a, "t", "input-required");
    expect(kept()).toHaveLength(1_000);
    expect(kept().at(-1)).toBe(1_104);
    expect(world.ok({ type: "readEvents", agentId: a, taskId: "t", after: 1_102 })).toMatchObject({
      firstN: 105,
      events: [{ n: 1_103 }, { n: 1_104 }],
    });
    world.takeSnapshot();
    world.expectReplayEqual();
  });

  it("S22 a number beyond every double is null, so that a stranger's cannot keep the store from being written", () => {
    const world = createWorld();
    const a = world.agent("a", { extraMetadata: { x: Number.POSITIVE_INFINITY } });
    const data = { big: Number.POSITIVE_INFINITY, small: 1 };
    const parts = [{ kind: "data", data, text: "" }] as const;
    world.send(a, "t", "x", { message: { messageId: "m", role: "user", parts }, metadata: data });
    world.ok({
      type: "addFeedback",
      agentId: a,
      taskId: "t",
      feedback: { feedback: "", rating: null, metadata: data },
    });
    const piece = { artifact: { artifactId: "r", parts }, append: false, last: true };
    world.end(a, "t", "completed", "x", {
      message: { messageId: "n", role: "agent", parts },
      pieces: [piece],
    });
    world.takeSnapshot();
    world.expectReplayEqual();
    const { history, artifacts } = world.task(a, "t");
    const stored = { kind: "data", data: { big: null, small: 1 }, text: "" };
    expect([history[0]?.parts[0], history[1]?.parts[0], artifacts[0]?.parts[0]]).toEqual([
      stored,
      stored,
      stored,
    ]);
  });

  it("S32 messages that wait hold only so many bytes, of whatever tasks they are", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    world.send(a, "u");
    const half = "x".repeat(limits.bytesWaiting / 2);
    const large = (taskId: string) => world.sending(a, taskId, "x", { metadata: { half } });
    const gone = world.waits(large("t"));
    world.refused(large("u"), "too_much");
    const unwritable = { metadata: { big: Number.POSITIVE_INFINITY } };
    const small = world.waits(world.sending(a, "u", "x", unwritable));
    world.cancel(gone);
    const late = world.waits(large("u"));
    world.end(a, "u", "input-required");
    world.end(a, "u", "input-required");
    expect([small, late].map((ticket) => world.answers.get(ticket))).toMatchObject([
      { turn: 1 },
      { turn: 2 },
    ]);
    world.waits(large("t"));
  });

  it("S32 a task holds only so many bytes, whoever gives them", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    const half = world.piece("x".repeat(limits.bytesOfTask / 2), { last: false });
    const pieces = { type: "addPieces", agentId: a, taskId: "t", place: 1, turn: 0, pieces: [half] } as const;
    world.ok(pieces);
    world.refused(pieces, "too_much");
    const feedback = { feedback: "x".repeat(limits.bytesOfTask / 2), rating: null, metadata: {} };
    world.refused({ type: "addFeedback", agentId: a, taskId: "t", feedback }, "too_much");
    expect(world.end(a, "t", "failed").state).toBe("failed");
  });

  it("S32 feedback that is let go weighs nothing any more", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    const give = (): number => {
      const feedback = { feedback: "x".repeat(100), rating: null, metadata: {} };
      world.ok({ type: "addFeedback", agentId: a, taskId: "t", feedback });
      return world.state.bytes;
    };
    const before = Array.from({ length: limits.feedbackOfTask }, give).at(-1);
    expect(give()).toBe(before);
  });

  it("S22 feedback is kept, the newest hundred", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    for (let rating = 0; rating < 101; rating += 1) {
      world.ok({
        type: "addFeedback",
        agentId: a,
        taskId: "t",
        feedback: { feedback: "", rating, metadata: {} },
      });
    }
    expect(world.task(a, "t").feedback.map(({ rating }) => rating)).toEqual(
      Array.from({ length: 100 }, (_, index) => index + 1),
    );
    world.refused(
      { type: "addFeedback", agentId: a, taskId: "?", feedback: { feedback: "", rating: 1, metadata: {} } },
      "task_not_found",
    );
  });
});
