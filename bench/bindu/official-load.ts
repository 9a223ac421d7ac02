// Callers that send a task and ask for it until it is completed, as the official core wants it: `official-load.ts URL CALLERS SPAN_MS`.
// Prints the tasks per second.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sendBody } from "./server.ts";

const [url = "", callersText, spanText] = process.argv.slice(2);
const callers = Number(callersText);
const spanMs = Number(spanText);
const askEveryMs = 10;

async function post(body: string): Promise<string> {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
  return await answer.text();
}

async function runTask(): Promise<void> {
  const taskId = randomUUID();
  let answer = await post(sendBody(taskId, false));
  while (!answer.includes('"state":"completed"')) {
    if (!/"state":"(submitted|working)"/.test(answer)) {
      throw new Error(answer);
    }
    await sleep(askEveryMs);
    answer = await post(
      JSON.stringify({ jsonrpc: "2.0", id: randomUUID(), method: "tasks/get", params: { taskId } }),
    );
  }
}

async function tasksPerSecond(): Promise<number> {
  const begin = performance.now();
  let tasks = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() - begin < spanMs) {
        await runTask();
        tasks += 1;
      }
    }),
  );
  return (tasks / (performance.now() - begin)) * 1_000;
}

await runTask();
console.log(JSON.stringify(await tasksPerSecond()));
