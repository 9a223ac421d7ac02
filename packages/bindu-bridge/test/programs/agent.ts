// An agent as a process: `agent.ts CORE_ADDRESS URL`. It ends by signals alone.
import { bindufy } from "../../src/index.ts";

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
