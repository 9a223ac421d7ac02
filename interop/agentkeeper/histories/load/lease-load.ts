// Leases on a few hot keys: taken, renewed, given back, kept too long, and used after they were lost.
import type { LeaseHandle } from "@x/agentkeeper";
import { hotName, think } from "../../../shared/histories/pace.ts";
import type { Life } from "./life.ts";
import type { Recorder } from "./recorder.ts";

const keys = 3;
const keySeconds = 8;

export async function leaseLoad(life: Life): Promise<void> {
  const { random, signal } = life;
  /** A handle that is kept although its lease is over, to be used once more. */
  let stale: LeaseHandle | undefined;
  while (!signal.aborted) {
    try {
      if (stale !== undefined && random.chance(0.2)) {
        await useStale(life, stale);
        stale = undefined;
      }
      stale = (await holdOnce(life)) ?? stale;
    } catch {
      // Written down by the recorder; the load goes on.
      await think(random, 50, 150, signal);
    }
    await think(random, 5, 60, signal);
  }
}

/** Takes a key and uses it. Answers the handle if its lease is over by now. */
async function holdOnce(life: Life): Promise<LeaseHandle | undefined> {
  const { random, signal, agentId } = life;
  const key = hotName("lock", random.between(1, keys), keySeconds);
  const ttlSeconds = random.between(1, 2);
  const handle = await recordAcquire(life, key, ttlSeconds);
  if (handle === null) {
    return undefined;
  }
  const { token } = handle.lease;
  for (let steps = random.between(0, 3); steps > 0 && !signal.aborted; steps -= 1) {
    await think(random, 1, 30, signal);
    switch (random.pick(["write", "write", "renew", "again"])) {
      case "write":
        await life.resource.write(agentId, key, token);
        break;
      case "renew":
        await recordRenew(life.recorder, handle, random.between(1, 2));
        break;
      case "again":
        await recordAcquire(life, key, random.between(1, 2));
        break;
    }
  }
  if (random.chance(0.12)) {
    // Kept past its time, so that it expires under its holder.
    await think(random, 1_000, 2_600, signal);
    await life.resource.write(agentId, key, token);
    await recordRenew(life.recorder, handle, 1);
    return handle;
  }
  if (random.chance(0.9)) {
    await recordRelease(life.recorder, handle);
    return handle;
  }
  return undefined;
}

async function useStale(life: Life, handle: LeaseHandle): Promise<void> {
  const { taskId, token } = handle.lease;
  await life.resource.write(life.agentId, taskId, token);
  if (life.random.chance(0.5)) {
    await recordRenew(life.recorder, handle, 1);
  } else {
    await recordRelease(life.recorder, handle);
  }
}

export function recordAcquire(
  life: Pick<Life, "recorder" | "client" | "agentId">,
  key: string,
  ttlSeconds: number,
): Promise<LeaseHandle | null> {
  return life.recorder.call(
    "acquire",
    { agent: life.agentId, key, ttlSeconds },
    () => life.client.acquireLease(key, life.agentId, { ttlSeconds, maxRetries: 0 }),
    (handle) =>
      handle === null ? { acquired: false } : { acquired: true, token: String(handle.lease.token) },
  );
}

export async function recordRenew(
  recorder: Recorder,
  handle: LeaseHandle,
  ttlSeconds: number,
): Promise<void> {
  await recorder.call(
    "renew",
    { ...namesOf(handle), ttlSeconds },
    () => handle.renew({ ttlSeconds, maxRetries: 0 }),
    (lease) => ({ token: String(lease.token) }),
  );
}

async function recordRelease(recorder: Recorder, handle: LeaseHandle): Promise<void> {
  await recorder.call(
    "release",
    namesOf(handle),
    () => handle.release({ maxRetries: 0 }),
    () => ({}),
  );
}

function namesOf({ lease }: LeaseHandle): { agent: string; key: string; token: string } {
  return { agent: lease.holderAgentId, key: lease.taskId, token: String(lease.token) };
}
