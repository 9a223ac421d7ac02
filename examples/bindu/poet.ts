// An agent that streams: what its generator yields goes out at once, as pieces of one answer. Until Ctrl-C.
import { setTimeout as sleep } from "node:timers/promises";
import { bindufy } from "@x/bindu-bridge";

const url = process.argv[2] ?? "http://localhost:3782";

const lines = ["Roses are red,", "violets are blue,", "agents can stream,", "and so can you."];

const agent = await bindufy(
  { author: "you@example.com", name: "poet", description: "Writes one poem", deployment: { url } },
  async function* (_, { signal }) {
    for (const [index, line] of lines.entries()) {
      // A caller who cancels ends the signal, and with it the work.
      await sleep(50, undefined, { signal });
      yield index === 0 ? line : `\n${line}`;
    }
  },
  { coreAddress: process.env.BINDU_CORE, handleSignals: true },
);
console.log(`ready at ${agent.agentUrl}`);
await agent.closed;
console.log("stopped");
