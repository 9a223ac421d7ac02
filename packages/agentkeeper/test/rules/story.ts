// One store in which everything happens that can happen, so that every topic is on the bus at least once.
import {
  acquire,
  bytes,
  campaign,
  claim,
  complete,
  createTask,
  deregister,
  fail,
  heartbeat,
  longLived,
  release,
} from "./steps.ts";
import type { World } from "./world.ts";

export function tellStory(world: World): void {
  const [steady, silent] = [world.agent("steady", longLived), world.agent("silent", { ttlSeconds: 10 })];
  for (const agentId of [silent, steady]) {
    campaign(world, "group", agentId);
  }
  createTask(world, "flaky", { input: bytes("in"), maxRetries: 1, ttlSeconds: 600 });
  for (const reason of ["first", "second"]) {
    claim(world, steady);
    fail(world, "flaky", steady, reason);
  }
  createTask(world, "good", { input: bytes("in") });
  createTask(world, "orphan", { ttlSeconds: 600 });
  claim(world, steady);
  claim(world, silent);
  complete(world, "good", steady, bytes("out"));
  acquire(world, "key", steady, 10);
  acquire(world, "key", steady, 5);
  release(world, acquire(world, "other", steady).lease);
  world.advance(10_000);
  heartbeat(world, silent);
  world.ok({
    type: "setPolicy",
    policy: { id: "policy", subject: "s", action: "a", resource: "r", effect: "allow" },
  });
  world.ok({ type: "deletePolicy", id: "policy" });
  world.waits({ type: "claimTask", agentId: steady });
  world.pause(5_000);
  world.stepWallClock(-3_600_000);
  world.advance(20_000);
  world.restart();
  deregister(world, steady);
}
