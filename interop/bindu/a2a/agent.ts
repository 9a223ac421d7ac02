// An agent with a core of its own; prints where it is. What it does, its message says.
import { bindufy, inputRequired } from "@x/bindu-bridge";
import { a2aResult } from "@x/bindu-bridge/a2a";

const agent = await bindufy(
  {
    author: "interop@example.com",
    name: "a2a",
    deployment: { url: "http://127.0.0.1:0" },
    capabilities: { streaming: true, push_notifications: true },
  },
  async function* (_, { lastUserMessage = "" }) {
    switch (lastUserMessage) {
      case "ask":
        return inputRequired("Which?");
      case "file":
        return a2aResult({
          artifacts: [{ parts: [{ raw: "ZmlsZQ==", filename: "output.txt", mediaType: "text/plain" }] }],
        });
      case "reject":
        return a2aResult({ state: "TASK_STATE_REJECTED", message: { parts: [{ text: "no" }] } });
      case "slow":
        await new Promise((resolve) => setTimeout(resolve, 500));
        return "slow";
      default:
        yield "echo: ";
        return lastUserMessage;
    }
  },
  { core: "embedded", coreAddress: "127.0.0.1:0" },
);
console.log(`ready ${agent.agentUrl}`);
