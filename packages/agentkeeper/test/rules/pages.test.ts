// Lists in pages: however the store changes between two pages, what is there all the time is listed exactly once.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Command, PageRequest } from "../../src/local/rules/model/commands.ts";
import { isRefusal } from "../../src/local/rules/model/refusal.ts";
import { type Action, action, commandOf } from "./actions.ts";
import { createTask, longLived } from "./steps.ts";
import { createWorld, type World } from "./world.ts";

interface Paged {
  readonly list: string;
  /** What is listed now, by an id of its own. */
  readonly present: (world: World) => readonly string[];
  readonly page: (
    world: World,
    page: PageRequest,
  ) => { readonly ids: readonly string[]; readonly next: string };
}

const lists: readonly Paged[] = [
  {
    list: "agents",
    present: ({ state }) => [...state.agents.keys()],
    page(world, page) {
      const { items, nextToken } = world.ok({ type: "listAgents", statuses: [], namePrefix: "", page });
      return { ids: items.map(({ agent }) => agent.agentId), next: nextToken };
    },
  },
  {
    list: "leases",
    // A lease is its grant: another holder's, or another time of the same one's, is another lease.
    present: ({ state }) => [...state.leases.values()].map(({ token }) => String(token)),
    page(world, page) {
      const { items, nextToken } = world.ok({
        type: "listLeases",
        taskIdPrefix: "",
        holderAgentId: "",
        page,
      });
      return { ids: items.map(({ lease }) => String(lease.token)), next: nextToken };
    },
  },
  {
    list: "elections",
    present: ({ state }) => [...state.elections.keys()],
    page(world, page) {
      const { items, nextToken } = world.ok({ type: "listElections", groupPrefix: "", page });
      return { ids: items.map(({ election }) => election.group), next: nextToken };
    },
  },
  {
    list: "tasks",
    present: ({ state }) => [...state.tasks.keys()],
    page(world, page) {
      const { items, nextToken } = world.ok({
        type: "listTaskPage",
        statuses: [],
        taskType: "",
        withData: false,
        page,
      });
      return { ids: items.map(({ task }) => task.id), next: nextToken };
    },
  },
];

function take(world: World, step: Action): void {
  if (step.do === "advance" || step.do === "skip" || step.do === "pause") {
    world[step.do](step.ms);
  } else if (step.do === "restart") {
    world.restart();
  } else {
    const command = commandOf(world, step);
    if (command !== undefined) {
      world.run(command);
    }
  }
}

describe("lists in pages", () => {
  it.each(lists)(
    "AK-X3 $list: nothing twice, nothing missed that was there all the time, whatever happens meanwhile",
    ({ present, page }) => {
      fc.assert(
        fc.property(
          fc.array(action, { minLength: 20, maxLength: 60 }),
          fc.array(fc.array(action, { maxLength: 6 }), { maxLength: 40 }),
          fc.integer({ min: 1, max: 3 }),
          (before, between, size) => {
            // So few are kept that some are forgotten while they are listed.
            const world = createWorld({ deadRetention: 3, finishedRetention: 3 });
            for (const step of before) {
              take(world, step);
            }
            let always = new Set(present(world));
            const ever = new Set(always);
            const look = (): void => {
              const now = new Set(present(world));
              always = new Set([...always].filter((id) => now.has(id)));
              for (const id of now) {
                ever.add(id);
              }
            };
            const listed: string[] = [];
            let token = "";
            let round = 0;
            do {
              const { ids, next } = page(world, { size, token });
              expect(ids.length).toBeLessThanOrEqual(size);
              listed.push(...ids);
              token = next;
              // Time that a page brings to the rules may end something too.
              look();
              for (const step of between[round] ?? []) {
                take(world, step);
                look();
              }
              round += 1;
            } while (token !== "");
            expect(new Set(listed).size).toBe(listed.length);
            expect([...always].filter((id) => !listed.includes(id))).toEqual([]);
            expect(listed.filter((id) => !ever.has(id))).toEqual([]);
          },
        ),
        { numRuns: 300 },
      );
    },
  );

  it("AK-X3 a page tells the sequence of its own moment", () => {
    const world = createWorld();
    for (let index = 0; index < 3; index += 1) {
      world.agent(`agent-${index}`, longLived);
    }
    const all = { type: "listAgents", statuses: [], namePrefix: "" } as const;
    const first = world.ok({ ...all, page: { size: 2, token: "" } });
    createTask(world, "task");
    const second = world.ok({ ...all, page: { size: 2, token: first.nextToken } });
    expect([first.sequence, second.sequence]).toEqual([3, 4]);
    expect([first.items.length, second.items.length, second.nextToken]).toEqual([2, 1, ""]);
  });

  it("AK-X3 size 0 is 100, up to 1,000", () => {
    const world = createWorld();
    for (let index = 0; index < 150; index += 1) {
      createTask(world, `task-${index}`);
    }
    const list = (size: number): Command => ({
      type: "listTaskPage",
      statuses: [],
      taskType: "",
      withData: false,
      page: { size, token: "" },
    });
    const sizes = [0, 1, 100, 1_000].map((size) => {
      const reply = world.run(list(size));
      return typeof reply === "object" && !isRefusal(reply) && "items" in reply
        ? reply.items.length
        : undefined;
    });
    expect(sizes).toEqual([100, 1, 100, 150]);
    expect(world.refused(list(1_001)).refused).toBe("LIMIT_OUT_OF_RANGE");
  });

  it("AK-X3 a list that ends where a page ends has no page after it", () => {
    const world = createWorld();
    for (let index = 0; index < 4; index += 1) {
      createTask(world, `task-${index}`);
    }
    const page = (token: string, size: number) =>
      world.ok({ type: "listTaskPage", statuses: [], taskType: "", withData: false, page: { size, token } });
    const second = page(page("", 2).nextToken, 2);
    expect([second.items.length, second.nextToken]).toEqual([2, ""]);
    expect(page("", 4).nextToken).toBe("");
  });
});
