// Uses the packed @x/bindu-bridge as a stranger does: a core in the program, an agent made of a function, a client for each of its faces.
import { ok, rejects, strictEqual } from "node:assert/strict";
import {
  AgentUnavailableError,
  bindufy,
  deriveDid,
  GrpcAgentClient,
  type Handler,
  inputRequired,
  verifyArtifact,
} from "@x/bindu-bridge";
import { A2AClient, A2ATaskError, answerText } from "@x/bindu-bridge/a2a";
import { type LocalBindu, startCore } from "@x/bindu-bridge/local";
import { AgentHandler } from "@x/bindu-bridge/proto";

strictEqual(AgentHandler.typeName, "bindu.grpc.AgentHandler");

const author = "you@example.com";
const handler: Handler = (_, { lastUserMessage, history }) =>
  history.length === 1 && lastUserMessage === "Book"
    ? inputRequired("Where to?")
    : `You said: ${lastUserMessage}`;

await using core: LocalBindu = await startCore({ metricsAddr: "off" });
await using agent = await bindufy(
  { author, name: "echo", deployment: { url: "http://127.0.0.1:0" } },
  handler,
  { core: "attach", coreAddress: core.addr, callbackPort: 0 },
);
strictEqual(agent.did, deriveDid(author, "echo"));

await using client = new A2AClient(agent.agentUrl);
strictEqual(await client.ask("hello"), "You said: hello");
const { task } = await client.send("Book");
strictEqual(task?.status.state, "TASK_STATE_INPUT_REQUIRED");
strictEqual(answerText(await client.send("Rome", { taskId: task.id })), "You said: Rome");
ok((await client.verify(await client.get(task.id))).isVerified);
strictEqual(verifyArtifact({ text: "unsigned" }, "1"), false);
await rejects(
  client.ask("Book"),
  (error) => error instanceof A2ATaskError && error.code === "input_required",
);

const run = new GrpcAgentClient(agent.callbackAddress);
strictEqual(await run([{ role: "user", content: "over gRPC" }]), "You said: over gRPC");
await run.close();
const nobody = new GrpcAgentClient("127.0.0.1:1");
await rejects(nobody([]), (error) => error instanceof AgentUnavailableError && error.retryable);
await nobody.close();
