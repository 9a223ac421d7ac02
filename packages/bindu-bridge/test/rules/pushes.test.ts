// Webhooks: what waits for each, in order, what is tried again, and what is given up.
import { describe, expect, it } from "vitest";
import type { PushOutcome } from "../../src/local/rules/model/commands.ts";
import type { PushConfig } from "../../src/local/rules/model/entities.ts";
import { limits } from "../../src/local/rules/model/limits.ts";
import { createWorld, type World } from "./world.ts";

const hook = (id: string, form: PushConfig["form"] = "a2a", url = "http://127.0.0.1:9/h"): PushConfig => ({
  id,
  form,
  url,
});

const take = (world: World, form: PushConfig["form"] = "a2a") =>
  world.ok({ type: "takePushes", form, limit: 100 });

const taken = (world: World, form?: PushConfig["form"]): string[] =>
  take(world, form).due.map(
    ({ config, delivery }) => `${config.id} ${delivery.event.n} ${delivery.sequence}`,
  );

function told(world: World, configId: string, n: number, outcome: PushOutcome): void {
  world.ok({ type: "endPush", agentId: "a", taskId: "t", configId, n, outcome });
}

describe("webhooks", () => {
  it("S36 every event waits for every webhook, one at a time and in order", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { push: hook("1") });
    world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook("2") });
    world.end(a, "t", "completed");
    expect(taken(world)).toEqual(["1 1 1", "2 2 2"]);
    expect(taken(world)).toEqual([]);
    told(world, "1", 1, { kind: "delivered" });
    expect(taken(world)).toEqual(["1 2 2"]);
    told(world, "1", 2, { kind: "delivered" });
    const { due } = take(world);
    expect(due).toMatchObject([
      { message: { parts: [{ text: "completed" }] }, delivery: { event: { n: 3 } } },
    ]);
    told(world, "1", 3, { kind: "delivered" });
    expect(taken(world)).toEqual([]);
  });

  it("S36 what failed is tried again at its time, with its number; what is given up makes room for the next", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { push: hook("1", "bindu") });
    world.end(a, "t", "completed");
    taken(world, "bindu");
    told(world, "1", 1, { kind: "retry", afterMs: 1_000 });
    expect(take(world, "bindu")).toMatchObject({ due: [], nextMs: world.now.wall + 1_000 });
    world.skip(1_000);
    expect(take(world, "bindu").due).toMatchObject([{ attempts: 1, delivery: { sequence: 1 } }]);
    told(world, "1", 1, { kind: "dead", reason: "503" });
    expect(taken(world, "bindu")).toEqual(["1 2 2"]);
    expect(world.ok({ type: "listDead", agentId: a }).dead).toMatchObject([{ reason: "503", configId: "1" }]);
  });

  it("S36 a restart gives out again what was taken and not told", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { push: hook("1") });
    taken(world);
    world.takeSnapshot();
    world.restart();
    expect(taken(world)).toEqual(["1 1 1"]);
  });

  it("S36 the dialect has one webhook per task, whose numbers begin at 1", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook("1", "bindu") });
    world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook("2", "bindu") });
    world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook("3", "a2a") });
    world.end(a, "t", "input-required");
    expect(taken(world, "bindu")).toEqual(["2 2 1"]);
    expect(taken(world)).toEqual(["3 2 2"]);
    const deleting = { type: "deletePush", agentId: a, taskId: "t", form: "bindu" } as const;
    expect(world.detailOf({ ...deleting, configId: "1" }, "push_mismatch")).toBe(
      "Push notification configuration identifier mismatch.",
    );
    expect(world.ok({ ...deleting, configId: "2" }).config).toEqual(hook("2", "bindu"));
    expect(world.detailOf({ ...deleting, configId: "2" }, "push_not_found")).toBe(
      "Push notification configuration not found for task.",
    );
    expect(world.ok({ ...deleting, form: null, configId: "?" }).config).toBeUndefined();
  });

  it("S36 nothing goes to a webhook after it was deleted, or its task cleared", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { push: hook("1") });
    world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook("2") });
    world.end(a, "t", "input-required");
    expect(taken(world)).toEqual(["1 1 1", "2 2 2"]);
    world.ok({ type: "deletePush", agentId: a, taskId: "t", configId: "1", form: null });
    told(world, "1", 1, { kind: "retry", afterMs: 0 });
    expect(taken(world)).toEqual([]);
    world.ok({ type: "clearContext", agentId: a, contextId: "context" });
    told(world, "2", 2, { kind: "retry", afterMs: 0 });
    expect(taken(world)).toEqual([]);
    expect(world.state.outboxes.size).toBe(0);
  });

  it("S36 a new address of a webhook takes what waits", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { push: hook("1") });
    world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook("1", "a2a", "http://127.0.0.1:8/") });
    expect(take(world).due).toMatchObject([
      { config: { url: "http://127.0.0.1:8/" }, delivery: { event: { n: 1 } } },
    ]);
  });

  it("S36 a task has only so many webhooks", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t");
    for (let index = 0; index < limits.pushesOfTask; index += 1) {
      world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook(String(index)) });
    }
    world.refused({ type: "setPush", agentId: a, taskId: "t", config: hook("more") }, "too_many_pushes");
    world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook("0", "a2a", "http://x/") });
    world.end(a, "t", "input-required");
    world.refused(world.sending(a, "t", "x", { push: hook("more") }), "too_many_pushes");
    expect(world.send(a, "t", "x", { push: hook("0") }).pushes).toHaveLength(limits.pushesOfTask);
  });

  it("S36 a webhook of the dialect takes the place of the one before, also where there are many", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { push: hook("old", "bindu") });
    for (let index = 1; index < limits.pushesOfTask; index += 1) {
      world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook(String(index)) });
    }
    world.ok({ type: "setPush", agentId: a, taskId: "t", config: hook("new", "bindu") });
    expect(world.task(a, "t").pushes.map(({ id }) => id)).not.toContain("old");
  });

  it("S36 only so many events wait for a webhook: the oldest are given up", () => {
    const world = createWorld();
    const a = world.agent("a");
    world.send(a, "t", "x", { push: hook("0") });
    const pieces = Array.from({ length: limits.deliveriesOfPush }, (_, index) =>
      world.piece("x", { append: index > 0, last: false }),
    );
    world.ok({ type: "addPieces", agentId: a, taskId: "t", place: 1, turn: 0, pieces });
    expect(take(world).due[0]).toMatchObject({ config: { id: "0" }, delivery: { event: { n: 2 } } });
    expect(world.ok({ type: "listDead", agentId: a }).dead).toHaveLength(1);
  });
});
