// The same agent behind the official core in Python, which is started for it and ends with it. Until Ctrl-C.
// Needs `pip install bindu` (Python 3.12); BINDU names the executable where it is not on the PATH.
import { bindufy } from "@x/bindu-bridge";

const [url = "http://localhost:3773", coreAddress = "localhost:3774"] = process.argv.slice(2);
const port = new URL(`http://${coreAddress}`).port;

const agent = await bindufy(
  { author: "you@example.com", name: "behind-python", deployment: { url } },
  (_, { lastUserMessage }) => `You said: ${lastUserMessage}`,
  {
    core: { command: [process.env.BINDU ?? "bindu", "serve", "--grpc", "--grpc-port", port] },
    coreAddress,
    // Python takes its time to import what the core needs.
    coreTimeoutMs: 120_000,
    readyTimeoutMs: 30_000,
    handleSignals: true,
  },
);
console.log(`ready at ${agent.agentUrl} as ${agent.did}`);
await agent.closed;
console.log("stopped");
