// An agent with a core of its own. What it does, its message says.
import { bindufy, inputRequired, type RunningAgent } from "@x/bindu-bridge";
import { a2aResult } from "@x/bindu-bridge/a2a";

export function startAgent(): Promise<RunningAgent> {
  return bindufy(
    {
      author: "interop@example.com",
      name: "a2a",
      deployment: { url: "http://127.0.0.1:0" },
      capabilities: { streaming: true, push_notifications: true },
    },
    async function* (_, { lastUserMessage = "", signal }) {
      switch (lastUserMessage) {
        case "ask":
          return inputRequired("Which?");
        case "file":
          return a2aResult({
            artifacts: [{ parts: [{ raw: "ZmlsZQ==", filename: "output.txt", mediaType: "text/plain" }] }],
          });
        case "data":
          return a2aResult({ artifacts: [{ name: "rows", parts: [{ data: { rows: 3 } }] }] });
        case "message":
          return a2aResult({ message: { parts: [{ text: "no task" }] } });
        case "reject":
          return a2aResult({ state: "TASK_STATE_REJECTED", message: { parts: [{ text: "no" }] } });
        case "fail":
          throw new Error("out of order");
        case "slow":
          await new Promise((resolve) => setTimeout(resolve, 500));
          return "slow";
        case "hold":
          await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
          return "let go";
        default:
          yield "echo: ";
          return lastUserMessage;
      }
    },
    { core: "embedded", coreAddress: "127.0.0.1:0", callbackPort: 0, handleSignals: true },
  );
}
