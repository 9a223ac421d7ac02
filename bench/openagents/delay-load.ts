// One agent sends, the other hears: `delay-load.ts URL MESSAGES` prints the times from the start of a send to the handler's call.

import { AgentClient } from "@x/openagents";

const [url = "", messages = "0"] = process.argv.slice(2);
const warmUp = 500;

async function join(agentId: string): Promise<AgentClient> {
  const client = new AgentClient({ agentId });
  await client.connectToServer({ url, throwOnError: true });
  return client;
}
await using sender = await join("delay-sender");
await using receiver = await join("delay-receiver");
let handled: (index: unknown) => void = () => undefined;
receiver.registerEventHandler(({ payload }) => handled(payload.index), ["agent.message"]);

const timesMs: number[] = [];
for (let index = -warmUp; index < Number(messages); index += 1) {
  const { promise, resolve } = Promise.withResolvers<void>();
  handled = (heard) => {
    if (heard === index) {
      resolve();
    }
  };
  const startedAt = performance.now();
  const sent = sender.sendAgentMessage(receiver.agentId, { index });
  await promise;
  if (index >= 0) {
    timesMs.push(performance.now() - startedAt);
  }
  await sent;
}
console.log(JSON.stringify(timesMs));
