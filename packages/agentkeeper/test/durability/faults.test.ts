// A disk that takes no more: what cannot be kept is refused and has not happened, everything else goes on, and it heals.
import { execFileSync } from "node:child_process";
import { waitUntil } from "@x/core/testing";
import { describe, expect, it } from "vitest";
import { AgentStatus, PolicyEffect } from "../../src/gen/agentkeeper/v1/agentkeeper_pb.ts";
import { failureOf } from "../ext/raw.ts";
import { pictureOf } from "./picture.ts";
import { createStoredKeeper } from "./stored-keeper.ts";

const mib = 1_048_576;

describe("a store that cannot grow", () => {
  it("AK-Z9 AK-ERR-STORE_UNAVAILABLE refuses writes, serves reads, ends nothing meanwhile, and goes on when it can", async () => {
    await using keeper = createStoredKeeper();
    const daemon = await keeper.start([], { fileBytes: mib });
    const connection = keeper.connect();
    const { registry, leases, tasks, entitlements } = connection;
    const card = { name: "a", description: "", version: "" };
    const { agentId } = await registry.register({ card, ttlSeconds: 3 });
    const { lease } = await leases.acquireLease({ taskId: "key", agentId, ttlSeconds: 3 });
    const healthz = async (): Promise<number> => (await fetch(`${daemon.http}/healthz`)).status;
    expect(await healthz()).toBe(200);

    const kept: string[] = [];
    const becomesHealthy = (): Promise<boolean> =>
      waitUntil(async () => (await healthz()) === 200, { withinMs: 3_000 }).then(
        () => true,
        () => false,
      );
    // The store makes room by itself for as long as it can, so it is filled until it heals no more.
    let heals = 0;
    for (let stuck = false; !stuck; ) {
      const creating = tasks.createTask({
        type: "fill",
        input: new Uint8Array(mib / 4).fill(kept.length + 1),
      });
      const { task } = await creating.catch(() => ({ task: undefined }));
      if (task === undefined) {
        expect(await failureOf(creating)).toMatchObject({
          code: "store_unavailable",
          grpcCode: "UNAVAILABLE",
          retryable: true,
        });
        stuck = !(await becomesHealthy());
        heals += stuck ? 0 : 1;
      } else {
        kept.push(task.id);
      }
    }
    expect([kept.length > 3, heals > 0]).toEqual([true, true]);
    const before = await pictureOf(connection);
    expect(before.tasks.map(({ id }) => id)).toEqual(kept);
    // Far beyond the times of agent and lease: nothing is decided that could not be kept.
    const end = performance.now() + 7_000;
    await waitUntil(
      async () => {
        expect(await healthz()).toBe(503);
        return performance.now() > end;
      },
      { withinMs: 10_000 },
    );
    expect(await failureOf(tasks.createTask({ type: "small" }))).toMatchObject({ code: "store_unavailable" });
    expect(await failureOf(registry.deregister({ agentId }))).toMatchObject({ code: "store_unavailable" });
    expect(await pictureOf(connection)).toEqual(before);
    expect((await registry.getAgent({ agentId })).agent?.status).toBe(AgentStatus.ALIVE);

    execFileSync("prlimit", [`--pid=${daemon.pid}`, "--fsize=unlimited"]);
    await waitUntil(async () => (await healthz()) === 200, {
      withinMs: 15_000,
      what: "the health to return",
    });
    const policy = { id: "p", subject: "s", action: "a", resource: "r", effect: PolicyEffect.ALLOW };
    await entitlements.setPolicy({ policy });
    const task = await tasks.createTask({ type: "large", input: new Uint8Array(mib) });
    // A fresh time from when the store was served again, so that the holder can still renew.
    await registry.heartbeat({ agentId });
    const renewed = await leases.renewLease({
      taskId: "key",
      agentId,
      token: lease?.token ?? expect.fail("no token"),
      ttlSeconds: 600,
    });
    expect(renewed.lease?.token).toEqual(lease?.token);
    await daemon.stop("SIGKILL");
    await keeper.start();
    const after = await pictureOf(keeper.connect());
    expect(after.tasks.map(({ id }) => id)).toEqual([...kept, task.task?.id]);
    expect(after.policies).toHaveLength(1);
  });
});
