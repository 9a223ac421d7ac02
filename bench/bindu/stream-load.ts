// Readers of one task: `stream-load.ts URL READERS ROUNDS`. Each round is a task that one caller streams and all others read along;
// prints how long pieces took from the handler's yield to each reader, in milliseconds.

import { A2AClient, type A2AEvent } from "@x/bindu-bridge/a2a";

const [url = "", readersText, roundsText] = process.argv.slice(2);
const readers = Number(readersText);
const rounds = Number(roundsText);
const delaysMs: number[] = [];
const firstMs: number[] = [];

async function read(events: AsyncIterable<A2AEvent>, onTask: (id: string) => void): Promise<void> {
  let pieces = 0;
  for await (const { task, artifactUpdate } of events) {
    const now = performance.timeOrigin + performance.now();
    if (task !== undefined) {
      onTask(task.id);
    }
    // The last piece of all may be empty: it carries the signature.
    const given = artifactUpdate?.artifact.parts[0]?.text?.trim().split(" ").at(-1) ?? "";
    if (given !== "") {
      (pieces === 0 ? firstMs : delaysMs).push(now - Number(given));
      pieces += 1;
    }
  }
}

const clients = Array.from({ length: readers }, () => new A2AClient(url));
const [sender, ...others] = clients;
if (sender === undefined) {
  throw new Error("at least one reader");
}
await Promise.all(clients.map((client) => client.card()));
for (let round = -1; round < rounds; round += 1) {
  const begun = Promise.withResolvers<string>();
  const sent = read(sender.stream("Tell me the time"), begun.resolve);
  const taskId = await begun.promise;
  await Promise.all([sent, ...others.map((other) => read(other.subscribe(taskId), () => undefined))]);
  if (round < 0) {
    // V8 has seen everything once.
    firstMs.length = 0;
    delaysMs.length = 0;
  }
}
await Promise.all(clients.map((client) => client.close()));
console.log(JSON.stringify({ firstMs, delaysMs }));
