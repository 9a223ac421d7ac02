// The agent as a process; prints where it is.
import { startAgent } from "./handler.ts";

const agent = await startAgent();
console.log(`ready ${agent.agentUrl}`);
await agent.closed;
