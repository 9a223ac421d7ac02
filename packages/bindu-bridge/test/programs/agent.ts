// An agent as a process: `agent.ts CORE_ADDRESS URL`, by the built package, which the oldest Node reads too. It ends by signals alone.
import { bindufy } from "@x/bindu-bridge";

const [, , coreAddress = "", url = ""] = process.argv;
const agent = await bindufy(
  { author: "a@b.c", name: "process", deployment: { url } },
  () => `from ${process.pid}`,
  {
    core: "attach",
    coreAddress,
    callbackPort: 0,
    handleSignals: true,
  },
);
console.log("ready");
await agent.closed;
console.log("closed");
