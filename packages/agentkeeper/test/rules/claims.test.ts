// How waiting tasks and waiting agents find each other, as the wire document numbers the rules.
import { describe, expect, it } from "vitest";
import {
  acquire,
  answerTo,
  campaign,
  claim,
  complete,
  createTask,
  deregister,
  fail,
  heartbeat,
  longLived,
  release,
  task,
} from "./steps.ts";
import { createWorld, startWall, type World } from "./world.ts";

const wait = (world: World, agentId: string) => world.waits({ type: "claimTask", agentId });

const able = (world: World, ...tools: string[]) => world.agent(undefined, { ...longLived, tools });

describe("claims", () => {
  it("AK-K3 a claim is answered at once if a task matches", () => {
    const world = createWorld();
    createTask(world, "task");
    expect(claim(world, able(world)).id).toBe("task");
  });

  it("AK-K3 else it waits, however long, and is answered by the task that comes", () => {
    const world = createWorld();
    const ticket = wait(world, able(world));
    world.advance(86_000_000);
    expect(answerTo(world, ticket)).toBe("still waiting");
    createTask(world, "task");
    expect(answerTo(world, ticket)).toBe("task");
  });

  it("AK-K3 a call that its caller gave up gets nothing", () => {
    const world = createWorld();
    const agentId = able(world);
    const [gone, stays] = [wait(world, agentId), wait(world, agentId)];
    world.cancel(gone);
    createTask(world, "task");
    expect(answerTo(world, gone)).toBe("still waiting");
    expect(answerTo(world, stays)).toBe("task");
    createTask(world, "next");
    expect(task(world, "next").status).toBe("pending");
  });

  it("AK-K4 an agent gets a task if it has all the tools asked for, letter by letter; type plays no part", () => {
    const world = createWorld();
    const [gpu, other] = [able(world, "gpu", "disk"), able(world, "GPU")];
    createTask(world, "both", { taskType: "x", requiredTools: ["disk", "gpu"] });
    createTask(world, "none", { taskType: "y" });
    expect(claim(world, other).id).toBe("none");
    const ticket = wait(world, other);
    expect(claim(world, gpu).id).toBe("both");
    expect(answerTo(world, ticket)).toBe("still waiting");
  });

  it("AK-K5 tasks are claimed in the order in which they came", () => {
    const world = createWorld();
    const agentId = able(world, "a", "b");
    const tools = [["a"], [], ["b"], ["a", "b"], ["b", "a"]];
    tools.forEach((requiredTools, index) => {
      createTask(world, `task-${index}`, { requiredTools });
    });
    expect(tools.map(() => claim(world, agentId).id)).toEqual([
      "task-0",
      "task-1",
      "task-2",
      "task-3",
      "task-4",
    ]);
  });

  it("AK-K5 a task goes to whoever has waited longest of those that can run it", () => {
    const world = createWorld();
    const [plain, gpu, late] = [able(world), able(world, "gpu"), able(world, "gpu")];
    const tickets = [wait(world, plain), wait(world, gpu), wait(world, late)];
    createTask(world, "first", { requiredTools: ["gpu"] });
    createTask(world, "second", { requiredTools: ["gpu"] });
    createTask(world, "third", { requiredTools: ["gpu"] });
    createTask(world, "fourth");
    expect(tickets.map((ticket) => answerTo(world, ticket))).toEqual(["fourth", "first", "second"]);
    expect(task(world, "third").status).toBe("pending");
  });

  it("AK-K5 a task that nobody waiting can run blocks none behind it", () => {
    const world = createWorld();
    createTask(world, "hard", { requiredTools: ["gpu"] });
    createTask(world, "easy");
    expect(claim(world, able(world)).id).toBe("easy");
    const ticket = wait(world, able(world));
    createTask(world, "easy too");
    expect(answerTo(world, ticket)).toBe("easy too");
  });

  it("AK-K5 tasks that come free in one step are given in the order of the queue", () => {
    const world = createWorld();
    const owner = able(world);
    for (const id of ["z", "y", "x"]) {
      createTask(world, id, { ttlSeconds: 600 });
      claim(world, owner);
    }
    const tickets = [wait(world, able(world)), wait(world, able(world))];
    world.fresh();
    deregister(world, owner);
    // The dead agent's claims went back by the bytes of their ids.
    expect(tickets.map((ticket) => answerTo(world, ticket))).toEqual(["x", "y"]);
    expect(world.topics().slice(-4)).toEqual([
      "lease.acquired",
      "task.claimed",
      "lease.acquired",
      "task.claimed",
    ]);
  });

  it("AK-K6 an UNREACHABLE agent gets nothing but keeps its place for when it is back", () => {
    const world = createWorld();
    const [silent, other] = [world.agent("silent", { ttlSeconds: 10 }), able(world)];
    const [first, second] = [wait(world, silent), wait(world, other)];
    world.advance(10_000);
    createTask(world, "a");
    expect([answerTo(world, first), answerTo(world, second)]).toEqual(["still waiting", "a"]);
    const third = wait(world, other);
    heartbeat(world, silent);
    createTask(world, "b");
    expect([answerTo(world, first), answerTo(world, third)]).toEqual(["b", "still waiting"]);
  });

  it("AK-K6 an UNREACHABLE agent that asks has to wait, whatever is there", () => {
    const world = createWorld();
    const silent = world.agent("silent", { ttlSeconds: 10 });
    createTask(world, "task");
    world.advance(10_000);
    const ticket = wait(world, silent);
    expect(claim(world, able(world)).id).toBe("task");
    expect(answerTo(world, ticket)).toBe("still waiting");
  });

  it("AK-K6 an agent that is back takes what waits, for as many calls as it has", () => {
    const world = createWorld();
    const silent = world.agent("silent", { ttlSeconds: 10 });
    world.advance(10_000);
    const tickets = [wait(world, silent), wait(world, silent), wait(world, silent)];
    createTask(world, "a");
    createTask(world, "b");
    heartbeat(world, silent);
    expect(tickets.map((ticket) => answerTo(world, ticket))).toEqual(["a", "b", "still waiting"]);
  });

  it("AK-K6 the waiting calls of an agent end with it", () => {
    const world = createWorld();
    const [gone, silent] = [able(world), world.agent("silent", { ttlSeconds: 10 })];
    const tickets = [wait(world, gone), wait(world, silent)];
    deregister(world, gone);
    world.advance(20_000);
    expect(tickets.map((ticket) => answerTo(world, ticket))).toEqual(["AGENT_DEAD", "AGENT_DEAD"]);
  });

  it("AK-K6 the unknown and the dead are refused at once", () => {
    const world = createWorld();
    const dead = able(world);
    deregister(world, dead);
    createTask(world, "task");
    expect(world.refused({ type: "claimTask", agentId: "nobody" })).toMatchObject({
      refused: "AGENT_NOT_FOUND",
      code: "not_found",
    });
    expect(world.refused({ type: "claimTask", agentId: dead }).refused).toBe("AGENT_DEAD");
  });

  it("AK-K7 a claim is a lease on the id of the task, under the next token", () => {
    const world = createWorld();
    const [agentId, other] = [able(world), able(world)];
    const { token } = acquire(world, "key", agentId).lease;
    createTask(world, "task", { ttlSeconds: 30 });
    world.fresh();
    claim(world, agentId);
    const lease = {
      taskId: "task",
      holderAgentId: agentId,
      token: token + 1,
      acquiredAt: startWall,
      expiresAt: startWall + 30_000,
    };
    expect(world.fresh()).toMatchObject([
      { topic: "lease.acquired", lease },
      { topic: "task.claimed", task: { id: "task", status: "claimed", claimedByAgentId: agentId } },
    ]);
    expect(world.state.leases.size).toBe(2);
    expect(acquire(world, "task", other)).toMatchObject({ acquired: false, lease });
  });

  it("AK-K7 its holder gets the token by acquiring, and extends the claim by renewing", () => {
    const world = createWorld();
    const agentId = able(world);
    createTask(world, "task", { ttlSeconds: 10 });
    claim(world, agentId);
    world.advance(5_000);
    world.fresh();
    const { acquired, lease } = acquire(world, "task", agentId, 20);
    expect(acquired).toBe(true);
    world.advance(10_000);
    const renewal = { type: "renewLease", taskId: "task", agentId, token: BigInt(lease.token) } as const;
    expect(world.ok({ ...renewal, ttlSeconds: 30 }).lease.expiresAt).toBe(startWall + 45_000);
    expect(world.topics()).toEqual(["lease.renewed", "lease.renewed"]);
    world.advance(29_999);
    expect(task(world, "task").status).toBe("claimed");
    world.advance(1);
    expect(task(world, "task").status).toBe("pending");
  });

  it("AK-K8 a claimed task says by whom and since when; one agent may hold several", () => {
    const world = createWorld();
    const agentId = able(world);
    createTask(world, "one");
    createTask(world, "two");
    world.advance(1_000);
    for (const id of ["one", "two"]) {
      expect(claim(world, agentId)).toMatchObject({
        id,
        status: "claimed",
        claimedByAgentId: agentId,
        claimedAt: startWall + 1_000,
      });
    }
  });

  it("AK-K9 a claim that its caller never saw is undone, and the task has its old place", () => {
    const world = createWorld();
    const agentId = able(world);
    createTask(world, "first", { maxRetries: 1 });
    claim(world, agentId);
    fail(world, "first", agentId, "broken");
    createTask(world, "second");
    const { token } = acquire(world, "key", agentId).lease;
    world.fresh();
    expect(world.run({ type: "claimTask", agentId })).toMatchObject({ task: { id: "first" } });
    const [call] = world.history.filter((moment) => moment.kind === "call").slice(-1);
    world.cancel(call?.ticket ?? 0);
    expect(world.topics()).toEqual(["lease.acquired", "task.claimed", "lease.released", "task.requeued"]);
    expect(task(world, "first")).toMatchObject({
      status: "pending",
      retryCount: 1,
      failureReason: "broken",
      claimedByAgentId: "",
      claimedAt: undefined,
    });
    expect([claim(world, agentId).id, claim(world, agentId).id]).toEqual(["first", "second"]);
    // The undone claim used up its token.
    expect(acquire(world, "first", agentId).lease.token).toBe(token + 2);
    world.expectReplayEqual();
  });

  it("AK-K9 an undone claim goes to whoever waits, and undoing what has ended does nothing", () => {
    const world = createWorld();
    const [gone, next] = [able(world), able(world)];
    const lost = wait(world, gone);
    const ticket = wait(world, next);
    createTask(world, "task");
    world.cancel(lost);
    expect(answerTo(world, ticket)).toBe("task");
    world.fresh();
    world.cancel(lost);
    complete(world, "task", next);
    world.cancel(ticket);
    expect(world.topics()).toEqual(["lease.released", "task.completed"]);
  });

  it("AK-K10 a task whose id somebody else leased is left alone until that lease ends", () => {
    const world = createWorld();
    const [holder, claimer] = [able(world), able(world)];
    createTask(world, "leased");
    createTask(world, "free");
    const { lease } = acquire(world, "leased", holder);
    expect(claim(world, claimer).id).toBe("free");
    const ticket = wait(world, claimer);
    world.fresh();
    release(world, lease);
    expect(answerTo(world, ticket)).toBe("leased");
    expect(world.topics()).toEqual(["lease.released", "lease.acquired", "task.claimed"]);
  });

  it.each(["expiry", "death"])("AK-K10 the %s of that lease sets the task free too", (end) => {
    const world = createWorld();
    const [holder, claimer] = [able(world), able(world)];
    createTask(world, "leased");
    acquire(world, "leased", holder, 5);
    const ticket = wait(world, claimer);
    if (end === "death") {
      deregister(world, holder);
    } else {
      world.advance(5_000);
    }
    expect(answerTo(world, ticket)).toBe("leased");
  });

  it("AK-K10 a task whose id was leased before it was created is left alone too", () => {
    const world = createWorld();
    const [holder, claimer] = [able(world), able(world)];
    const { lease } = acquire(world, "leased", holder);
    const ticket = wait(world, claimer);
    createTask(world, "leased");
    expect(answerTo(world, ticket)).toBe("still waiting");
    release(world, lease);
    expect(answerTo(world, ticket)).toBe("leased");
  });

  it("AK-K10 a lease of the claimer itself becomes the claim, with the time of the task", () => {
    const world = createWorld();
    const agentId = able(world);
    createTask(world, "task", { ttlSeconds: 10 });
    const { lease } = acquire(world, "task", agentId, 600);
    world.fresh();
    expect(claim(world, agentId).id).toBe("task");
    expect(world.fresh()).toMatchObject([
      { topic: "lease.renewed", lease: { ...lease, expiresAt: startWall + 10_000 } },
      { topic: "task.claimed" },
    ]);
    world.advance(10_000);
    expect(world.topics()).toEqual(["lease.expired", "task.requeued"]);
  });

  it("AK-Z4 after a restart claims go on with a full fresh time, and waiting calls are gone", () => {
    const world = createWorld();
    const agentId = able(world);
    createTask(world, "task", { ttlSeconds: 10 });
    claim(world, agentId);
    campaign(world, "group", agentId);
    const ticket = wait(world, agentId);
    world.advance(9_000);
    world.restart();
    createTask(world, "other");
    expect(answerTo(world, ticket)).toBe("still waiting");
    expect(task(world, "other").status).toBe("pending");
    expect(acquire(world, "task", world.agent())).toMatchObject({
      acquired: false,
      lease: { expiresAt: startWall + 19_000 },
    });
    world.advance(9_999);
    expect(task(world, "task").status).toBe("claimed");
    world.advance(1);
    expect(task(world, "task").status).toBe("pending");
  });
});
