// Servers that run out of heap under load: they end, and what they had acknowledged is there at the next start.
import { setTimeout as delay } from "node:timers/promises";
import { type Agent, send, signIn } from "./calendar.ts";
import { type Attack, type Checks, scaled } from "./checks.ts";
import { clientOf, createScratch, type Scratch, type Server, startServer } from "./servers.ts";

/** Enough for a start, and for some hundred things after it. */
const heapMiB = scaled(32, 96);
const callers = 16;
/** Far longer than it takes. */
const limitMs = 90_000;

const small = { runtime: [process.execPath, `--max-old-space-size=${heapMiB}`] };
const flagsOf = (directory: string): string[] => [`--data-dir=${directory}`, "--fsync=never"];

/** Makes things until the server has ended; answers which were acknowledged. */
async function fill(server: Server, make: (index: number) => Promise<string>): Promise<string[]> {
  const acknowledged: string[] = [];
  let made = 0;
  const until = Date.now() + limitMs;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (server.isAlive() && Date.now() < until) {
        made += 1;
        try {
          acknowledged.push(await make(made));
        } catch {
          // Neither acknowledged nor refused: the server is ending.
          await delay(5);
        }
      }
    }),
  );
  return acknowledged;
}

async function check(
  checks: Checks,
  name: string,
  server: Server,
  acknowledged: readonly string[],
  isThere: (id: string) => Promise<boolean>,
): Promise<void> {
  const lost: string[] = [];
  for (let first = 0; first < acknowledged.length; first += 50) {
    const some = acknowledged.slice(first, first + 50);
    const there = await Promise.all(some.map(isThere));
    lost.push(...some.filter((_, index) => there[index] !== true));
  }
  checks.that(`${name}: it lives with more memory`, server.isAlive());
  checks.that(`${name}: nothing acknowledged is lost`, acknowledged.length > 0 && lost.length === 0, {
    acknowledged: acknowledged.length,
    lost: lost.length,
  });
}

/** What is kept as objects of the heap: texts that are all different. */
const bulk = (index: number, length: number): string[] =>
  Array.from({ length }, (_, place) => `${index}-${place}-${"x".repeat(230)}`);

async function daemon(checks: Checks, scratch: Scratch): Promise<void> {
  const flags = flagsOf(scratch.fresh());
  let acknowledged: readonly string[];
  {
    await using server = await startServer("agentkeeper", flags, small);
    await using client = clientOf(server, { timeoutMs: 8_000 });
    acknowledged = await fill(server, async (index) => {
      const { id } = await client.createTask({ type: `t${index}`, requiredTools: bulk(index, 250) });
      return id;
    });
    checks.that("agentkeeper: it has run out of memory", !server.isAlive(), acknowledged.length);
  }
  await using again = await startServer("agentkeeper", flags);
  await using client = clientOf(again);
  await check(checks, "agentkeeper", again, acknowledged, (id) =>
    client.getTask(id).then(
      (task) => task.id === id,
      () => false,
    ),
  );
}

async function calendar(checks: Checks, scratch: Scratch): Promise<void> {
  const flags = ["--dev", ...flagsOf(scratch.fresh())];
  let acknowledged: readonly string[];
  let agent: Agent;
  {
    await using server = await startServer("agentdraft", flags, small);
    agent = await (await signIn(server.port, "owner@example.com")).agent();
    acknowledged = await fill(server, async (index) => {
      const body = { action_type: "a", summary: "s", evidence: { of: bulk(index, 250) } };
      const { status, json } = await agent.call("POST", "/v1/approvals", body);
      if (status !== 201) {
        throw new Error(`it was refused with ${status}`);
      }
      return json.approval_id;
    });
    checks.that("agentdraft: it has run out of memory", !server.isAlive(), acknowledged.length);
  }
  await using again = await startServer("agentdraft", flags);
  const headers = { authorization: `Bearer ${agent.key}` };
  await check(checks, "agentdraft", again, acknowledged, async (id) => {
    const { status } = await send(again.port, "GET", `/v1/approvals/${id}`, { headers });
    return status === 200;
  });
}

export const outOfMemory: Attack = async (checks) => {
  using scratch = createScratch();
  await Promise.all([daemon(checks, scratch), calendar(checks, scratch)]);
};
