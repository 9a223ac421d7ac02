// Our client as a process: `our-client.ts ADDRESS TEXT...` says each text to an agent, and prints what its answers came to.
import { GrpcAgentClient } from "@x/bindu-bridge";

const [, , address = "", ...texts] = process.argv;
const agent = new GrpcAgentClient(address, { timeoutMs: 10_000 });
const results: unknown[] = [];
for (const content of texts) {
  try {
    results.push(await agent([{ role: "user", content }]));
  } catch (error) {
    const { name, details } = Object(error);
    results.push({ name, details });
  }
}
const streamed: unknown[] = [];
for await (const piece of agent.stream([{ role: "user", content: "stream" }])) {
  streamed.push(piece);
}
const told = { results, streamed, health: await agent.healthCheck(), about: await agent.getCapabilities() };
await agent.close();
console.log(JSON.stringify(told));
