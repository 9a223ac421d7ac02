// What much of something costs, and that one action is told once.
import { createFakeClock } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { startLocalGrid } from "../../src/local/index.ts";
import { sizeOf } from "../../src/local/rules/state-snapshot.ts";
import { createWorld, saying } from "./world.ts";

describe("bounds", () => {
  it("G142 a page of ten thousand tasks is the one that was asked for, newest change first", () => {
    const world = createWorld();
    const [a, b] = [world.node("a"), world.node("b")];
    const ids: string[] = [];
    for (let index = 0; index < 10_000; index += 1) {
      ids.push(world.ok(world.sending(a, b, "x", { checkIn: null })).task.taskId);
    }
    const { tasks, total } = world.ok({
      type: "listTasks",
      nodeId: a,
      states: null,
      contextId: null,
      parentTaskId: null,
      peerNodeId: null,
      role: null,
      unreadOnly: false,
      limit: 100,
      offset: 5_000,
    });
    expect(total).toBe(10_000);
    const known = new Set(ids);
    expect(new Set(tasks.map(({ task }) => task.taskId)).size).toBe(100);
    expect(tasks.every(({ task }) => known.has(task.taskId))).toBe(true);
    // The size by which snapshots come stays behind the records, or a server that only grows would never have one.
    expect(sizeOf(world.state)).toBeLessThan(world.records.length);
  });

  it("G143 a thousand schedules wait on one timer", async () => {
    const clock = createFakeClock();
    await using server = await startLocalGrid({ metricsAddr: "off", clock });
    const { Agent } = await import("../http/agent.ts");
    const { fixedIdentity } = await import("@x/core/testing");
    const agents = Array.from(
      { length: 10 },
      (_, index) => new Agent(server.url, fixedIdentity(10 + index), () => clock.now().wall),
    );
    await Promise.all(agents.map((agent) => agent.register()));
    const before = clock.pendingTimers;
    await Promise.all(
      agents.map(async (agent) => {
        for (let index = 0; index < 100; index += 1) {
          await agent.ok("schedule/create", { messageText: "x", schedule: "every day" });
        }
      }),
    );
    expect(clock.pendingTimers).toBeLessThanOrEqual(before + 1);
  });

  it("G73 one action is told once, under its own word", () => {
    const world = createWorld();
    const [a, b] = [world.node("a"), world.node("b")];
    const { taskId } = world.send(a, b, "x").task;
    const artifact = { artifactId: null, name: null, description: null, parts: "[]", metadata: null };
    world.told();
    const told = (more: Parameters<typeof world.changing>[2]) => {
      world.ok(world.changing(b, taskId, more));
      return world.told().map(([, word, state]) => `${word} ${state}`);
    };
    expect(told({ state: "working" })).toEqual(["state working"]);
    expect(told({ message: saying("m"), state: "auth_required" })).toEqual(["message auth_required"]);
    expect(told({ artifact })).toEqual(["state auth_required"]);
    expect(told({ message: saying("m"), state: "failed", artifact })).toEqual(["state failed"]);
  });
});
