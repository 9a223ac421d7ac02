// Random lives of tasks and rooms against small models of them; and faults planted in the rules, which must be noticed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GridMachine } from "../../src/local/rules/machine.ts";
import { isTerminal, type TaskState } from "../../src/local/rules/model/entities.ts";
import { taskStates } from "../../src/wire/forms.ts";
import { createWorld, minute, saying, type World } from "./world.ts";

type Side = "a" | "b";
const otherSide = (side: Side): Side => (side === "a" ? "b" : "a");

type Step =
  | { readonly do: "say"; readonly by: Side; readonly state: TaskState | null; readonly id: number | null }
  | { readonly do: "update"; readonly by: Side; readonly state: TaskState }
  | { readonly do: "read" | "ack"; readonly by: Side }
  | { readonly do: "wait"; readonly minutes: number }
  | { readonly do: "restart" | "snapshot" };

const side = fc.constantFrom<Side>("a", "b");
const state = fc.constantFrom(...taskStates);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("say" as const),
      by: side,
      state: fc.option(state),
      id: fc.option(fc.nat(4)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("update" as const), by: side, state }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("read" as const, "ack" as const), by: side }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), minutes: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("restart" as const, "snapshot" as const) }) },
);

/** What the wire says of one task of a to b, as plainly as it can be said. */
class TaskModel {
  state: TaskState = "submitted";
  readonly unread: Record<Side, string[]> = { a: [], b: ["hello"] };
  readonly ids = new Set<string>();

  allows(by: Side, to: TaskState): boolean {
    return to === "canceled" || (to === "completed" ? by === "a" : to !== "submitted" && by === "b");
  }

  /** Whether the step is carried out, and what becomes of it. */
  act(by: Side, text: string | null, to: TaskState | null): boolean {
    if (to === "submitted" || (isTerminal(this.state) && (text !== null || to !== this.state))) {
      return false;
    }
    if (to !== null && !this.allows(by, to)) {
      return false;
    }
    if (isTerminal(this.state)) {
      return true;
    }
    if (text !== null) {
      this.unread[otherSide(by)].push(text);
    }
    const asked = this.state === "input_required" || this.state === "auth_required";
    if (to !== null) {
      this.state = to;
    } else if (text !== null && by === "b") {
      this.state = "input_required";
    } else if (text !== null && asked) {
      this.state = "working";
    }
    if (isTerminal(this.state)) {
      this.unread[otherSide(by)].push(`The task is ${this.state}.`);
    }
    return true;
  }
}

function live(world: World, steps: readonly Step[]): void {
  const [a, b] = [world.node("a"), world.node("b")];
  const { taskId } = world.send(a, b, "hello").task;
  const model = new TaskModel();
  for (const [index, each] of steps.entries()) {
    switch (each.do) {
      case "say": {
        const id = each.id === null ? null : `${each.by} ${each.id}`;
        const text = id ?? `text ${index}`;
        const message = { ...saying(text, id), fingerprint: text };
        const command = world.changing(each.by, taskId, { as: "message", message, state: each.state });
        const isRepeat = id !== null && model.ids.has(id);
        const done = isRepeat || model.act(each.by, text, each.state);
        expect(accepted(world, command)).toBe(done);
        if (done && id !== null) {
          model.ids.add(id);
        }
        break;
      }
      case "update":
        expect(accepted(world, world.changing(each.by, taskId, { state: each.state }))).toBe(
          model.act(each.by, null, each.state),
        );
        break;
      case "read":
        expect(world.read(each.by, taskId)).toEqual(model.unread[each.by].splice(0));
        break;
      case "ack":
        world.ack(each.by, taskId);
        model.unread[each.by] = [];
        break;
      case "wait":
        world.advance(each.minutes * minute);
        break;
      case "restart":
        world.restart();
        break;
      case "snapshot":
        world.takeSnapshot();
        break;
    }
    const seen = { a: world.task(a, taskId), b: world.task(b, taskId) };
    expect([seen.a.task.state, seen.a.unreadCount, seen.b.unreadCount]).toEqual([
      model.state,
      model.unread.a.length,
      model.unread.b.length,
    ]);
    expect(seen.a.history?.map(({ seq }) => seq)).toEqual(seen.a.history?.map((_, at) => at + 1));
  }
}

function accepted(world: World, command: Parameters<World["run"]>[0]): boolean {
  const reply = world.run(command);
  return !(typeof reply === "object" && "refused" in reply);
}

const manySteps = fc.array(step, { maxLength: 25 });

/** The rules with one of them spoiled. */
const spoiled =
  <Type extends keyof GridMachine["commands"]>(
    type: Type,
    by: (rule: GridMachine["commands"][Type]) => typeof rule,
  ) =>
  (machine: GridMachine): GridMachine => ({
    ...machine,
    commands: { ...machine.commands, [type]: by(machine.commands[type]) },
  });

const faults: Readonly<Record<string, (machine: GridMachine) => GridMachine>> = {
  "a read that forgets to move on": spoiled(
    "readTask",
    (rule) => (all, command, turn) =>
      rule(all, command, {
        ...turn,
        now: turn.now,
        emit: (record) => (record.type === "task.set" ? undefined : turn.emit(record)),
      }),
  ),
  "a sender that may do what the receiver may": spoiled("changeTask", (rule) => (all, command, turn) => {
    const task = all.tasks.get(command.taskId);
    return rule(all, task === undefined ? command : { ...command, nodeId: task.receiverNodeId }, turn);
  }),
  "a repeat that counts again": spoiled(
    "changeTask",
    (rule) => (all, command, turn) =>
      rule(all, { ...command, message: command.message && { ...command.message, messageId: null } }, turn),
  ),
  "a snapshot without messages": (machine) => ({
    ...machine,
    snapshot: (all) => ({ ...(machine.snapshot?.(all) as object), messages: [] }),
  }),
};

describe("tasks", () => {
  it("G42 G43 G51 G52 G57 G122 live as their model does", () => {
    fc.assert(
      fc.property(manySteps, (steps) => live(createWorld(), steps)),
      { numRuns: 60 },
    );
  });

  it.each(Object.keys(faults))("%s is noticed", (name) => {
    const found = fc.check(
      fc.property(manySteps, (steps) => live(createWorld({}, faults[name]), steps)),
      { numRuns: 300, seed: 1 },
    );
    expect(found.failed).toBe(true);
  });
});

type Member = "a" | "b" | "c";
const member = fc.constantFrom<Member>("a", "b", "c");
const roomStep = fc.record({
  do: fc.constantFrom("send", "read", "join", "leave", "kick", "invite", "restart"),
  by: member,
  to: member,
});

describe("rooms", () => {
  it("G66 G71 G129 everybody reads what the others said, once and in order", () => {
    fc.assert(
      fc.property(fc.array(roomStep, { maxLength: 40 }), (steps) => {
        const world = createWorld();
        const nodes = (["a", "b", "c"] as const).map((name) => world.node(name));
        const [a = ""] = nodes;
        const roomId = world.room(a, nodes);
        const said: { by: string; seq: number }[] = [];
        const status = new Map<string, string>(nodes.map((id) => [id, id === a ? "joined" : "invited"]));
        const cursor = new Map<string, number>(nodes.map((id) => [id, 0]));
        const behind = (who: string) =>
          said.filter(({ by, seq }) => by !== who && seq > (cursor.get(who) ?? 0)).map(({ seq }) => seq);
        for (const { do: what, by, to } of steps) {
          const isIn = status.get(by) === "joined";
          const isHost = by === a && status.get(a) === "joined";
          const isOpen = [...status.values()].includes("joined");
          switch (what) {
            case "send": {
              const done = accepted(world, world.talking(by, roomId, "x"));
              expect(done).toBe(isIn && isOpen);
              if (done) {
                said.push({ by, seq: said.length + 1 });
              }
              break;
            }
            case "read":
              if (isIn) {
                const { messages } = world.ok({ type: "readRoom", nodeId: by, roomId, limit: 2 });
                const seqs = messages.map(({ seq }) => seq);
                expect(seqs).toEqual(behind(by).slice(0, 2));
                cursor.set(by, seqs.at(-1) ?? cursor.get(by) ?? 0);
              }
              break;
            case "join":
              if (accepted(world, { type: "joinRoom", nodeId: by, roomId }) && !isIn) {
                status.set(by, "joined");
                cursor.set(by, 0);
              }
              break;
            case "leave":
              if (accepted(world, { type: "leaveRoom", nodeId: by, roomId }) && isIn) {
                status.set(by, "left");
              }
              break;
            case "kick":
              expect(accepted(world, { type: "kickFromRoom", nodeId: by, roomId, otherId: to })).toBe(
                isHost && to !== a && ["joined", "invited", "kicked"].includes(status.get(to) ?? ""),
              );
              if (isHost && to !== a && ["joined", "invited"].includes(status.get(to) ?? "")) {
                status.set(to, "kicked");
              }
              break;
            case "invite":
              if (accepted(world, { type: "inviteToRoom", nodeId: by, roomId, otherId: to })) {
                expect(isHost).toBe(true);
                if (!["joined", "invited"].includes(status.get(to) ?? "")) {
                  status.set(to, "invited");
                }
              }
              break;
            case "restart":
              world.restart();
              break;
          }
          const { room } = world.ok({ type: "getRoom", nodeId: a, roomId, historyLength: 0 });
          for (const { nodeId, status: of, unread } of room.participants) {
            expect([nodeId, of, unread]).toEqual([
              nodeId,
              status.get(nodeId),
              of === "joined" ? behind(nodeId).length : 0,
            ]);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
