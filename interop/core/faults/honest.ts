// An honest client that is served while others attack: each of its calls has to be answered.
import { setTimeout as delay } from "node:timers/promises";
import type { Checks } from "./checks.ts";
import { clientOf, residentMiB, type Server } from "./servers.ts";

/** Above what a daemon needs for its own; a fraction of what the attacks try to make it keep. */
const memoryBoundMiB = 700;
const pauseMs = 10;

/** Runs an attack beside the honest client, and checks what must hold of the daemon whatever the attack was. */
export async function besideHonest(
  checks: Checks,
  server: Server,
  what: string,
  attack: () => Promise<unknown>,
): Promise<void> {
  const client = clientOf(server);
  const failures: string[] = [];
  let calls = 0;
  let peakMiB = 0;
  let isOver = false;
  const { agentId } = await client.register({
    name: "honest",
    description: "",
    version: "1",
    ttlSeconds: 600,
  });
  const served = (async () => {
    while (!isOver || calls === 0) {
      calls += 1;
      try {
        await client.getAgent(agentId);
        const lease = await client.acquireLease("honest", agentId);
        await lease?.release();
      } catch (error) {
        failures.push(String(error));
        if (!server.isAlive()) {
          break;
        }
      }
      peakMiB = Math.max(peakMiB, residentMiB(server));
      await delay(pauseMs);
    }
  })();
  let done: unknown;
  try {
    done = await attack();
  } finally {
    isOver = true;
    await served;
  }
  const status = await client.getAgent(agentId).then((agent) => agent.status, String);
  await client.close();
  checks.that(`${what}: each call of an honest client is answered`, failures.length === 0, failures);
  checks.that(`${what}: the daemon lives`, server.isAlive() && status === "ALIVE", status);
  checks.that(
    `${what}: its memory stays below ${memoryBoundMiB} MiB`,
    peakMiB < memoryBoundMiB,
    `${peakMiB}`,
  );
  checks.that(`${what}: the attack took place`, typeof done === "number" && done > 0, done);
}
