// The whole table of a task's transitions: what each cause does in each status, and that nothing else does anything.
import { describe, expect, it } from "vitest";
import type { TaskStatusView } from "../../src/local/rules/model/views.ts";
import { acquire, bytes, claim, complete, createTask, deregister, fail, longLived, task } from "./steps.ts";
import { createWorld, type World } from "./world.ts";

const ttlSeconds = 60;

interface Scene {
  readonly world: World;
  /** Who has claimed the task, if anybody has. */
  readonly owner: string;
  readonly other: string;
  readonly token: bigint;
  /** The call that got the claim. */
  readonly ticket: number;
}

/** A task in the status, with `retries` retries left. */
function scene(status: TaskStatusView, retries: number): Scene {
  const world = createWorld();
  const [owner, other] = [world.agent("owner", longLived), world.agent("other", longLived)];
  let token = 0n;
  let ticket = 0;
  createTask(world, "task", { ttlSeconds, maxRetries: status === "dead" ? 0 : retries });
  if (status !== "pending") {
    claim(world, owner);
    ticket = world.history.findLast((moment) => moment.kind === "call")?.ticket ?? 0;
    token = BigInt(world.state.leases.get("task")?.token ?? 0);
  }
  if (status === "completed") {
    complete(world, "task", owner, bytes("done"));
  }
  if (status === "dead") {
    fail(world, "task", owner, "broken");
  }
  world.fresh();
  return { world, owner, other, token, ticket };
}

interface Row {
  readonly from: TaskStatusView;
  readonly cause: string;
  readonly retries?: number;
  readonly act: (scene: Scene) => void;
  readonly to: TaskStatusView;
  readonly retryCount: number;
  readonly events: readonly string[];
}

const rows: readonly Row[] = [
  {
    from: "pending",
    cause: "is matched to a claimer",
    act: ({ world, owner }) => claim(world, owner),
    to: "claimed",
    retryCount: 0,
    events: ["lease.acquired", "task.claimed"],
  },
  {
    from: "pending",
    cause: "is matched to a claimer that leased its id",
    act: ({ world, owner }) => {
      acquire(world, "task", owner);
      world.fresh();
      claim(world, owner);
    },
    to: "claimed",
    retryCount: 0,
    events: ["lease.renewed", "task.claimed"],
  },
  {
    from: "claimed",
    cause: "is completed by its claimer",
    act: ({ world, owner }) => complete(world, "task", owner),
    to: "completed",
    retryCount: 0,
    events: ["lease.released", "task.completed"],
  },
  {
    from: "claimed",
    cause: "is failed by its claimer with retries left",
    retries: 1,
    act: ({ world, owner }) => fail(world, "task", owner),
    to: "pending",
    retryCount: 1,
    events: ["lease.released", "task.requeued"],
  },
  {
    from: "claimed",
    cause: "is failed by its claimer with none left",
    act: ({ world, owner }) => fail(world, "task", owner),
    to: "dead",
    retryCount: 0,
    events: ["lease.released", "task.dead"],
  },
  {
    from: "claimed",
    cause: "runs out of time",
    retries: 1,
    act: ({ world }) => world.advance(ttlSeconds * 1_000),
    to: "pending",
    retryCount: 0,
    events: ["lease.expired", "task.requeued"],
  },
  {
    from: "claimed",
    cause: "loses its claimer to death",
    retries: 1,
    act: ({ world, owner }) => deregister(world, owner),
    to: "pending",
    retryCount: 0,
    events: ["agent.died", "lease.released", "task.requeued"],
  },
  {
    from: "claimed",
    cause: "has its lease released by the holder",
    retries: 1,
    act: ({ world, owner, token }) =>
      world.ok({ type: "releaseLease", taskId: "task", agentId: owner, token }),
    to: "pending",
    retryCount: 0,
    events: ["lease.released", "task.requeued"],
  },
  {
    from: "claimed",
    cause: "was claimed by a call that was cancelled before its answer",
    retries: 1,
    act: ({ world, ticket }) => world.cancel(ticket),
    to: "pending",
    retryCount: 0,
    events: ["lease.released", "task.requeued"],
  },
  {
    from: "claimed",
    cause: "has its lease renewed by the holder",
    act: ({ world, owner, token }) =>
      world.ok({ type: "renewLease", taskId: "task", agentId: owner, token, ttlSeconds: 5 }),
    to: "claimed",
    retryCount: 0,
    events: ["lease.renewed"],
  },
  {
    from: "claimed",
    cause: "has its lease acquired again by the holder",
    act: ({ world, owner }) => acquire(world, "task", owner),
    to: "claimed",
    retryCount: 0,
    events: ["lease.renewed"],
  },
];

/** What somebody may try, in any status. Each answers why it was refused. */
const attempts: Readonly<Record<string, (scene: Scene, agentId: string) => string>> = {
  complete: ({ world }, agentId) =>
    world.refused({ type: "completeTask", taskId: "task", agentId, output: bytes("other") }).refused,
  fail: ({ world }, agentId) =>
    world.refused({ type: "failTask", taskId: "task", agentId, reason: "r" }).refused,
  renew: ({ world, token }, agentId) =>
    world.refused({ type: "renewLease", taskId: "task", agentId, token: token + 1n, ttlSeconds: 1 }).refused,
  release: ({ world, token }, agentId) =>
    world.refused({ type: "releaseLease", taskId: "task", agentId, token: token + 1n }).refused,
  claim: ({ world }, agentId) => {
    world.cancel(world.waits({ type: "claimTask", agentId }));
    return "waits";
  },
};

const notHeld = { renew: "LEASE_NOT_HELD", release: "LEASE_NOT_HELD" };
const notClaimed = { complete: "TASK_NOT_CLAIMED", fail: "TASK_NOT_CLAIMED", ...notHeld };
const refusals: readonly {
  readonly from: TaskStatusView;
  readonly who: "owner" | "other";
  readonly refused: Readonly<Record<string, string>>;
}[] = [
  { from: "pending", who: "owner", refused: notClaimed },
  { from: "completed", who: "owner", refused: { ...notClaimed, claim: "waits" } },
  { from: "completed", who: "other", refused: { ...notClaimed, claim: "waits" } },
  { from: "dead", who: "owner", refused: { ...notClaimed, claim: "waits" } },
  { from: "dead", who: "other", refused: { ...notClaimed, claim: "waits" } },
  {
    from: "claimed",
    who: "owner",
    refused: { renew: "LEASE_TOKEN_MISMATCH", release: "LEASE_TOKEN_MISMATCH", claim: "waits" },
  },
  {
    from: "claimed",
    who: "other",
    refused: {
      complete: "TASK_NOT_YOURS",
      fail: "TASK_NOT_YOURS",
      renew: "LEASE_TOKEN_MISMATCH",
      release: "LEASE_TOKEN_MISMATCH",
      claim: "waits",
    },
  },
];

describe("transitions of a task", () => {
  it("AK-K1 it begins PENDING", () => {
    const { world } = scene("pending", 0);
    expect(task(world, "task")).toMatchObject({ status: "pending", retryCount: 0 });
  });

  it.each(rows)(
    "AK-K18 a $from task that $cause is $to",
    ({ from, act, to, retryCount, events, retries }) => {
      const set = scene(from, retries ?? 0);
      act(set);
      expect(task(set.world, "task")).toMatchObject({ status: to, retryCount });
      expect(set.world.topics()).toEqual(events);
      set.world.expectReplayEqual();
    },
  );

  it("AK-K9 a task whose claim was undone has its old place; one that was lost goes to the back", () => {
    for (const { cause, act, retries } of rows.filter(
      ({ from, to }) => from === "claimed" && to === "pending",
    )) {
      const set = scene("claimed", retries ?? 0);
      createTask(set.world, "behind");
      act(set);
      const first = cause.includes("cancelled") ? "task" : "behind";
      expect(claim(set.world, set.other).id, cause).toBe(first);
    }
  });

  it.each(refusals)(
    "AK-K17 whatever else the $who tries with a $from task changes nothing",
    ({ from, who, refused }) => {
      const set = scene(from, 1);
      const before = task(set.world, "task");
      for (const [attempt, reason] of Object.entries(refused)) {
        expect(attempts[attempt]?.(set, set[who]), attempt).toBe(reason);
      }
      expect(task(set.world, "task")).toEqual(before);
      expect(set.world.topics()).toEqual([]);
    },
  );

  it.each(["completed", "dead"] as const)("AK-K18 neither time nor death changes a %s task", (from) => {
    const { world, owner } = scene(from, 0);
    const before = task(world, "task");
    world.advance(ttlSeconds * 1_000);
    world.restart();
    deregister(world, owner);
    world.advance(86_400_000 * 3);
    expect(task(world, "task")).toEqual(before);
  });
});
