// What much of something costs, and that one action is told once.
import { createFakeClock } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { startLocalGrid } from "../../src/local/index.ts";
import { createWorld, saying } from "./world.ts";

describe("bounds", () => {
  it("G142 a page of ten thousand tasks is found at once", () => {
    const world = createWorld();
    const [a, b] = [world.node("a"), world.node("b")];
    for (let index = 0; index < 10_000; index += 1) {
      world.ok(world.sending(a, b, "x", { checkIn: null }));
    }
    const list = {
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
    } as const;
    world.ok(list);
    const times = Array.from({ length: 20 }, () => {
      const from = performance.now();
      expect(world.ok(list).tasks).toHaveLength(100);
      return performance.now() - from;
    });
    // The best of twenty, so that what else the machine does counts for nothing.
    expect(Math.min(...times)).toBeLessThan(20);
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
