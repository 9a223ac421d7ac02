// An agent in one call: a function that answers, which every A2A client can reach. Until Ctrl-C.
import { bindufy } from "@x/bindu-bridge";

const url = process.argv[2] ?? "http://localhost:3773";

const agent = await bindufy(
  { author: "you@example.com", name: "hello", description: "Says hello", deployment: { url } },
  (_, { lastUserMessage }) => `Hello, ${lastUserMessage}!`,
  { coreAddress: process.env.BINDU_CORE, handleSignals: true },
);
console.log(`ready at ${agent.agentUrl} as ${agent.did}`);

// Everything that was asked of it, as it happens.
agent.on("call", ({ status, durationMs }) => console.log(`${status} in ${Math.ceil(durationMs)} ms`));
await agent.closed;
console.log("stopped");
