// An agent with a core of its own, which prints where its handler is called: it does what its last message says.
import { authRequired, bindufy, inputRequired } from "@x/bindu-bridge";

const agent = await bindufy(
  { author: "interop@example.com", name: "told", deployment: { url: "http://127.0.0.1:0" } },
  async function* (messages) {
    switch (messages.at(-1)?.content) {
      case "ask":
        return inputRequired("Which?", { metadata: { k: "v" } });
      case "ask, with a text":
        return { state: "input-required", prompt: "Q", content: "C" };
      case "log in":
        return authRequired("Log in");
      case "nothing to say":
        return { state: "input-required" };
      case "done":
        return { state: "completed", content: "done!" };
      case "overwrite":
        return { state: "input-required", prompt: "Q", metadata: { state: "completed", content: "over" } };
      case "empty":
        return "";
      case "pieces":
        yield "one, ";
        yield "two";
        return;
      case "fail":
        throw new Error('{"error":{"code":429}}');
      case "long":
        return "x".repeat(5 * 1_048_576);
      default:
        return JSON.stringify(messages.map(({ role, content }) => [role, content]));
    }
  },
  { core: "embedded", coreAddress: "127.0.0.1:0", callbackPort: 0, handleSignals: true },
);
console.log(`ready ${agent.callbackAddress}`);
await agent.closed;
