// An agent as a process: `agent.ts CORE_ADDRESS URL`.
import { bindufy, inputRequired } from "@x/bindu-bridge";

const [, , coreAddress = "", url = ""] = process.argv;
await bindufy(
  { author: "interop@example.com", name: "restarted", deployment: { url } },
  async function* (_, { lastUserMessage }) {
    switch (lastUserMessage) {
      case "fail":
        throw new Error('{"error":{"code":429}}');
      case "ask":
        return inputRequired("Which?");
      case "pieces":
        yield "one, ";
        return "two";
      default:
        return `${process.pid}`;
    }
  },
  { core: "attach", coreAddress },
);
console.log("ready");
