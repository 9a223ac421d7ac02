// Tasks: created, claimed with little patience, completed, failed, abandoned, and looked at.
import type { Task } from "@x/agentkeeper";
import { think } from "../../../shared/histories/pace.ts";
import type { Life } from "./life.ts";

/** How many task ids an agent remembers, to ask for them or to meddle with them. */
const remembered = 8;

const decoder = new TextDecoder();

/** The tools that agents have and tasks ask for. */
export const taskTools: readonly [string, string] = ["lathe", "press"];

/** @param line tells this loop from the others of its agent. */
export async function taskLoad(life: Life, line: string): Promise<void> {
  const { random, signal } = life;
  const known: string[] = [];
  const remember = (id: string): void => {
    known.push(id);
    known.splice(0, known.length - remembered);
  };
  let created = 0;
  while (!signal.aborted) {
    const anyKnown = known[random.between(0, known.length - 1)];
    try {
      const move = random.next();
      if (move < 0.3) {
        created += 1;
        remember(await create(life, `${line}${created}`));
      } else if (move < 0.75) {
        const task = await claim(life);
        remember(task.id);
        await work(life, task.id);
      } else if (anyKnown !== undefined) {
        await (random.chance(0.75) ? look(life, anyKnown) : complete(life, anyKnown));
      }
    } catch {
      // Written down by the recorder; the load goes on.
      await think(random, 50, 150, signal);
    }
    await think(random, 60, 250, signal);
  }
}

async function create(life: Life, count: string): Promise<string> {
  const { client, random, recorder } = life;
  const args = {
    agent: life.agentId,
    // The type tells this call from all others, so that a task without an answer is known for its child.
    taskType: `${life.agentId}/${count}`,
    ttlSeconds: random.between(1, 2),
    maxRetries: random.between(0, 2),
    tools: random.pick([[], [], [taskTools[0]], [...taskTools]]),
  };
  const task = await recorder.call(
    "createTask",
    args,
    () =>
      client.createTask({
        type: args.taskType,
        requiredTools: args.tools,
        maxRetries: args.maxRetries,
        // As on agentkeeper.v1, where only failures end a task.
        maxLost: Infinity,
        ttlSeconds: args.ttlSeconds,
      }),
    ({ id }) => ({ task: id }),
  );
  return task.id;
}

async function claim(life: Life): Promise<Task> {
  const { client, agentId, random, recorder, signal } = life;
  return recorder.call(
    "claimTask",
    { agent: agentId },
    () => client.claimTask(agentId, { timeoutMs: random.between(150, 900), signal, maxRetries: 0 }),
    ({ id, retryCount }) => ({ task: id, retryCount }),
  );
}

async function work(life: Life, taskId: string): Promise<void> {
  const { random, signal } = life;
  await think(random, 1, 60, signal);
  const end = random.next();
  if (end < 0.6) {
    await complete(life, taskId);
  } else if (end < 0.8) {
    await fail(life, taskId);
  } else if (end < 0.9) {
    // Too late for its claim, now and then.
    await think(random, 700, 2_400, signal);
    await complete(life, taskId);
  }
}

async function complete(life: Life, taskId: string): Promise<void> {
  const { client, agentId, random, recorder } = life;
  const output = random.pick(["done", "done", "almost"]);
  await recorder.call(
    "completeTask",
    { agent: agentId, task: taskId, output },
    () => client.completeTask(taskId, agentId, { output, maxRetries: 0 }),
    () => ({}),
  );
}

async function fail(life: Life, taskId: string): Promise<void> {
  const { client, agentId, recorder } = life;
  await recorder.call(
    "failTask",
    { agent: agentId, task: taskId },
    () => client.failTask(taskId, agentId, { reason: "no luck", maxRetries: 0 }),
    () => ({}),
  );
}

async function look(life: Life, taskId: string): Promise<void> {
  const { client, recorder } = life;
  await recorder.call(
    "getTask",
    { task: taskId },
    () => client.getTask(taskId, { maxRetries: 0 }),
    (task) => ({
      status: task.status,
      claimedBy: task.claimedByAgentId,
      retryCount: task.retryCount,
      output: decoder.decode(task.output),
    }),
  );
}
