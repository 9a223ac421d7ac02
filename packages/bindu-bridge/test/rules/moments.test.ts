// A task as it was: whatever a reader has seen up to a number is what the task was then, and what follows makes it what it is.
import fc from "fast-check";
import { expect, test } from "vitest";
import { endsTurn, taskAt } from "../../src/local/surface/a2a/moments.ts";
import { eventToA2A, saysWhy, taskToA2A, viewOf } from "../../src/local/surface/a2a/stored.ts";
import { foldEvent } from "../../src/wire/a2a/fold.ts";
import type { ReadTaskState, Task } from "../../src/wire/a2a/objects.ts";
import { createWorld, type World } from "./world.ts";

const ends = ["completed", "failed", "input-required", "auth-required", "rejected"] as const;

const turns = fc.array(
  fc.record({
    pieces: fc.array(fc.record({ text: fc.string({ minLength: 1, maxLength: 3 }), append: fc.boolean() }), {
      maxLength: 4,
    }),
    end: fc.constantFrom(...ends),
  }),
  { minLength: 1, maxLength: 4 },
);

/** Plays turns, until one ends the task. */
function play(
  world: World,
  agentId: string,
  given: readonly (typeof turns extends fc.Arbitrary<infer T> ? T : never)[number][],
): void {
  for (const [index, { pieces, end }] of given.entries()) {
    const task = world.send(agentId, "t", `question ${index}`);
    const turn = task.turns.length - 1;
    for (const { text, append } of pieces) {
      world.ok({
        type: "addPieces",
        agentId,
        taskId: "t",
        place: task.place,
        turn,
        pieces: [
          {
            ...world.piece(text, { append, last: false }),
            artifact: { ...world.piece(text).artifact, artifactId: `a${turn}` },
          },
        ],
      });
    }
    world.ok(world.ending(agentId, "t", end));
    if (end === "completed" || end === "failed" || end === "rejected") {
      return;
    }
  }
}

/** Pieces of a text are one text, and an artifact that was never finished may be gone. */
const plain = (task: Task<ReadTaskState> | undefined): unknown => ({
  ...task,
  history: undefined,
  artifacts: task?.artifacts?.map(({ artifactId, parts }) => [
    artifactId,
    parts.map(({ text }) => text).join(""),
  ]),
});

test("A32 a task folded up to a number is what the events up to it make", () => {
  fc.assert(
    fc.property(turns, (given) => {
      const world = createWorld();
      const agentId = world.agent("a");
      play(world, agentId, given);
      const look = world.ok({ type: "readEvents", agentId, taskId: "t", after: 0 });
      const { task, events } = look;
      let folded: Task<ReadTaskState> | undefined = taskToA2A(task, taskAt(look, 0, 0));
      expect(folded.status.state).toBe("TASK_STATE_SUBMITTED");
      expect(folded.history).toHaveLength(1);
      for (const event of events) {
        const said = event.kind === "status" && saysWhy(task, event) ? event.messageAt : undefined;
        folded = foldEvent(
          folded,
          eventToA2A(task, event, said === undefined ? undefined : task.history[said]),
        );
        const turn = task.turns.findLastIndex(({ after }) => after < event.n);
        const was = taskToA2A(task, taskAt(look, event.n, turn));
        expect(was.status).toEqual(folded?.status);
        if (!endsTurn(event)) {
          expect(plain(was)).toEqual(plain(folded));
        }
        folded = { ...was };
      }
    }),
  );
});

test("A32 a task folded up to its newest event is the task as it is", () => {
  fc.assert(
    fc.property(turns, (given) => {
      const world = createWorld();
      const agentId = world.agent("a");
      play(world, agentId, given);
      const look = world.ok({ type: "readEvents", agentId, taskId: "t", after: 0 });
      expect(taskAt(look, look.task.lastN)).toEqual(viewOf(look.task));
    }),
  );
});

test("A32 a turn that began behind the number shows its message", () => {
  const world = createWorld();
  const agentId = world.agent("a");
  play(world, agentId, [{ pieces: [], end: "input-required" }]);
  const n = world.task(agentId, "t").lastN;
  world.send(agentId, "t", "answer");
  const look = world.ok({ type: "readEvents", agentId, taskId: "t", after: 0 });
  const was = taskAt(look, n);
  expect(was.state).toBe("submitted");
  expect(was.history).toHaveLength(3);
  expect(taskAt(look, n, 0)).toMatchObject({ state: "input-required", saidAt: 1 });
});
